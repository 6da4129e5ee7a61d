package ingest

import (
	"fmt"

	"parley/internal/quality/archive"
)

// place finds the leg that an observation is of, and the party's side in it. A
// dialog that nobody told of before becomes a leg, and a call, of its own until
// the server's record of the call comes.
func (w *work) place(o *observation) (*archive.Leg, archive.Side) {
	var leg *archive.Leg
	if o.dialog.TagA == "" || o.dialog.TagB == "" {
		leg = w.likely(o)
	}
	if leg == nil {
		leg = w.legs[legKey(o.dialog)]
	}
	if leg == nil {
		leg = w.invent(o)
	}
	return leg, sideOf(leg, o)
}

// sideOf is the party's side: the server's record knows best which end the
// endpoint is, then the report itself. A party that told nothing is taken for
// the one that was called, as the leg is then its own.
func sideOf(leg *archive.Leg, o *observation) archive.Side {
	switch {
	case o.server != archive.NoSide:
		return o.side
	case leg.Known && o.reporter != "" && o.reporter == leg.User:
		return endpointSide(leg)
	case leg.Known && o.reporter != "" && o.reporter == leg.Peer:
		return endpointSide(leg).Other()
	case o.side != archive.NoSide:
		return o.side
	case leg.User == o.reporter:
		return endpointSide(leg)
	default:
		return archive.Responder
	}
}

// likely finds the leg of a report that does not tell both tags: one with its
// Call-ID, of its reporter, the latest when several are left.
func (w *work) likely(o *observation) *archive.Leg {
	var best *archive.Leg
	for _, l := range w.legs {
		if l.CallID != o.dialog.CallID || l.TagA == "" || l.TagB == "" {
			continue
		}
		if o.reporter != "" && o.reporter != l.User && o.reporter != l.Peer {
			continue
		}
		if tag := o.dialog.TagA + o.dialog.TagB; tag != "" && tag != l.TagA && tag != l.TagB {
			continue
		}
		if best == nil || w.later(l, best) {
			best = l
		}
	}
	return best
}

// later orders legs by the start of their call, then by key so that the choice
// is always the same.
func (w *work) later(a, b *archive.Leg) bool {
	ca, cb := w.calls[a.CallKey], w.calls[b.CallKey]
	if ca != nil && cb != nil && !ca.Started.Equal(cb.Started) {
		return ca.Started.After(cb.Started)
	}
	return a.Key > b.Key
}

// invent makes the leg and the call of a dialog that is not known.
func (w *work) invent(o *observation) *archive.Leg {
	leg := &archive.Leg{Key: legKey(o.dialog), Role: "caller", CallID: o.dialog.CallID, TagA: o.dialog.TagA, TagB: o.dialog.TagB, User: o.reporter, Peer: o.remote, Initiated: true}
	if o.server != archive.NoSide { // the server tells of its own leg
		leg.User, leg.Peer, leg.Initiated = o.remote, "", o.side == archive.Responder
		if !leg.Initiated {
			leg.Role = "callee"
		}
	} else if o.side == archive.Responder {
		leg.User, leg.Peer = o.remote, o.reporter
	}
	id := o.callID
	if id == "" {
		id = fmt.Sprintf("r-%016x", uint64(leg.Key))
	}
	leg.CallKey = callKey(id)
	w.legs[leg.Key] = leg
	w.changedLegs[leg.Key] = true
	c := w.calls[leg.CallKey]
	if c == nil {
		c = &archive.Call{Key: leg.CallKey, ID: id, Outcome: "unknown"}
		w.calls[c.Key] = c
		w.changedCalls[c.Key] = true
	}
	if !c.Known {
		switch {
		case o.server == archive.NoSide:
			fill(&c.Caller, leg.User)
			fill(&c.Callee, leg.Peer)
		case leg.Initiated:
			fill(&c.Caller, leg.User)
		default:
			fill(&c.Callee, leg.User)
		}
	}
	return leg
}
