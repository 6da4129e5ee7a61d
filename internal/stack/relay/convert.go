package relay

import (
	"strings"

	"parley/internal/wire/audio"
)

// speech gives the codec that the relay can convert from and to.
func speech(c Codec) (audio.Codec, bool) {
	if perMillisecond(c) == 0 {
		return 0, false
	}
	switch strings.ToUpper(c.Name) {
	case "PCMU":
		return audio.PCMU, true
	case "PCMA":
		return audio.PCMA, true
	}
	return audio.G722, true
}

// converter gives the leg's converter from one of its formats to one of its peer's. It keeps its state over re-INVITEs.
func (l *Leg) converter(from, to Codec) (*audio.Converter, bool) {
	f, ok := speech(from)
	if !ok {
		return nil, false
	}
	t, ok := speech(to)
	if !ok {
		return nil, false
	}
	c := &l.converters[f][t]
	if *c == nil {
		*c = audio.NewConverter(f, t)
	}
	return *c, true
}
