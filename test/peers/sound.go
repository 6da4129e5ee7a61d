package peers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Tone writes a WAV file with a 440 Hz sine of 0.21 RMS, as loud as the Lync-dialect driver's, and returns its name.
func Tone(t testing.TB, rate, channels int, length time.Duration) string {
	t.Helper()
	samples := int(length.Seconds() * float64(rate))
	var b bytes.Buffer
	size := uint32(2 * samples * channels)
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, 36+size)
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(channels), uint32(rate), uint32(2 * rate * channels), uint16(2 * channels), uint16(16)} {
		binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, size)
	for i := range samples {
		v := 0.3 * math.Sin(2*math.Pi*440*float64(i)/float64(rate))
		for range channels {
			b.Write(binary.LittleEndian.AppendUint16(nil, uint16(int16(v*32767))))
		}
	}
	file := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Loudness returns the RMS, 0 to 1, of the loudest second of the 16-bit WAV files that match a pattern. A recording that
// is still being written counts as far as it is there.
func Loudness(t testing.TB, pattern string) float64 {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var loudest float64
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rate, samples, err := readWAV(raw)
		if err != nil {
			continue
		}
		for ; len(samples) >= rate; samples = samples[rate:] {
			var sum float64
			for _, v := range samples[:rate] {
				sum += float64(v) * float64(v) / (32768 * 32768)
			}
			loudest = max(loudest, math.Sqrt(sum/float64(rate)))
		}
	}
	return loudest
}

// readWAV returns the samples of all channels, and how many of them make a second.
func readWAV(raw []byte) (perSecond int, samples []int16, err error) {
	if len(raw) < 12 || string(raw[8:12]) != "WAVE" {
		return 0, nil, errors.New("not a WAV file")
	}
	for rest := raw[12:]; len(rest) >= 8; {
		size := int(binary.LittleEndian.Uint32(rest[4:]))
		name, body := string(rest[:4]), rest[8:]
		if name == "data" {
			if size == 0 || size > len(body) {
				size = len(body) // the writer sets the size at the end
			}
			samples = make([]int16, size/2)
			err := binary.Read(bytes.NewReader(body[:len(samples)*2]), binary.LittleEndian, samples)
			return perSecond, samples, err
		}
		if size > len(body) {
			break
		}
		if name == "fmt " && size >= 16 {
			perSecond = int(binary.LittleEndian.Uint32(body[4:])) * int(binary.LittleEndian.Uint16(body[2:]))
		}
		rest = body[size:]
	}
	return 0, nil, errors.New("no samples")
}
