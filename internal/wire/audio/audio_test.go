package audio

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"testing"
)

func samples(t testing.TB, file string) []int16 {
	t.Helper()
	b := read(t, file)
	out := make([]int16, len(b)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return out
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ffmpeg 5.1 is the oracle: testdata/ffmpeg.g722 is its encoding of speech16k.raw (two tones and noise), ffmpeg16k.raw its
// decoding of that.
func TestG722AgainstFFmpeg(t *testing.T) {
	want := samples(t, "ffmpeg16k.raw")
	d := NewDecoder()
	for i, b := range read(t, "ffmpeg.g722") {
		first, second := d.Decode(b)
		if first != want[2*i] || second != want[2*i+1] {
			t.Fatalf("samples %d: %d %d, want %d %d", 2*i, first, second, want[2*i], want[2*i+1])
		}
	}
	in := samples(t, "speech16k.raw")
	e := NewEncoder()
	var got []byte
	for i := 0; i+1 < len(in); i += 2 {
		got = append(got, e.Encode(in[i], in[i+1]))
	}
	if !bytes.Equal(got, read(t, "ffmpeg.g722")) {
		t.Error("the encoding differs from ffmpeg's")
	}
}

// The hashes are those of ffmpeg's decodings of all 256 codes, as little-endian 16-bit samples.
func TestG711AgainstFFmpeg(t *testing.T) {
	for _, c := range []struct {
		name   string
		encode func(int16) byte
		decode [256]int16
		hash   string
	}{
		{"mu-law", EncodeMuLaw, muLaw, "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"},
		{"A-law", EncodeALaw, aLaw, "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174"},
	} {
		var all []byte
		for b := range 256 {
			s := c.decode[b]
			all = binary.LittleEndian.AppendUint16(all, uint16(s))
			if again := c.decode[c.encode(s)]; again != s {
				t.Errorf("%s: code %#x is %d, which comes back as %d", c.name, b, s, again)
			}
		}
		if sum := sha256.Sum256(all); hex.EncodeToString(sum[:]) != c.hash {
			t.Errorf("%s: decoding differs from ffmpeg's", c.name)
		}
		for s := -32768; s <= 32767; s++ {
			got := int(c.decode[c.encode(int16(s))])
			// A segment's step is a sixteenth of its start at most; the lowest has 8 or 16, the top one is clipped.
			if diff := max(got-s, s-got); diff > max(16, max(s, -s)/16) && s > -32124 && s < 32124 {
				t.Fatalf("%s: %d comes back as %d", c.name, s, got)
			}
		}
	}
}

// The values of ITU-T G.711 tables 1 and 2 at the segments' ends, scaled to 16 bits.
func TestG711Values(t *testing.T) {
	for code, want := range map[byte]int16{0x80: 32124, 0x00: -32124, 0xFF: 0, 0x7F: 0, 0x8F: 16764, 0xF0: 120} {
		if got := muLaw[code]; got != want {
			t.Errorf("mu-law %#x: %d, want %d", code, got, want)
		}
	}
	for code, want := range map[byte]int16{0xAA: 32256, 0x2A: -32256, 0xD5: 8, 0x55: -8, 0x85: 4224} {
		if got := aLaw[code]; got != want {
			t.Errorf("A-law %#x: %d, want %d", code, got, want)
		}
	}
}

// tone gives a second of a 1 kHz tone at 8 kHz, encoded.
func tone(c Codec) ([]byte, []int16) {
	var out []byte
	var in []int16
	conv := NewEncoder()
	for i := range 8000 {
		s := int16(8000 * math.Sin(2*math.Pi*1000*float64(i)/8000))
		in = append(in, s)
		switch c {
		case PCMU:
			out = append(out, EncodeMuLaw(s))
		case PCMA:
			out = append(out, EncodeALaw(s))
		case G722:
			out = append(out, conv.EncodeNarrow(s))
		}
	}
	return out, in
}

func TestConvert(t *testing.T) {
	for from := PCMU; from <= G722; from++ {
		for to := PCMU; to <= G722; to++ {
			payload, want := tone(from)
			c := NewConverter(from, to)
			for i := 0; i < len(payload); i += 160 {
				c.Run(payload[i : i+160])
			}
			back := NewDecoder()
			var noise, signal float64
			for i, b := range payload {
				var s int16
				switch to {
				case PCMU:
					s = muLaw[b]
				case PCMA:
					s = aLaw[b]
				case G722:
					s = back.DecodeNarrow(b)
				}
				if i > 400 { // G.722 adapts at first
					d := float64(s) - float64(want[i])
					noise += d * d
					signal += float64(want[i]) * float64(want[i])
				}
			}
			if snr := 10 * math.Log10(signal/noise); snr < 25 {
				t.Errorf("%d to %d: signal to noise %.1f dB", from, to, snr)
			}
		}
	}
}

// A narrow-band encoding has to sound right on a full decoder: the tone is there at its level.
func TestNarrowEncodingOnFullDecoder(t *testing.T) {
	payload, _ := tone(G722)
	d := NewDecoder()
	var power float64
	for i, b := range payload {
		first, second := d.Decode(b)
		if i > 400 {
			power += float64(first)*float64(first) + float64(second)*float64(second)
		}
	}
	rms := math.Sqrt(power / float64(2*(len(payload)-401)))
	if want := 8000 / math.Sqrt2; math.Abs(rms-want)/want > 0.05 {
		t.Errorf("level %.0f, want %.0f", rms, want)
	}
}

func BenchmarkConvert(b *testing.B) {
	payload, _ := tone(PCMU)
	c := NewConverter(PCMU, G722)
	b.ReportAllocs()
	for b.Loop() {
		c.Run(payload[:160])
	}
}
