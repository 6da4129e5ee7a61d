package directory

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/state"
	"parley/internal/wire/ntlm"
)

var everything = Keep{SHA256: true, MD5: true, NTHash: true, Realm: "parley.test"}

// shelf is where a test's directory is stored.
type shelf struct {
	users   *state.Bucket[User]
	secrets *state.Bucket[Secret]
	keyFile string
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	store, err := state.Open(t.Context(), state.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s := shelf{keyFile: filepath.Join(t.TempDir(), "secrets.key")}
	if s.users, err = state.OpenBucket[User](t.Context(), store, "users", state.BucketOptions{Memory: true}); err != nil {
		t.Fatal(err)
	}
	if s.secrets, err = state.OpenBucket[Secret](t.Context(), store, "secrets", state.BucketOptions{Memory: true}); err != nil {
		t.Fatal(err)
	}
	if err := CreateKeyFile(s.keyFile); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s shelf) open(keep Keep) (*Local, error) {
	key, err := LoadKeyFile(s.keyFile)
	if err != nil {
		return nil, err
	}
	return OpenLocal(s.users, s.secrets, key, keep)
}

func openLocal(t *testing.T) *Local {
	t.Helper()
	l, err := newShelf(t).open(everything)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLocalUsers(t *testing.T) {
	l, ctx := openLocal(t), t.Context()
	alice := User{AOR: "alice@parley.test", DisplayName: "Alice", Enabled: true, Phones: []Phone{{WorkPhone, "+1 555 0100"}}}
	if err := l.Add(ctx, alice); err != nil {
		t.Fatal(err)
	}
	if err := l.Add(ctx, alice); !errors.Is(err, ErrUserExists) {
		t.Errorf("twice: %v", err)
	}
	if err := l.Change(ctx, alice.AOR, func(u *User) { u.Title = "Boss"; u.Phones[0].Number = "+1 555 0199" }); err != nil {
		t.Error(err)
	}
	want := alice
	want.Title, want.Phones = "Boss", []Phone{{WorkPhone, "+1 555 0199"}}
	if got, ok := l.Get(alice.AOR); !ok || cmp.Diff(want, got) != "" {
		t.Errorf("after a change:\n%s", cmp.Diff(want, got))
	}
	if err := l.Change(ctx, alice.AOR, func(u *User) { u.AOR = "bob@parley.test" }); !errors.Is(err, ErrInvalidUser) {
		t.Errorf("new address: %v", err)
	}
	if err := l.Change(ctx, "bob@parley.test", func(*User) {}); !errors.Is(err, ErrUnknownUser) {
		t.Errorf("change nobody: %v", err)
	}
	if err := l.SetPassword(ctx, alice.AOR, "secret"); err != nil {
		t.Fatal(err)
	}
	if err := l.Remove(ctx, alice.AOR); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Credentials(alice.AOR); ok {
		t.Error("a removed user's password stays")
	}
	if err := l.Remove(ctx, alice.AOR); !errors.Is(err, ErrUnknownUser) {
		t.Errorf("remove nobody: %v", err)
	}
}

func TestInvalidUsers(t *testing.T) {
	l := openLocal(t)
	for name, u := range map[string]User{
		"no domain":         {AOR: "alice"},
		"upper case":        {AOR: "Alice@parley.test"},
		"with scheme":       {AOR: "sip:alice@parley.test"},
		"with port":         {AOR: "alice@parley.test:5060"},
		"with parameter":    {AOR: "alice@parley.test;user=phone"},
		"with blank":        {AOR: "al ice@parley.test"},
		"control character": {AOR: "alice@parley.test", DisplayName: "A\r\nX: y"},
		"not utf-8":         {AOR: "alice@parley.test", DisplayName: "\xff"},
		"long":              {AOR: "alice@parley.test", Title: strings.Repeat("x", 257)},
		"phone kind":        {AOR: "alice@parley.test", Phones: []Phone{{"fax", "1"}}},
		"phone number":      {AOR: "alice@parley.test", Phones: []Phone{{WorkPhone, "none"}}},
		"phone numbers":     {AOR: "alice@parley.test", Phones: make([]Phone, 17)},
	} {
		if err := l.Add(t.Context(), u); !errors.Is(err, ErrInvalidUser) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	s := newShelf(t)
	l, err := s.open(everything)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.SetPassword(t.Context(), "alice@parley.test", "sécret"); err != nil {
		t.Fatal(err)
	}
	c, ok := l.Credentials("alice@parley.test")
	if !ok || !c.HasSHA256 || !c.HasMD5 || !c.HasNTHash {
		t.Fatalf("%+v", c)
	}
	if c.SHA256[1] != sha256.Sum256([]byte("alice@parley.test:parley.test:sécret")) || c.NTHash != ntlm.PasswordHash("sécret") {
		t.Error("hashes of another password")
	}
	raw, _, _ := s.secrets.Get("alice@parley.test")
	if text := fmt.Sprintf("%x", raw.Box); strings.Contains(text, fmt.Sprintf("%x", c.NTHash)) || strings.Contains(text, fmt.Sprintf("%x", c.SHA256[0])) {
		t.Error("stored in the clear")
	}
	for name, edit := range map[string]func(*Keep){
		"digest only": func(k *Keep) { k.NTHash, k.MD5 = false, false },
		"ntlm only":   func(k *Keep) { k.SHA256, k.MD5 = false, false },
		"nothing":     func(k *Keep) { k.SHA256, k.MD5, k.NTHash = false, false, false },
	} {
		keep := everything
		edit(&keep)
		l, err := s.open(keep)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.SetPassword(t.Context(), "bob@parley.test", "x"); err != nil {
			t.Fatal(err)
		}
		c, ok := l.Credentials("bob@parley.test")
		if !ok || c.HasSHA256 != keep.SHA256 || c.HasMD5 != keep.MD5 || c.HasNTHash != keep.NTHash {
			t.Errorf("%s: %+v", name, c)
		}
	}
	moved, err := s.open(Keep{SHA256: true, Realm: "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := moved.Credentials("alice@parley.test"); c.HasSHA256 || c.HasMD5 || !c.HasNTHash {
		t.Errorf("after a change of realm: %+v", c)
	}
	for _, password := range []string{"", strings.Repeat("x", 1025)} {
		if err := l.SetPassword(t.Context(), "alice@parley.test", password); err == nil {
			t.Errorf("a password of %d bytes is taken", len(password))
		}
	}
}

func TestSecretsDoNotMove(t *testing.T) {
	s := newShelf(t)
	l, err := s.open(everything)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.SetPassword(t.Context(), "alice@parley.test", "secret"); err != nil {
		t.Fatal(err)
	}
	secret, _, _ := s.secrets.Get("alice@parley.test")
	if _, err := s.secrets.Put(t.Context(), "admin@parley.test", secret); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Credentials("admin@parley.test"); ok {
		t.Error("one user's password was made another's by copying its record")
	}
	if err := os.Remove(s.keyFile); err != nil {
		t.Fatal(err)
	}
	if err := CreateKeyFile(s.keyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(everything); !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "2 users") {
		t.Errorf("another key file: %v", err)
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := LoadKeyFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if err := CreateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	first, err := LoadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := CreateKeyFile(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a key file was overwritten: %v", err)
	}
	if again, err := LoadKeyFile(path); err != nil || again.ID != first.ID {
		t.Errorf("read again: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeyFile(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if err := os.WriteFile(path+"2", []byte("parley-key-1 AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeyFile(path + "2"); err == nil || !strings.Contains(err.Error(), "not a key file") {
		t.Errorf("short key: %v", err)
	}
}

func TestCheckPasswordOfLocalUsers(t *testing.T) {
	for name, keep := range map[string]Keep{"all": everything, "digest": {MD5: true, Realm: "r"}, "ntlm": {NTHash: true}} {
		l, err := newShelf(t).open(keep)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range []User{{AOR: "alice@parley.test", Enabled: true}, {AOR: "bob@parley.test"}, {AOR: "carol@parley.test", Enabled: true}} {
			if err := l.Add(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		for _, aor := range []string{"alice@parley.test", "bob@parley.test"} {
			if err := l.SetPassword(t.Context(), aor, "secret"); err != nil {
				t.Fatal(err)
			}
		}
		d := New(l, nil, []string{"Parley.test"})
		for _, as := range []string{"alice", "Alice@parley.test", `parley\ALICE`, " alice "} {
			if u, err := d.CheckPassword(context.Background(), as, "secret"); err != nil || u.AOR != "alice@parley.test" {
				t.Errorf("%s: %s: %q, %v", name, as, u.AOR, err)
			}
		}
		for as, password := range map[string]string{"alice": "Secret", "bob": "secret", "carol": "secret", "dora": "secret", "": "secret"} {
			if _, err := d.CheckPassword(context.Background(), as, password); !errors.Is(err, ErrWrongPassword) {
				t.Errorf("%s: %s: %v", name, as, err)
			}
		}
	}
}

func FuzzReadCredentials(f *testing.F) {
	c := Credentials{HasSHA256: true, HasMD5: true, HasNTHash: true}
	f.Add(c.append(nil))
	f.Add([]byte{1, 4})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c Credentials
		if c.read(raw) == nil && raw[1] < 8 && string(c.append(nil)) != string(raw) {
			t.Fatal("written otherwise than read")
		}
	})
}

func BenchmarkCredentials(b *testing.B) {
	key, err := newKey(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	c, err := everything.Derive("alice@parley.test", "secret")
	if err != nil {
		b.Fatal(err)
	}
	sealed := key.seal("alice@parley.test", c.append(nil))
	b.ReportAllocs()
	for b.Loop() {
		var room [160]byte
		raw, err := key.open(room[:0], "alice@parley.test", &sealed)
		if err != nil || c.read(raw) != nil {
			b.Fatal(err)
		}
	}
}
