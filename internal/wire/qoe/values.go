package qoe

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxText bounds a piece of text of a report; what is longer is cut, since the
// schema's own limits are shorter.
const maxText = 1024

func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// decimal reads xs:float and xs:int: NaN, INF and -INF are values of the type
// and are returned as such.
func decimal(name string, text []byte) (float64, error) {
	switch string(text) {
	case "INF", "+INF":
		return math.Inf(1), nil
	case "-INF":
		return math.Inf(-1), nil
	case "NaN":
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || len(text) == 0 || text[0]|0x20 >= 'a' && text[0]|0x20 <= 'z' {
		return 0, fmt.Errorf("%w: %s is %.40q, not a number", ErrValue, name, text)
	}
	return v, nil
}

func integer(name string, text []byte) (int, error) {
	v, err := decimal(name, text)
	if err != nil {
		return 0, err
	}
	if math.IsNaN(v) || math.Abs(v) > math.MaxInt32 {
		return 0, fmt.Errorf("%w: %s is %.40q, not an integer", ErrValue, name, text)
	}
	return int(v), nil
}

// optional reads an attribute that may be missing.
func (p *parser) optional(name string, dst *int) error {
	text := p.attr(name)
	if text == "" {
		return nil
	}
	v, err := integer(name, []byte(text))
	*dst = v
	return err
}

func boolean(name string, text []byte) (bool, error) {
	switch strings.ToLower(string(text)) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, fmt.Errorf("%w: %s is %.40q, not true or false", ErrValue, name, text)
}

// dateTime reads xs:dateTime. Some endpoints write a blank for the T and leave
// the zone out, which then is UTC.
func (p *parser) dateTime(name string) (time.Time, error) {
	text := p.attr(name)
	if text == "" {
		return time.Time{}, nil
	}
	s := text
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + strings.TrimSpace(s[11:])
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %s is %.40q, not a date and time", ErrValue, name, text)
}
