// Package audio holds the speech codecs that every endpoint of both worlds has, G.711 (ITU-T G.711) and G.722 at 64 kbit/s
// (ITU-T G.722), and the conversion between them. All three carry eight payload bytes a millisecond, which the relay
// relies on when it converts packets in place.
package audio
