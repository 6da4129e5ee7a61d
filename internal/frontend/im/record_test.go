package im

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func sampleRecord() Record {
	return Record{
		ID: uuid.UUID{1, 2, 3}, Conversation: "a@x b@x", Seq: 1 << 50, At: time.UnixMicro(1_700_000_000_000_001),
		From: "a@x", To: "b@x", ContentType: "text/plain", Body: []byte("hi"),
	}
}

func TestRecordRoundTrip(t *testing.T) {
	want := sampleRecord()
	payload := want.append(nil)
	got, err := ParseRecord(payload)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for n := range payload {
		if _, err := ParseRecord(payload[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(payload))
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	r := sampleRecord()
	f.Add(r.append(nil))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if r, err := ParseRecord(payload); err == nil {
			if again, err := ParseRecord(r.append(nil)); err != nil || again.Seq != r.Seq {
				t.Fatalf("%+v %v", again, err)
			}
		}
	})
}
