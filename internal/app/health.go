package app

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"parley/internal/portal/api"
	"parley/internal/quality/ingest"
)

// health describes this node to the portal.
type health struct {
	*server
	started time.Time
}

func (h health) Health(ctx context.Context) (api.Health, error) {
	checks := []api.Check{h.checkState(ctx), h.checkCertificate(time.Now()), h.checkConnections()}
	out := api.Health{
		AsOf: time.Now(), Build: build, GoVersion: runtime.Version(), Node: h.cfg.Name, Started: h.started, Version: Version(),
		Checks: checks, Listeners: h.listeners(), Storage: h.storage(),
		Status: api.StatusOK,
	}
	if h.quality != nil {
		status := h.quality.ingest.Status()
		out.Collectors, out.Queues = collectors(status), []api.Queue{archiveQueue(status, out.AsOf)}
	}
	for _, c := range checks {
		if c.Status == api.StatusFailing || c.Status == api.StatusWarning && out.Status == api.StatusOK {
			out.Status = c.Status
		}
	}
	return out, nil
}

func (h health) checkState(ctx context.Context) api.Check {
	if err := h.store.Check(ctx); err != nil {
		return api.Check{
			Name: "State", Status: api.StatusFailing, Detail: err.Error(),
			Action: "Free space on the disk of the data folder, or repair the connection to NATS. Nothing is accepted meanwhile that could be lost.",
		}
	}
	return api.Check{Name: "State", Status: api.StatusOK, Detail: "Messages, users and contacts can be stored."}
}

// certificateWarning is how long before its end a certificate is worth a warning.
const certificateWarning = 21 * 24 * time.Hour

func (h health) checkCertificate(now time.Time) api.Check {
	c := api.Check{Name: "Certificate", Status: api.StatusOK}
	pair := h.certs.current.Load()
	if pair == nil || pair.Leaf == nil {
		c.Status, c.Detail = api.StatusWarning, "No certificate is configured, so no listener encrypts."
		c.Action = "Set certificate and key in the [tls] section."
		return c
	}
	left := pair.Leaf.NotAfter.Sub(now)
	c.Detail = "Valid until " + pair.Leaf.NotAfter.UTC().Format("2 January 2006") + " for " + strings.Join(pair.Leaf.DNSNames, ", ") + "."
	switch {
	case left <= 0:
		c.Status, c.Action = api.StatusFailing, "Replace the certificate's files and reload the server: clients refuse it now."
	case left < certificateWarning:
		c.Status, c.Action = api.StatusWarning, "Replace the certificate's files and reload the server."
	}
	return c
}

func (h health) listeners() []api.Listener {
	all := make([]api.Listener, len(h.ready.names))
	for i, name := range h.ready.names {
		protocol := strings.ToUpper(strings.TrimPrefix(name, "sip-"))
		if name == "metrics" {
			protocol = "HTTP"
		}
		all[i] = api.Listener{Name: name, Address: h.ready.address[name], Protocol: protocol, Status: api.StatusOK}
	}
	return all
}

// checkConnections tells how many clients hold a connection, over all listeners.
func (h health) checkConnections() api.Check {
	return api.Check{Name: "Clients", Status: api.StatusOK, Detail: fmt.Sprintf("%d SIP connections are open, %d devices are signed in.",
		h.transport.Stats.Connections.Load(), h.registrar.Count())}
}

func (h health) storage() []api.Storage {
	var size int64
	// The folder changes while it is walked; a file that has gone meanwhile counts nothing.
	_ = filepath.WalkDir(h.cfg.Store.Path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	data := api.Storage{Name: "Data folder", Bytes: size}
	var disk syscall.Statfs_t
	if syscall.Statfs(h.cfg.Store.Path, &disk) == nil {
		free := int64(disk.Bavail) * disk.Bsize
		data.FreeBytes = &free
	}
	return []api.Storage{data}
}

// archiveLag is how old a report may get on its way to the archive before it is worth a warning.
const archiveLag = time.Minute

func archiveQueue(s ingest.Status, now time.Time) api.Queue {
	q := api.Queue{Name: "Quality reports to the archive", Depth: int64(s.Pending), Status: api.StatusOK}
	if s.Pending > 0 {
		lag := now.Sub(s.Oldest)
		q.LagSeconds = lag.Seconds()
		if lag > archiveLag {
			q.Status = api.StatusWarning
		}
	}
	return q
}

// collectorNames are the sources of quality data by the formats that ingest counts.
var collectorNames = map[string]string{
	"call": "Call records", "stream": "Media relay", "ms-qoe": "MS-QoE reports", "ms-cqf": "Users' ratings", "rfc6035": "RFC 6035 reports",
	"x-rtp-stat": "X-RTP-Stat of endpoints", "unreadable": "Unreadable records",
}

func collectors(s ingest.Status) []api.Collector {
	var all []api.Collector
	for _, format := range slices.Sorted(maps.Keys(s.Formats)) {
		n := s.Formats[format]
		c := api.Collector{
			Name: cmp.Or(collectorNames[format], format), Accepted: int64(n.Accepted), Rejected: new(int64(n.Refused + n.SetAside)), Merged: new(int64(n.Merged)),
			Quarantined: new(int64(n.Quarantined)),
		}
		if !n.Last.IsZero() {
			c.Last = &n.Last
		}
		all = append(all, c)
	}
	return all
}
