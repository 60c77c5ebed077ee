package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// bouncerHint ends the error of a machine that has no pgbouncer.
const bouncerHint = `install pgbouncer:
  Debian, Ubuntu   apt-get install pgbouncer
  Fedora, RHEL     dnf install pgbouncer
  Alpine           apk add pgbouncer
  macOS            brew install pgbouncer
or set ` + EnvPgBouncer + ` to the program`

// EnvPgBouncer names pgbouncer's program where it is not on PATH.
const EnvPgBouncer = "TENANTGEN_TEST_PGBOUNCER"

// bouncerConfig pools as much as possible: what is left on a server connection meets another client soon.
const bouncerConfig = `[databases]
%s = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
`

// PgBouncer is a running pgbouncer in transaction mode.
type PgBouncer struct {
	process *process
	url     string
}

// StartPgBouncer runs pgbouncer in front of a database, with the given number of connections to the server. It lets the
// roles in that users names, with the password it has for the server. The error of a machine without pgbouncer says what
// to install.
func StartPgBouncer(ctx context.Context, databaseURL string, servers int, users map[string]string) (*PgBouncer, error) {
	target, err := url.Parse(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	p, port, err := startPgBouncer(ctx, target, servers, users)
	if err != nil {
		return nil, err
	}
	target.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	target.RawQuery = "sslmode=disable"
	return &PgBouncer{p, target.String()}, nil
}

// URL is the database's through pgbouncer.
func (b *PgBouncer) URL() string { return b.url }

// Stop ends it and removes its files.
func (b *PgBouncer) Stop() error { return b.process.stop() }

// LastWords is the end of what it said: for a test that failed.
func (b *PgBouncer) LastWords() string { return b.process.lastWords(4 << 10) }

// lastWords is the end of what the program said, of at most n bytes.
func (p *process) lastWords(n int64) string {
	info, err := p.log.Stat()
	if err != nil {
		return err.Error()
	}
	said := make([]byte, min(n, info.Size()))
	read, _ := p.log.ReadAt(said, info.Size()-int64(len(said)))
	return string(said[:read])
}

func startPgBouncer(ctx context.Context, target *url.URL, servers int, users map[string]string) (*process, int, error) {
	program, err := findPgBouncer()
	if err != nil {
		return nil, 0, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, 0, err
	}
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return nil, 0, err
		}
		p, err := runPgBouncer(ctx, who, program, port, target, servers, users)
		if err == nil || attempt == 5 || !errors.Is(err, errPortTaken) {
			return p, port, err
		}
	}
}

// findPgBouncer looks into the places for daemons too, which are not on everybody's PATH.
func findPgBouncer() (string, error) {
	names := []string{"pgbouncer", "/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer"}
	if program := os.Getenv(EnvPgBouncer); program != "" {
		names = []string{program}
	}
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errors.New("pgserver: no pgbouncer to run\n" + bouncerHint)
}

func runPgBouncer(ctx context.Context, who *account, program string, port int, target *url.URL, servers int, users map[string]string) (*process, error) {
	dir, err := who.tempDir()
	if err != nil {
		return nil, err
	}
	var list strings.Builder
	for name, password := range users {
		fmt.Fprintf(&list, "%q %q\n", name, password)
	}
	ini, userlist := filepath.Join(dir, "pgbouncer.ini"), filepath.Join(dir, "users")
	config := fmt.Sprintf(bouncerConfig, strings.TrimPrefix(target.Path, "/"), target.Hostname(), target.Port(), port, userlist, servers)
	for name, text := range map[string]string{ini: config, userlist: list.String()} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			os.RemoveAll(dir)
			return nil, fmt.Errorf("pgserver: %w", err)
		}
	}
	p, err := who.run(dir, "TERM", []string{program, ini})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := p.waitListening(ctx, port); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// waitListening waits until the port answers.
func (p *process) waitListening(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.done:
			return p.startError(errors.New("pgbouncer ended before it was ready"))
		case <-ctx.Done():
			return p.startError(ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
