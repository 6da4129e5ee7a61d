package log

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// redactor is a handler that blacks out secrets before the next one writes the record.
type redactor struct{ next slog.Handler }

func (h redactor) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h redactor) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Redact(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactAttr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redactAttr(a)
	}
	return redactor{h.next.WithAttrs(clean)}
}

func (h redactor) WithGroup(name string) slog.Handler { return redactor{h.next.WithGroup(name)} }

// secretNames are parts of attribute names whose values are never written.
var secretNames = [...]string{"password", "passwd", "secret", "credential", "token", "ice_pwd", "ice-pwd", "private", "cookie"}

func redactAttr(a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	for _, s := range secretNames {
		if strings.Contains(name, s) {
			return slog.String(a.Key, redacted)
		}
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Redact(v.String()))
	case slog.KindGroup:
		group := make([]any, 0, len(v.Group()))
		for _, inner := range v.Group() {
			group = append(group, redactAttr(inner))
		}
		return slog.Group(a.Key, group...)
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: redactAny(v)}
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// redactAny writes any other value as text: what a handler would print of its depths could not be looked through.
func redactAny(v slog.Value) slog.Value {
	switch x := v.Any().(type) {
	case error:
		return slog.StringValue(Redact(x.Error()))
	case []byte:
		return slog.StringValue(Redact(string(x)))
	default:
		return slog.StringValue(Redact(fmt.Sprintf("%+v", x)))
	}
}
