package call

import "parley/internal/stack/relay"

// Relayed makes a media relay carry the media of calls.
func Relayed(r *relay.Relay) Media { return relayMedia{r} }

type relayMedia struct{ relay *relay.Relay }

func (m relayMedia) NewSession(callID string) MediaSession {
	return relaySession{m.relay.NewSession(callID)}
}

type relaySession struct{ session *relay.Session }

func (s relaySession) AddStream(kind relay.Kind) (MediaStream, error) {
	st, err := s.session.AddStream(kind)
	if err != nil {
		return nil, err
	}
	return relayStream{st}, nil
}

func (s relaySession) Close() { s.session.Close() }

type relayStream struct{ stream *relay.Stream }

func (s relayStream) AddLeg(name string) (MediaLeg, error) {
	l, err := s.stream.AddLeg(name, relay.LegOptions{})
	if err != nil {
		return nil, err
	}
	return relayLeg{l}, nil
}

// Bridge joins two legs that AddLeg made.
func (s relayStream) Bridge(a, b MediaLeg) { s.stream.Bridge(a.(relayLeg).Leg, b.(relayLeg).Leg) }

type relayLeg struct{ *relay.Leg }

func (l relayLeg) RestartICE() { l.Leg.RestartICE() }
