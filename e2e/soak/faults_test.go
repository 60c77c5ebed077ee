package soak_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// instance is a process of the service, on a socket that stays its own.
type instance struct {
	t       *testing.T
	name    string
	socket  string
	env     []string
	process *exec.Cmd
	read    chan struct{} // closed when it has printed all
}

func newInstance(t *testing.T, name, database, files string) *instance {
	t.Helper()
	i := &instance{t: t, name: name, socket: filepath.Join(t.TempDir(), "s")}
	i.env = append(os.Environ(), envSocket+"="+i.socket, envDatabase+"="+database, envFiles+"="+files)
	return i
}

// start returns when it answers.
func (i *instance) start() error {
	i.process = exec.Command(os.Args[0])
	i.process.Env, i.process.Stderr = i.env, os.Stderr
	out, err := i.process.StdoutPipe()
	if err == nil {
		_, err = i.process.StdinPipe() // whose end tells the process that this one is gone
	}
	if err != nil {
		return err
	}
	if err := i.process.Start(); err != nil {
		return err
	}
	i.read = make(chan struct{})
	go func() {
		defer close(i.read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "VIOLATION "); ok {
				i.t.Error(text)
			}
		}
	}()
	for end := time.Now().Add(long); ; {
		conn, err := net.Dial("unix", i.socket)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("the service does not start: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// stop has it end what is under way.
func (i *instance) stop() error {
	if err := i.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-i.read
	return i.process.Wait()
}

// kill ends it amid whatever it is doing.
func (i *instance) kill() error {
	if err := i.process.Process.Kill(); err != nil {
		return err
	}
	<-i.read
	_ = i.process.Wait() // it was killed
	return nil
}

// killBackends ends connections of the service, one after the other.
func (s *soak) killBackends(ctx context.Context) {
	for ctx.Err() == nil {
		killed := int64(0)
		err := s.asOwner(ctx, func(conn *pgx.Conn) error {
			for ctx.Err() == nil {
				err := conn.QueryRow(ctx, `select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
					where usename in ('soak_app', 'soak_worker') order by random() limit 1) one`).Scan(&killed)
				if err != nil {
					return err
				}
				for range killed {
					s.count.add("killed backends")
				}
				pause(ctx, 100*time.Millisecond)
			}
			return nil
		})
		if err != nil && ctx.Err() == nil && !fault(err) {
			s.t.Error(err)
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// asOwner runs f on a connection of the database's owner.
func (s *soak) asOwner(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.owner)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return f(conn)
}

// restarts has one instance end and start, then PostgreSQL, and, where there is a minute, the other instance be killed.
func (s *soak) restarts(ctx context.Context, length time.Duration) {
	first, second := s.instances[0], s.instances[1]
	for round := min(length, time.Minute); ctx.Err() == nil; first, second = second, first {
		pause(ctx, round/5)
		s.fault(ctx, "stopped and started instances", func() error {
			if err := first.stop(); err != nil {
				return err
			}
			time.Sleep(round / 20)
			return first.start()
		})
		pause(ctx, round/5)
		s.fault(ctx, "restarts of PostgreSQL", func() error { return s.server.Restart(context.WithoutCancel(ctx)) })
		if pause(ctx, round/5); round == time.Minute {
			s.fault(ctx, "killed instances", func() error {
				if err := second.kill(); err != nil {
					return err
				}
				return second.start()
			})
		}
		pause(ctx, round/5)
	}
}

func (s *soak) fault(ctx context.Context, name string, do func() error) {
	if ctx.Err() != nil {
		return
	}
	if err := do(); err != nil {
		s.t.Errorf("%s: %v", name, err)
	}
	s.count.add(name)
}
