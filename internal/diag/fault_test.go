package diag

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestOfFindsTheFault(t *testing.T) {
	t.Parallel()
	inner := New(UserNotFound, io.EOF)
	got := Of(fmt.Errorf("route: %w", inner))
	if got != inner || got.SIP != 404 || !errors.Is(got, io.EOF) {
		t.Errorf("Of found %v", got)
	}
	if got := Of(io.EOF); got.ID != Internal || got.SIP != 500 || !errors.Is(got, io.EOF) {
		t.Errorf("Of a plain error is %v", got)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	f := &Fault{ID: 90300, SIP: 480, Public: "Say \"no\"\r\nX: y."}
	if got, want := f.Header("fe.parley.test"), `90300;reason="Say 'no'  X: y.";source="fe.parley.test"`; got != want {
		t.Errorf("Header:\n got %s\nwant %s", got, want)
	}
	if got, want := f.ReasonHeader(), `SIP;cause=480;text="Say 'no'  X: y."`; got != want {
		t.Errorf("ReasonHeader:\n got %s\nwant %s", got, want)
	}
}

func TestUnknownNumberIsABug(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("New with an unknown number did not panic")
		}
	}()
	New(-1, nil)
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, want := range All() {
		if got, ok := Lookup(want.ID); !ok || got != want {
			t.Errorf("Lookup(%d) = %v, %v", want.ID, got, ok)
		}
	}
	if _, ok := Lookup(424242); ok {
		t.Error("Lookup found what is not there")
	}
}
