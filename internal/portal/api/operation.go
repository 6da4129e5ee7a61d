// Package api is the portal's HTTP API: the types and the server interface generated from api/openapi.yaml, and what
// they need to read a request. It answers nothing itself.
package api

// Access is the least role that may call an operation.
type Access int

// The zero value refuses everybody, so that an operation without a stated access stays closed.
const (
	AccessNobody Access = iota
	AccessAnyone
	AccessUser
	AccessAdministrator
)

// Operation names one operation of openapi.yaml.
type Operation struct {
	ID     string
	Access Access
}
