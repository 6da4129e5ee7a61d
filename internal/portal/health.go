package portal

import "net/http"

// GetHealth implements api.Server.
func (p *Portal) GetHealth(w http.ResponseWriter, r *http.Request) {
	h, err := p.deps.Health.Health(r.Context())
	if err != nil {
		p.fail(w, r, "the node's health", err)
		return
	}
	h.Listeners, h.Queues, h.Collectors = list(h.Listeners), list(h.Queues), list(h.Collectors)
	h.Storage, h.Checks = list(h.Storage), list(h.Checks)
	writeJSON(w, http.StatusOK, h)
}

// Ready answers /healthz: 200 once ready returns nil, 503 before and while the server stops. It tells no reason, since
// anyone may ask; the reason is on the health page and in the log.
func Ready(ready func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if ready() != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte("not ready\n"))
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
}
