package portal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"parley/internal/portal/api"
	"parley/internal/quality/webrtc"
)

// maxSamples bounds a request with samples of statistics in bytes.
const maxSamples = 4 << 20

// ErrNotInCall means that a user reports of a call of others.
var ErrNotInCall = errors.New("not a party of the call")

// Samples takes in samples of WebRTC statistics.
type Samples interface {
	// Sample returns how many measurements it made of a user's samples when they are on disk. Its error wraps webrtc.ErrPost or
	// ErrNotInCall when the sender is to blame.
	Sample(ctx context.Context, user string, p *webrtc.Post) (int, error)
}

// ReportWebRTC implements api.Server.
func (p *Portal) ReportWebRTC(w http.ResponseWriter, r *http.Request) {
	var in struct {
		api.WebRTCReport
		Samples []json.RawMessage `json:"samples"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSamples)).Decode(&in); err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		writeProblem(w, api.Problem{Status: status, Title: "Bad request", Detail: "The samples cannot be read: " + err.Error() + "."})
		return
	}
	post := &webrtc.Post{
		CallID: in.CallID, LocalTag: orZero(in.LocalTag), RemoteTag: orZero(in.RemoteTag), Peer: orZero(in.Peer), Initiator: orZero(in.Initiator), Final: orZero(in.Final),
		UserAgent: r.UserAgent(),
	}
	for _, s := range in.Samples {
		post.Samples = append(post.Samples, s)
	}
	n, err := p.deps.Samples.Sample(r.Context(), sessionOf(r).account.User, post)
	switch {
	case err == nil:
		writeJSON(w, http.StatusAccepted, api.WebRTCReceipt{Measurements: n})
	case errors.Is(err, webrtc.ErrPost):
		writeProblem(w, api.Problem{Status: http.StatusBadRequest, Title: "Bad request", Detail: err.Error()})
	case errors.Is(err, ErrNotInCall):
		writeProblem(w, api.Problem{Status: http.StatusForbidden, Title: "Not your call", Detail: "You took no part in this call: only its parties may report on it."})
	default:
		p.log.Error("samples of WebRTC statistics could not be stored; the sender was told so", "err", err)
		writeProblem(w, api.Problem{Status: http.StatusServiceUnavailable, Title: "Not stored", Detail: "The samples could not be stored. Send them again."})
	}
}
