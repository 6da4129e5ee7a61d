//go:build !cgo

package local

// archive is the quality archive that this build has without another server: none.
const archive = "off"
