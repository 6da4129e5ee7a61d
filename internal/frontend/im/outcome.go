package im

import (
	"fmt"

	"parley/internal/diag"
	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/stack/transaction"
	"parley/internal/wire/sip"
)

// outcome is what became of a message at one device, or in all.
type outcome struct {
	code   int    // SIP status
	reason string // phrase of the device that refused, or ""
	fault  *diag.Fault
}

var delivered = outcome{code: 200}

func (o outcome) ok() bool { return o.code >= 200 && o.code < 300 }

// better says whether o tells the sender more than p: success first, then a device that refused for a reason, then one
// that could not be reached.
func (o outcome) better(p outcome) bool {
	rank := func(x outcome) int {
		switch {
		case x.ok():
			return 0
		case x.code == 408 || x.code == 480 || x.code == 481 || x.code == 503:
			return 2
		}
		return 1
	}
	return rank(o) < rank(p)
}

// refused is the outcome of a registered diagnostic.
func refused(id diag.ID, err error) outcome {
	fault := diag.New(id, err)
	return outcome{code: fault.SIP, fault: fault}
}

// unreachable is the outcome at a device that a request could not be brought to.
func unreachable(err error) outcome {
	return outcome{code: transaction.FailureCode(err), fault: diag.New(diag.Undelivered, err)}
}

// answered is the outcome that a device's final response tells.
func answered(res *sip.Message) outcome {
	switch code := res.StatusCode(); {
	case code < 300:
		return delivered
	case code < 400: // a device that moved away without telling its registrar
		return refused(diag.Undelivered, fmt.Errorf("device answered %d", code))
	default:
		return outcome{code: code, reason: res.Reason()}
	}
}

// answer tells the sender of r.
func (o outcome) answer(r *frontend.Request) {
	switch {
	case o.ok():
		r.Reply(200, "", nil)
	case o.fault != nil:
		r.Refuse(o.fault)
	default:
		r.Reply(o.code, o.reason, o.explain(r))
	}
}

// explain adds what the recipient's device said to a refusal.
func (o outcome) explain(r *frontend.Request) func(res *sip.Message) {
	return func(res *sip.Message) {
		fault := diag.New(diag.Undelivered, nil)
		if r.Dialect == dialect.Lync {
			res.Add("ms-diagnostics", fault.Header(r.Host))
			return
		}
		res.Add("Warning", "399 "+r.Host+" "+sip.Quote(fmt.Sprintf("%s (%d %s)", fault.Public, o.code, o.reason)))
	}
}
