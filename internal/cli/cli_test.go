package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/admin"
	"parley/internal/config"
)

// recorder is a directory that notes what it is asked.
type recorder struct {
	calls  []string
	closed int
	err    error
}

func (r *recorder) note(parts ...string) error {
	r.calls = append(r.calls, strings.Join(parts, " "))
	return r.err
}
func (r *recorder) Add(_ context.Context, u admin.User, password string) error {
	role := "user"
	if u.Administrator {
		role = "administrator"
	}
	return r.note("add", u.Address, "("+u.Name+")", role, password)
}
func (r *recorder) List(context.Context) ([]admin.User, error) {
	return []admin.User{{Address: "alice@parley.test", Name: "Alice", Administrator: true}, {Address: "bob@parley.test", Name: "Bob"}}, r.note("list")
}
func (r *recorder) Remove(_ context.Context, address string) error { return r.note("remove", address) }
func (r *recorder) SetPassword(_ context.Context, address, password string) error {
	return r.note("passwd", address, password)
}
func (r *recorder) Close() error { r.closed++; return nil }

const testConfig = "domains = [\"parley.test\", \"other.test\"]\n[listen]\nsip-tls = []\nhttps = []\nsip-tcp = [\":0\"]\n"

// run runs a command line against a directory.
func run(t *testing.T, r *recorder, in, cfg string, args ...string) (status int, out, errOut string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(file, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	d := Deps{
		Version: "1.2.3",
		Serve: func(_ context.Context, path string, out, _ io.Writer) error {
			_, err := io.WriteString(out, "serving "+filepath.Base(path))
			return err
		},
		Local: func(_ context.Context, dir string, out io.Writer) error {
			_, err := io.WriteString(out, "local in "+dir)
			return err
		},
		Users: func(context.Context, *config.Config) (Users, error) { return r, nil },
	}
	var stdout, stderr bytes.Buffer
	status = Main(t.Context(), d, append(args, "--config", file), strings.NewReader(in), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func TestCommands(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		args     []string
		call     string // what the directory is asked
		out      string // is printed
	}{
		{"add", "secret\n", []string{"user", "add", "Alice@Parley.test", "--name", "Alice A"}, "add alice@parley.test (Alice A) user secret", "added alice@parley.test"},
		{"add completes", "secret", []string{"user", "add", "sip:bob", "--administrator"}, "add bob@parley.test (bob) administrator secret", "added bob@parley.test"},
		{"add in another domain", "s\r\n", []string{"user", "add", "bob@other.test", "--password-stdin"}, "add bob@other.test (bob) user s", "added bob@other.test"},
		{"list", "", []string{"user", "list"}, "list", "alice@parley.test  Alice  administrator\nbob@parley.test    Bob    \n"},
		{"remove", "", []string{"user", "remove", "bob"}, "remove bob@parley.test", "removed bob@parley.test"},
		{"passwd", "new\n", []string{"user", "passwd", "bob"}, "passwd bob@parley.test new", "changed the password of bob@parley.test"},
		{"version", "", []string{"version"}, "", "parley 1.2.3"},
		{"serve", "", []string{"serve"}, "", "serving parley.toml"},
		{"local", "", []string{"local", "--dir", "x"}, "", "local in x"},
		{"config check", "", []string{"config", "check"}, "", "parley.toml: good"},
		{"config example", "", []string{"config", "example"}, "", "[listen]"},
		{"completion", "", []string{"completion", "bash"}, "", "parley"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			status, out, errOut := run(t, r, tt.in, testConfig, tt.args...)
			if status != 0 || !strings.Contains(out, tt.out) {
				t.Errorf("status %d, output %q, errors %q", status, out, errOut)
			}
			if got := strings.Join(r.calls, "; "); got != tt.call {
				t.Errorf("the directory was asked %q, want %q", got, tt.call)
			}
			if len(r.calls) != r.closed {
				t.Errorf("closed %d times", r.closed)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, cfg string
		err           error
		args          []string
		want          string
	}{
		{"unknown command", "", testConfig, nil, []string{"srve"}, `unknown command "srve"`},
		{"unknown command below", "", testConfig, nil, []string{"user", "foo"}, `unknown command "foo"`},
		{"unknown flag", "", testConfig, nil, []string{"serve", "--port", "1"}, "unknown flag"},
		{"foreign domain", "", testConfig, nil, []string{"user", "remove", "a@x.test"}, "x.test is no domain of this server; `domains` has parley.test, other.test"},
		{"bad address", "x\n", testConfig, nil, []string{"user", "add", "a b"}, "is no user address"},
		{"no password", "\n", testConfig, nil, []string{"user", "add", "a"}, "no password was given"},
		{"directory's error", "", testConfig, admin.ErrUnknown, []string{"user", "remove", "a"}, "remove a@parley.test: there is no such user"},
		{"bad configuration", "", "domain = 1\n", nil, []string{"config", "check"}, `line 1: unknown key "domain"; did you mean "domains"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, out, errOut := run(t, &recorder{err: tt.err}, tt.in, tt.cfg, tt.args...)
			if status != 1 || !strings.Contains(errOut, tt.want) {
				t.Errorf("status %d, output %q, errors %q; want %q", status, out, errOut, tt.want)
			}
		})
	}
}

func TestServeError(t *testing.T) {
	t.Parallel()
	var errOut bytes.Buffer
	d := Deps{Serve: func(context.Context, string, io.Writer, io.Writer) error { return errors.New("no luck") }}
	if status := Main(t.Context(), d, []string{"serve"}, nil, io.Discard, &errOut); status != 1 || errOut.String() != "parley: no luck\n" {
		t.Errorf("status %d, errors %q", status, errOut.String())
	}
}

func TestReferenceHasEveryCommand(t *testing.T) {
	page := string(Reference())
	for _, want := range []string{"## parley serve\n", "## parley user add\n\n    parley user add USER@DOMAIN [flags]\n", "| `--administrator` |  | ", "bash, fish, powershell, zsh",
		"| `--dir FOLDER` | parley-local | "} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "--help` |") || strings.Contains(page, "## parley help") {
		t.Errorf("help is listed:\n%s", page)
	}
}
