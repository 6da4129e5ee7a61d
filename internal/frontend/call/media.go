package call

import (
	"parley/internal/stack/relay"
)

// Media makes the sessions that carry a call's packets.
type Media interface {
	NewSession(callID string) MediaSession
}

// MediaSession is the media of one call.
type MediaSession interface {
	AddStream(kind relay.Kind) (MediaStream, error)
	Close()
}

// MediaStream is one media line of a call, with a leg for each endpoint that has it.
type MediaStream interface {
	AddLeg(name string) (MediaLeg, error)
	// Bridge makes two legs hear each other, instead of any two before.
	Bridge(a, b MediaLeg)
}

// MediaLeg is where one endpoint's packets of a stream come and go.
type MediaLeg interface {
	Local() relay.Local
	SetRemote(relay.Remote) error
	SetDirection(send, receive bool)
	OnConnected(func(relay.Selected))
	OnFailed(func(error))
	RestartICE()
	SendDigit(digit byte) error
	Close()
}
