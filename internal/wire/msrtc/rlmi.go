package msrtc

import (
	"strconv"

	"parley/internal/wire/xmldoc"
)

// listCID is the Content-ID of the part that lists the others.
const listCID = "resourceList"

// Presentity is one user in the answer to a batched subscription.
type Presentity struct {
	URI  string
	CID  string // Content-ID of the part with the user's categories
	Body []byte // a categories document; nil when the watcher may see nothing
}

// AppendRLMI writes a multipart/related body that lists users with their categories, for a boundary that no part holds.
// Every part ends with an empty line: clients built on libpurple cut the last four bytes of a part.
func AppendRLMI(dst []byte, boundary, watcher string, version int, full bool, users []Presentity) []byte {
	var w xmldoc.Writer
	w.Open("list", "xmlns", nsRLMI, "uri", watcher, "version", strconv.Itoa(version), "fullState", strconv.FormatBool(full))
	for _, u := range users {
		w.Open("resource", "uri", u.URI)
		if u.Body != nil {
			w.Open("instance", "id", "0", "state", "active", "cid", u.CID).Close()
		}
		w.Close()
	}
	dst = appendPart(dst, boundary, listCID, TypeRLMI, w.Close().Bytes())
	for _, u := range users {
		if u.Body != nil {
			dst = appendPart(dst, boundary, u.CID, TypeCategories, u.Body)
		}
	}
	return append(append(append(dst, "--"...), boundary...), "--\r\n"...)
}

// RLMIContentType is the Content-Type of a body that AppendRLMI wrote.
func RLMIContentType(boundary string) string {
	return `multipart/related; type="` + TypeRLMI + `";start="` + listCID + `"; boundary=` + boundary
}

func appendPart(dst []byte, boundary, cid, mediaType string, body []byte) []byte {
	for _, s := range []string{"--", boundary, "\r\nContent-Transfer-Encoding: binary\r\nContent-ID: ", cid, "\r\nContent-Type: ", mediaType, "\r\n\r\n"} {
		dst = append(dst, s...)
	}
	return append(append(dst, body...), "\r\n\r\n"...)
}
