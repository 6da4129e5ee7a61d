package ingest

import "time"

// Status tells what came in and how far the archive is behind.
type Status struct {
	// Pending is the number of records that this process accepted and that are
	// not in the archive yet; Oldest is when the oldest of them came.
	Pending uint64
	Oldest  time.Time
	// Formats counts, since the start of this process, by format.
	Formats map[string]Counts
}

// Counts are those of one format.
type Counts struct {
	// Accepted records are on disk; Last is when the newest came.
	Accepted uint64
	Last     time.Time
	// Refused reports were answered with an error.
	Refused uint64
	// Merged measurements joined a stream that somebody else had measured, too.
	Merged uint64
	// Quarantined measurements have a wrong clock that nothing could repair yet.
	Quarantined uint64
	// SetAside records were accepted and could not be read afterwards.
	SetAside uint64
}

// Status returns the present state.
func (s *Service) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{Pending: uint64(len(s.waiting)), Formats: make(map[string]Counts, len(s.counts))}
	if len(s.waiting) > 0 {
		st.Oldest = s.waiting[0].at
	}
	for format, c := range s.counts {
		st.Formats[format] = *c
	}
	return st
}

// Backlog is Status in the form that the report service asks for.
func (s *Service) Backlog() (pending uint64, oldest time.Time) {
	st := s.Status()
	return st.Pending, st.Oldest
}

// of returns the counts of a format; s.mu is held.
func (s *Service) of(format string) *Counts {
	c := s.counts[format]
	if c == nil {
		c = &Counts{}
		s.counts[format] = c
	}
	return c
}

// tally is what a batch adds to the counts when it is in the archive.
type tally map[string]*Counts

func (t tally) of(format string) *Counts {
	switch format {
	case formatRTP, formatRTCP: // both come in the server's measurements
		format = formatStream
	case "":
		format = "unreadable"
	}
	c := t[format]
	if c == nil {
		c = &Counts{}
		t[format] = c
	}
	return c
}

func (s *Service) add(t tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for format, more := range t {
		c := s.of(format)
		c.Merged += more.Merged
		c.Quarantined += more.Quarantined
		c.SetAside += more.SetAside
	}
}
