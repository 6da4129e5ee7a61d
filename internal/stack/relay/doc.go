// Package relay carries the media of calls between endpoints that differ in addresses, encryption, ICE dialect, codec or
// packet size, and measures every stream that it receives.
//
// The shape is: a Relay has Sessions (a call), a Session has Streams (one per media line), a Stream has Legs (one per
// endpoint, more than two while a call forks or is transferred), and Bridge says which two legs hear each other:
//
//	r, err := relay.New(relay.Config{Addresses: []relay.Address{{Bind: ip}}, Ports: [2]uint16{40000, 41999}, Report: func(relay.Report) { … }})
//	go r.Run(ctx)                                    // owns the readers; returns when ctx ends
//	s := r.NewSession(callID)
//	st, err := s.AddStream(relay.Audio)
//	a, err := st.AddLeg("caller", relay.LegOptions{…}) // sockets and own secrets exist from here on
//	a.Local()                                        // what to write into the SDP towards this endpoint
//	a.OnConnected(func(relay.Selected) { … })        // ICE nominated both components and DTLS is done; called once per negotiation
//	err = a.SetRemote(relay.Remote{…})               // what its SDP said; again after every re-INVITE
//	st.Bridge(a, b)                                  // media flows; the second call replaces the first
//	a.SetDirection(send, receive)                    // hold
//	a.Close()                                        // a fork that was not taken
//	s.Close()                                        // final Reports come through Config.Report, then ports are free
//
// Every leg has its own sockets, ICE credentials, SRTP keys, DTLS identity and SSRC. Media is taken from a source only when
// ICE or SRTP authenticated it or signalling named it; everything else is counted and dropped.
//
// Packets are handled by a few workers that each own an epoll set and read and write in batches: no goroutine and no
// allocation per packet. A session's media runs on one worker.
package relay
