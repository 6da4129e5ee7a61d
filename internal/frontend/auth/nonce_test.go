package auth

import (
	"testing"
	"time"
)

func TestNonce(t *testing.T) {
	n, other := newNonces([]byte("key")), newNonces([]byte("another key"))
	now := time.Unix(1763800000, 0)
	text := n.issue("parley.test", now)
	for name, c := range map[string]struct {
		n     *nonces
		text  string
		realm string
		at    time.Time
		want  bool
	}{
		"fresh":           {n, text, "parley.test", now, true},
		"at its end":      {n, text, "parley.test", now.Add(nonceLife), true},
		"too old":         {n, text, "parley.test", now.Add(nonceLife + time.Second), false},
		"from the future": {n, text, "parley.test", now.Add(-time.Minute), false},
		"other realm":     {n, text, "example.org", now, false},
		"other key":       {other, text, "parley.test", now, false},
		"changed":         {n, "A" + text[1:len(text)-1] + "_", "parley.test", now, false},
		"cut":             {n, text[1:], "parley.test", now, false},
		"empty":           {n, "", "parley.test", now, false},
		"not base64":      {n, "!" + text[1:], "parley.test", now, false},
	} {
		if _, ok := c.n.check(c.text, c.realm, c.at); ok != c.want {
			t.Errorf("%s: %v", name, ok)
		}
	}
	if n.issue("parley.test", now) == text {
		t.Error("two nonces are the same")
	}
}

func TestNonceCounts(t *testing.T) {
	n := newNonces([]byte("key"))
	for i, c := range []struct {
		serial uint64
		count  uint32
		want   bool
	}{
		{7, 1, true}, {7, 1, false}, {7, 5, true}, {7, 3, true}, {7, 3, false}, {7, 0xffffffff, true}, {7, 5, false},
		{8, 1, true}, {7 + nonceSlots, 1, true}, {7, 6, false}, {8, 2, true},
	} {
		if got := n.use(c.serial, c.count); got != c.want {
			t.Errorf("step %d: nonce %d count %d: %v", i, c.serial, c.count, got)
		}
	}
}

func TestWindow(t *testing.T) {
	var w window
	for i, c := range []struct {
		number uint32
		want   bool
	}{
		{0, false}, {1, true}, {1, false}, {3, true}, {2, true}, {2, false}, {300, true}, {44, false}, {45, true}, {45, false},
		{299, true}, {301, true}, {301, false}, {1 << 31, true}, {302, false}, {1<<31 - 255, true}, {1<<32 - 1, true}, {1<<32 - 1, false},
	} {
		if got := w.accept(c.number); got != c.want {
			t.Errorf("step %d: number %d: %v", i, c.number, got)
		}
	}
}
