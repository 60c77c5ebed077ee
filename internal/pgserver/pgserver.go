// Package pgserver runs a throw-away PostgreSQL for tests and for the example.
//
// Start looks for a server in this order:
//
//  1. TENANTGEN_TEST_DATABASE_URL: a running server. Own databases are created there, and dropped again.
//  2. TENANTGEN_TEST_POSTGRES_BIN or Options.BinDir: the bin directory of an installation (for a version matrix).
//  3. A local installation: PATH, pg_config, and the places the usual packages install to.
//  4. A download of the binaries by github.com/fergusstrange/embedded-postgres.
//
// A started server lives in a temporary directory, in memory where there is room, listens on 127.0.0.1 and on a unix socket, does not sync to disk and
// trusts every local connection: it is for data nobody will miss. It dies with the process that started it, however
// that process ends, and takes its directory with it.
package pgserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment variables that choose the server, and where it lives.
const (
	// EnvURL names a running server by a superuser's connection URL.
	EnvURL = "TENANTGEN_TEST_DATABASE_URL"
	// EnvBinDir names the directory that holds initdb and postgres.
	EnvBinDir = "TENANTGEN_TEST_POSTGRES_BIN"
	// EnvDir names the directory that the server's is made in.
	EnvDir = "TENANTGEN_TEST_POSTGRES_DIR"
)

// Options change how Start finds and runs the server. The zero value is right for tests.
type Options struct {
	// BinDir is the directory that holds initdb and postgres. When set, nothing else is tried.
	BinDir string
	// Settings are server settings, such as "log_statement": "all", that override this package's own.
	Settings map[string]string
}

// idleAdmins is how many sessions for statements about databases are kept.
const idleAdmins = 4

// Server is a running PostgreSQL on which the caller is superuser.
type Server struct {
	base    *url.URL // without a database
	socket  string   // directory of the unix socket; empty for a server that was already running
	version string
	cluster *process                                // nil for a server that was already running
	run     func(context.Context) (*process, error) // on its files and its port

	mu        sync.Mutex
	databases map[string]bool // created by NewDatabase on a server that outlives us
	empty     string          // the template of NewDatabase, once there is one

	admins chan *pgx.Conn // idle sessions for statements about databases
}

// Start finds or starts a server and returns when it accepts connections. ctx limits the start only, not the server's
// life. The error of a machine without PostgreSQL says what to install.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if raw := os.Getenv(EnvURL); raw != "" && opts.BinDir == "" {
		return existing(ctx, raw)
	}
	install, err := findInstallation(opts.BinDir)
	if err != nil {
		return nil, err
	}
	template, err := install.template(ctx)
	if err != nil {
		return nil, err
	}
	return install.start(ctx, template, opts.Settings)
}

// existing uses a server somebody else runs.
func existing(ctx context.Context, raw string) (*Server, error) {
	base, err := url.Parse(raw)
	if err != nil || (base.Scheme != "postgres" && base.Scheme != "postgresql") {
		return nil, fmt.Errorf("pgserver: %s must be a postgres:// URL", EnvURL)
	}
	s := &Server{base: base, databases: map[string]bool{}, admins: make(chan *pgx.Conn, idleAdmins)}
	conn, err := pgx.Connect(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("pgserver: %s: %w", EnvURL, err)
	}
	defer conn.Close(ctx)
	var super bool
	row := conn.QueryRow(ctx, `select current_setting('is_superuser') = 'on', current_setting('server_version')`)
	if err := row.Scan(&super, &s.version); err != nil {
		return nil, fmt.Errorf("pgserver: %s: %w", EnvURL, err)
	}
	if !super {
		return nil, fmt.Errorf("pgserver: %s must connect as a superuser", EnvURL)
	}
	return s, nil
}

// Version is what the server calls itself, such as "16.9" or "15.18 (Debian 15.18-0+deb12u1)".
func (s *Server) Version() string { return s.version }

// URL is the superuser's connection string for a database, over TCP on the loopback interface.
func (s *Server) URL(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}

// SocketURL is URL over the unix socket, which has the lower latency; it is URL for a server this package did not start.
func (s *Server) SocketURL(database string) string {
	if s.socket == "" {
		return s.URL(database)
	}
	q := url.Values{"host": {s.socket}, "port": {s.base.Port()}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: s.base.User, Path: "/" + database, RawQuery: q.Encode()}).String()
}

// NewDatabase creates an empty database with a name of its own and returns the superuser's connection string for it.
// It is dropped by Stop at the latest.
func (s *Server) NewDatabase(ctx context.Context) (string, error) {
	template, err := s.template(ctx)
	if err != nil {
		return "", err
	}
	return s.create(ctx, template)
}

// template is an empty database to copy. Creating a database fails while anybody is connected to its template: on a
// server of somebody else's only template0 is safe from that. On ours it is a copy to which one session was connected:
// that leaves behind what each first session of a database would have to find out, for a quarter of what a database costs
// (pg_internal.init, which PostgreSQL knows to be copied: load_relcache_init_file in its relcache.c).
func (s *Server) template(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil {
		return "template0", nil
	}
	if s.empty == "" {
		name := "tenantgen_empty"
		if err := s.admin(ctx, "create database "+name+" template template0"); err != nil {
			return "", err
		}
		conn, err := pgx.Connect(ctx, s.URL(name))
		if err != nil {
			return "", fmt.Errorf("pgserver: %w", err)
		}
		if err := conn.Close(ctx); err != nil {
			return "", fmt.Errorf("pgserver: %w", err)
		}
		if err := s.vacate(ctx, name, leaving); err != nil {
			return "", err
		}
		s.empty = name
	}
	return s.empty, nil
}

// CopyDatabase is NewDatabase with all that is in the database a URL names, to which nobody may be connected.
func (s *Server) CopyDatabase(ctx context.Context, databaseURL string) (string, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return "", fmt.Errorf("pgserver: %w", err)
	}
	if err := s.vacate(ctx, config.Database, leaving); err != nil {
		return "", err
	}
	return s.create(ctx, config.Database)
}

func (s *Server) create(ctx context.Context, template string) (string, error) {
	name := "tenantgen_" + randomName()
	strategy := ""
	if s.cluster != nil && s.major() >= 15 { // which would write every page to the log, as if the server could be copied
		strategy = " strategy file_copy"
	}
	if err := s.admin(ctx, "create database "+name+" template "+pgx.Identifier{template}.Sanitize()+strategy); err != nil {
		return "", err
	}
	if s.cluster == nil {
		s.mu.Lock()
		s.databases[name] = true
		s.mu.Unlock()
	}
	return s.URL(name), nil
}

// major is the number before the point of the version.
func (s *Server) major() (n int) {
	fmt.Sscan(s.version, &n)
	return n
}

// DropDatabase drops the database a URL names, with whoever is connected to it.
func (s *Server) DropDatabase(ctx context.Context, databaseURL string) error {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	s.mu.Lock()
	delete(s.databases, config.Database)
	s.mu.Unlock()
	return s.drop(ctx, config.Database)
}

func (s *Server) drop(ctx context.Context, name string) error {
	if err := s.vacate(ctx, name, ended); err != nil {
		return err
	}
	return s.admin(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)")
}

// What vacate asks about the sessions of a database: how many are there, and are told to end.
const (
	leaving = "select count(*) from pg_stat_activity where datname = $1"
	ended   = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1"
)

// vacate waits for the sessions of a database that end: PostgreSQL looks for them at once, and then a tenth of a second
// later (CountOtherDBBackends in its procarray.c), which was most of what dropping a database took.
func (s *Server) vacate(ctx context.Context, name, sessions string) error {
	conn, err := s.adminSession(ctx)
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	defer s.release(ctx, conn)
	for range 100 { // who takes longer than that, PostgreSQL waits for
		var left int
		if err := conn.QueryRow(ctx, sessions, name).Scan(&left); err != nil {
			return fmt.Errorf("pgserver: %w", err)
		}
		if left == 0 {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// admin runs one statement that cannot be run inside the database it is about. Its session is kept for the next: to
// begin one costs a quarter of what creating a database does.
func (s *Server) admin(ctx context.Context, sql string) error {
	conn, err := s.adminSession(ctx)
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	_, err = conn.Exec(ctx, sql)
	s.release(ctx, conn)
	if err != nil {
		return fmt.Errorf("pgserver: %s: %w", sql, err)
	}
	return nil
}

// release keeps a session for the next statement.
func (s *Server) release(ctx context.Context, conn *pgx.Conn) {
	select {
	case s.admins <- conn:
	default:
		conn.Close(context.WithoutCancel(ctx))
	}
}

// adminSession takes an idle session, which somebody may have ended, or begins one.
func (s *Server) adminSession(ctx context.Context) (*pgx.Conn, error) {
	for {
		select {
		case conn := <-s.admins:
			if conn.Ping(ctx) == nil {
				return conn, nil
			}
			conn.Close(context.WithoutCancel(ctx))
		default:
			if s.cluster == nil {
				return pgx.Connect(ctx, s.base.String())
			}
			return pgx.Connect(ctx, s.URL("postgres"))
		}
	}
}

// Restart ends the server as a crash of it would, and starts it again on its files and its port. What was committed is there
// again with the setting synchronous_commit on, which is off otherwise. It fails for a server that was already running, whose
// owner restarts it, and ends one that does not come back. No other method may be called meanwhile but URL and SocketURL.
func (s *Server) Restart(ctx context.Context) error {
	if s.cluster == nil {
		return fmt.Errorf("pgserver: %s names a server that is not ours to restart", EnvURL)
	}
	kept := filepath.Join(s.cluster.dir, "kept")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	if err := s.cluster.end(); err != nil {
		return err
	}
	if err := os.Remove(kept); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	p, err := s.run(ctx)
	if err == nil {
		s.cluster = p
	}
	return err
}

// Stop ends the server and removes its files. On a server that was already running it drops the databases that
// NewDatabase created. A second Stop does nothing.
func (s *Server) Stop() error {
	if s.cluster != nil {
		return s.cluster.stop()
	}
	s.mu.Lock()
	names := s.databases
	s.databases = map[string]bool{}
	s.mu.Unlock()
	for name := range names {
		if err := s.drop(context.Background(), name); err != nil {
			return err
		}
	}
	for len(s.admins) > 0 {
		(<-s.admins).Close(context.Background())
	}
	return nil
}

func randomName() string {
	var b [6]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return hex.EncodeToString(b[:])
}
