package standard

import (
	"errors"
	"fmt"

	"parley/internal/wire/sdp"
	"parley/internal/wire/sip"
)

// ErrUnsupportedBody is returned for a body that is no session description: the answer is 415.
var ErrUnsupportedBody = errors.New("body is not a session description")

// Description returns the session description of a message; nil when it has no body.
func Description(m *sip.Message) (*sdp.Description, error) {
	if len(m.Body()) == 0 {
		return nil, nil
	}
	if kind := m.MediaType(); kind != "application/sdp" {
		return nil, fmt.Errorf("%w: it is %.60q", ErrUnsupportedBody, kind)
	}
	return sdp.Parse(m.Body())
}
