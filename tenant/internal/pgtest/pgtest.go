// Package pgtest lends this module's tests a throw-away PostgreSQL. The server is started by
// a program of tenantgen's main module, internal/pgserver/serve, run as a process: this
// module's users would have to carry what starting one takes, if its tests imported it.
package pgtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// program is what starts the server, in tenantgen's main module.
const program = "internal/pgserver/serve"

// root is the directory of tenantgen's main module, above the one that the tests run in.
func root() (string, error) {
	at, err := os.Getwd()
	for dir := at; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, program)); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("pgtest: no %s above %s: these tests run in a checkout of tenantgen", program, at)
		}
	}
	return "", err
}

// server is the process that all tests of this test binary share.
type server struct {
	mu      sync.Mutex
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *json.Decoder
	err     error // it could not be started
}

var shared server

type request struct {
	Do      string            `json:"do"`
	URL     string            `json:"url,omitempty"`
	Servers int               `json:"servers,omitempty"`
	Users   map[string]string `json:"users,omitempty"`
}

type answer struct {
	URL     string
	Workers []string
	Version string
	Said    string
	Error   string
}

func (s *server) start() error {
	dir, err := root()
	if err != nil {
		return err
	}
	s.cmd = exec.Command("go", "run", "./"+program)
	s.cmd.Dir, s.cmd.Stderr = dir, os.Stderr
	s.cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	s.answers = json.NewDecoder(out)
	return s.cmd.Start()
}

// ask sends a request and waits for its answer.
func (s *server) ask(r request) (a answer, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.err = s.start()
	}
	if s.err != nil {
		return a, s.err
	}
	if err := json.NewEncoder(s.in).Encode(r); err != nil {
		return a, fmt.Errorf("pgtest: %s: %w", r.Do, err)
	}
	if err := s.answers.Decode(&a); err != nil {
		return a, fmt.Errorf("pgtest: %s: %w", r.Do, err)
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

// lend asks for something with a URL until the test ends.
func lend(t testing.TB, r request) answer {
	t.Helper()
	if testing.Short() {
		t.Skip("-short runs what needs no server")
	}
	a, err := shared.ask(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end, err := shared.ask(request{Do: "end", URL: a.URL})
		if err != nil {
			t.Error(err)
		}
		if t.Failed() && end.Said != "" {
			t.Logf("%s said at last:\n%s", r.Do, end.Said)
		}
	})
	return a
}

// stop ends the process, and with it the server.
func (s *server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil || s.err != nil {
		return nil
	}
	return errors.Join(s.in.Close(), s.cmd.Wait())
}

// DatabaseForTest returns the superuser's connection string of an empty database that is
// dropped when the test ends. A machine without PostgreSQL fails the test, with what to install.
func DatabaseForTest(t testing.TB) string {
	t.Helper()
	return lend(t, request{Do: "database"}).URL
}

// PgBouncerForTest runs pgbouncer in transaction mode in front of a database until the test
// ends, with the given number of connections to the server, for the users with their passwords.
func PgBouncerForTest(t testing.TB, databaseURL string, servers int, users map[string]string) string {
	t.Helper()
	return lend(t, request{Do: "pgbouncer", URL: databaseURL, Servers: servers, Users: users}).URL
}

// Citus is a database that a Citus cluster spreads over its workers.
type Citus struct {
	URL     string   // of the superuser, on the coordinator
	Workers []string // the same on the workers
	Version string   // what Citus calls itself
}

// CitusForTest returns an empty database on a cluster of Citus. A test is passed over where
// TENANTGEN_CITUS_BIN does not name the directory of initdb and postgres of one.
func CitusForTest(t testing.TB) *Citus {
	t.Helper()
	const bin = "TENANTGEN_CITUS_BIN"
	if os.Getenv(bin) == "" {
		t.Skip(bin + " names no PostgreSQL with Citus")
	}
	a := lend(t, request{Do: "citus"})
	return &Citus{a.URL, a.Workers, a.Version}
}

// Main runs a package's tests and then stops the shared server:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// Without it the server still ends with the test binary, just a moment later.
func Main(m *testing.M) int {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}
