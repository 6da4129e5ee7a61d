package registrar

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/dialect"
	"parley/internal/frontend"
	"parley/internal/wire/sip"
)

// succeed answers with what is registered now.
func (r *Registrar) succeed(req *frontend.Request, contacts []sip.Addr, seconds []int) {
	if req.Dialect == dialect.Lync {
		r.succeedLync(req, contacts, seconds)
		return
	}
	now := time.Now()
	devices := r.registered(req.User, now)
	req.Reply(200, "", func(res *sip.Message) {
		for i := range devices {
			res.Add("Contact", r.contactOf(&devices[i], now))
		}
		for _, path := range req.Values("Path") {
			res.Add("Path", path)
		}
		if req.ServiceRoute != "" {
			res.Add("Service-Route", req.ServiceRoute)
		}
		if req.HasToken("Supported", "outbound") && req.Flow.Proto().Reliable() {
			res.Add("Require", "outbound")
			res.Add("Flow-Timer", strconv.Itoa(int(r.config.KeepAlive/time.Second)))
		}
		res.AddField(supported)
		res.AddField(r.date.field(now))
	})
}

var supported = sip.NewField("Supported", "path, gruu, outbound")

// date is the Date field, which is the same for a whole second.
type date struct{ last atomic.Pointer[dated] }

type dated struct {
	second int64
	field  sip.Field
}

func (d *date) field(now time.Time) sip.Field {
	if last := d.last.Load(); last != nil && last.second == now.Unix() {
		return last.field
	}
	next := &dated{now.Unix(), sip.NewField("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))}
	d.last.Store(next)
	return next.field
}

func (r *Registrar) contactOf(b *frontend.Binding, now time.Time) string {
	var s strings.Builder
	s.Grow(len(b.Contact) + len(b.Instance) + len(b.GRUU) + 64)
	s.WriteString("<")
	s.WriteString(b.Contact)
	s.WriteString(">;expires=")
	var number [20]byte
	s.Write(strconv.AppendInt(number[:0], int64(b.Expires.Sub(now).Round(time.Second)/time.Second), 10))
	if b.Instance != "" {
		s.WriteString(`;+sip.instance="<` + b.Instance + `>"`)
	}
	if b.RegID != 0 {
		s.WriteString(";reg-id=" + strconv.Itoa(b.RegID))
	}
	if b.GRUU != "" {
		s.WriteString(`;pub-gruu="` + b.GRUU + `"`)
	}
	if temporary := r.temporaryGRUU(b); temporary != "" {
		s.WriteString(`;temp-gruu="` + temporary + `"`)
	}
	if b.Q != 1000 {
		s.WriteString(";q=" + strconv.FormatFloat(float64(b.Q)/1000, 'g', 3, 64))
	}
	return s.String()
}

// lyncEvents are the packages that Lync-dialect clients subscribe to at once; they do not trim blanks around the commas.
const lyncEvents = "vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence," +
	"presence.wpending,vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2"

// succeedLync writes what Lync-dialect clients need to sign on; each field here fails silently when it is missing or
// written otherwise: Expires as a field of its own, the two Supported values on separate lines, Allow-Events without
// blanks.
func (r *Registrar) succeedLync(req *frontend.Request, contacts []sip.Addr, seconds []int) {
	granted := 0
	temporary := map[string]string{} // by Contact
	if req.HasToken("Supported", "gruu") {
		for _, b := range r.registered(req.User, time.Now()) {
			temporary[b.Contact] = r.temporaryGRUU(&b)
		}
	}
	req.Reply(200, "", func(res *sip.Message) {
		for i, c := range contacts {
			if c.Star || seconds[i] == 0 {
				continue
			}
			granted = max(granted, seconds[i])
			s := "<" + c.URI.String() + ">;expires=" + strconv.Itoa(seconds[i])
			b := bindingOf(req, c, seconds[i], 0)
			if b.Instance != "" {
				s += `;+sip.instance="<` + b.Instance + `>";gruu="` + b.GRUU + `"`
				if t := temporary[b.Contact]; t != "" {
					s += `;temp-gruu="` + t + `"`
				}
			}
			res.Add("Contact", s)
		}
		action := "added"
		if granted == 0 {
			action = "removed"
		}
		res.Add("Expires", strconv.Itoa(granted))
		res.Add("presence-state", `register-action="`+action+`"`)
		res.Add("Allow-Events", lyncEvents)
		res.Add("Supported", "adhoclist")
		res.Add("Supported", "msrtc-event-categories")
		res.Add("Server", r.config.ServerAgent)
		res.Add("ms-keep-alive", "UAS; tcp=no; hop-hop=yes; end-end=no; timeout="+strconv.Itoa(int(r.config.KeepAlive/time.Second)))
	})
}
