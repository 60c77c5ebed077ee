package pgserver

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// shared is the server of this test binary.
var shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// ForTest returns the server that all tests of this test binary share, starting it for the first of them. A machine
// without PostgreSQL fails the test, with what to install: an isolation test that is skipped has tested nothing. Only
// -short passes over it: that runs what needs no server.
func ForTest(t testing.TB) *Server {
	t.Helper()
	Long(t)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = Start(context.Background(), Options{})
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// Long passes over a test with -short.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short runs what needs no server, and no minute")
	}
}

// Number is what a variable says of a test: how many of something it tries, or from which seed.
func Number(t testing.TB, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// DatabaseForTest returns the superuser's connection string of an empty database that is dropped when the test ends. It is
// that of the socket: what tests mostly do is many small round trips, of which TCP's are a fifth.
func DatabaseForTest(t testing.TB) string {
	t.Helper()
	s := ForTest(t)
	databaseURL, err := s.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.DropDatabase(context.Background(), databaseURL); err != nil {
			t.Error(err)
		}
	})
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return s.SocketURL(config.Database)
}

// ConnForTest returns a connection to an empty database, as the superuser, until the test ends.
func ConnForTest(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// ExecForTest runs statements that cannot fail.
func ExecForTest(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

// Main runs a package's tests and then stops the shared server:
//
//	func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }
//
// Without it the server still ends with the test binary, just a moment later. Garbage is collected as seldom as the
// command does it, unless GOGC says otherwise: that takes a fifth of what some packages' tests take.
func Main(m *testing.M) int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}
