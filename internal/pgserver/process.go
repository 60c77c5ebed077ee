package pgserver

import (
	"cmp"
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
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout is long because a machine that runs a whole test suite in parallel is slow.
const startTimeout = 60 * time.Second

// keeper starts the server and waits until its own standard input ends, which happens when the owner closes the pipe
// or dies in whatever way; then it ends the server and removes the directory. A signal on the parent's death would
// be tied to the thread that forked, exists on Linux only, and would leave the files behind. Files that a Restart is going to
// use are kept.
const keeper = `dir=$1; signal=$2; shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( read -r _; kill -$signal $server ) <&3 &
watch=$!
exec 3<&-
wait $server
status=$?
kill $watch 2>/dev/null
cd /
[ -e "$dir/kept" ] || rm -rf "$dir"
exit $status`

// process is a server started by us, with the keeper around it.
type process struct {
	dir   string
	owner *os.File // closing it ends the server
	log   *os.File
	done  chan struct{} // closed when server and keeper have gone

	once sync.Once
}

// start copies the template and runs a server on the copy. The port is free when it is chosen but anybody may take it
// before the server does, so that losing it is worth another attempt.
func (in *installation) start(ctx context.Context, template string, settings map[string]string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		s, err := in.startOnce(ctx, template, settings)
		if err == nil {
			return s, nil
		}
		if attempt == 5 || ctx.Err() != nil || !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
}

var errPortTaken = errors.New("the port was taken")

func (in *installation) startOnce(ctx context.Context, template string, settings map[string]string) (*Server, error) {
	dir, err := in.account.tempDir()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if out, err := in.account.command(ctx, dir, "cp", "-R", template, data).CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("pgserver: copying the template: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	args := append([]string{filepath.Join(in.bin, "postgres"), "-D", data}, serverArgs(dir, port, settings)...)
	run := func(ctx context.Context) (*process, error) {
		// SIGQUIT skips the final checkpoint of data that is about to be removed.
		p, err := in.account.run(dir, "QUIT", args)
		if err != nil {
			os.RemoveAll(dir)
			return nil, err
		}
		if err := p.waitReady(ctx, filepath.Join(data, "postmaster.pid")); err != nil {
			p.stop()
			return nil, err
		}
		return p, nil
	}
	p, err := run(ctx)
	if err != nil {
		return nil, err
	}
	base := &url.URL{
		Scheme: "postgres", User: url.User(superuser), RawQuery: "sslmode=disable",
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
	}
	return &Server{base: base, socket: dir, version: in.version, cluster: p, run: run, admins: make(chan *pgx.Conn, idleAdmins)}, nil
}

// serverArgs are settings for many short-lived servers on one small machine. jit would compile what runs once, and
// autovacuum start a worker for each database again and again. Tests have the errors that they provoke from the server
// itself: writing them down as well would be a good part of what a refused row costs.
func serverArgs(dir string, port int, settings map[string]string) []string {
	args := []string{"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", dir, "-F"}
	merged := map[string]string{
		"max_connections": "200", "shared_buffers": "64MB", "synchronous_commit": "off", "full_page_writes": "off",
		"jit": "off", "autovacuum": "off", "log_min_messages": "fatal", "timezone": "UTC", "log_timezone": "UTC",
	}
	for name, value := range settings {
		merged[name] = value
	}
	for name, value := range merged {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// run starts the keeper and, through it, the server, which the signal ends.
func (a *account) run(dir, signal string, server []string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	watched, owner, err := os.Pipe()
	if err != nil {
		log.Close()
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	defer watched.Close()
	// Not CommandContext: the context is the start's, the server goes on.
	cmd := a.command(context.Background(), dir, "/bin/sh", append([]string{"-c", keeper, "pgserver", dir, signal}, server...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = watched, log, log
	if err := cmd.Start(); err != nil {
		owner.Close()
		log.Close()
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	p := &process{dir: dir, owner: owner, log: log, done: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// waitReady waits for the line that the server adds to its pid file when it accepts connections.
func (p *process) waitReady(ctx context.Context, pidFile string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		content, _ := os.ReadFile(pidFile)
		lines := strings.Split(string(content), "\n")
		if len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		select {
		case <-p.done:
			return p.startError(errors.New("postgres ended before it was ready"))
		case <-ctx.Done():
			return p.startError(ctx.Err())
		case <-tick.C:
		}
	}
}

// startError adds what the server said. The keeper may have removed the log's name, not the open file.
func (p *process) startError(err error) error {
	said := make([]byte, 8<<10)
	n, _ := p.log.ReadAt(said, 0)
	text := string(said[:n])
	if strings.Contains(text, "Address already in use") {
		err = errPortTaken
	}
	return fmt.Errorf("pgserver: %w\n%s", err, text)
}

// stop ends the server, waits until it is gone, and removes its files.
func (p *process) stop() error {
	err := p.end()
	os.RemoveAll(p.dir) // the keeper has; this is for a keeper that was killed
	return err
}

// end ends the server and waits until it is gone.
func (p *process) end() error {
	var err error
	p.once.Do(func() {
		p.owner.Close()
		select {
		case <-p.done:
		case <-time.After(30 * time.Second):
			err = fmt.Errorf("pgserver: the server in %s does not end", p.dir)
		}
		p.log.Close()
	})
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("pgserver: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// account is who the server runs as: ourselves, or somebody else when we are root, whom initdb and postgres refuse.
type account struct {
	uid, gid int
	switched bool // not ourselves
}

// command prepares a program run as the account in dir. PG* variables are ours, not the new server's: PGPORT or
// PGOPTIONS in the environment would change it behind our back.
func (a *account) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	a.apply(cmd)
	return cmd
}

// tempDir makes a directory for one server. Its path is short, because a unix socket's may not exceed 103 bytes, and
// other accounts can reach it.
func (a *account) tempDir() (string, error) {
	base := os.TempDir()
	if a.switched || len(base) > 60 {
		base = "/tmp"
	}
	if memory := memory(); memory != "" {
		base = memory
	}
	dir, err := os.MkdirTemp(cmp.Or(os.Getenv(EnvDir), base), "tgpg-")
	if err != nil {
		return "", fmt.Errorf("pgserver: %w", err)
	}
	return dir, a.own(dir)
}

// cacheDir is where templates are kept: the user's cache, or a directory in /tmp for an account that cannot look into ours.
func (a *account) cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil || a.switched {
		base = filepath.Join("/tmp", "tenantgen-pgserver-"+strconv.Itoa(a.uid))
	} else {
		base = filepath.Join(base, "tenantgen", "pgserver")
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", fmt.Errorf("pgserver: %w", err)
	}
	return base, a.own(base)
}
