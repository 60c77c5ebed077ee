package tenant_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// What a soak expects once its calls have ended.

// missing tells why the run was none yet: every kind of call has to be made, and every fault to happen.
func (s *soak) missing() (list []string) {
	for _, name := range soakNames {
		if s.calls.of(name) == 0 {
			list = append(list, "no call "+name+" was made")
		}
	}
	for _, fault := range []string{"canceled", "deadline", "killed", "serialization failure", "deadlock"} {
		if s.faults.of(fault) == 0 {
			list = append(list, "no call failed by: "+fault)
		}
	}
	if !s.bounced && s.notified.Load() == 0 {
		list = append(list, "no notification arrived")
	}
	if stat := s.pool.Stat(); stat.EmptyAcquireCount() == 0 || stat.CanceledAcquireCount() == 0 {
		list = append(list, "the pool was never exhausted")
	}
	return list
}

// expectRowsInPlace looks with a superuser's eyes: every row says which tenant wrote it.
func (s *soak) expectRowsInPlace() {
	var fixed, moved int
	err := s.super.QueryRow(s.t.Context(), `select count(*) filter (where title like 'fixed%'),
		count(*) filter (where right(org_id::text, 12)::int <> size or title like 'by %' and split_part(title, ' ', 2) <> size || ':')
		from notes`).Scan(&fixed, &moved)
	if err != nil || fixed != 3*soakTenants || moved != 0 {
		s.t.Errorf("%d rows of %d are left, %d were written by another tenant than they belong to, %v", fixed, 3*soakTenants, moved, err)
	}
}

// expectNothingLeft looks at every connection with the eyes of the next user.
func (s *soak) expectNothingLeft() {
	s.eventually("connections are still in use", func() bool {
		return s.pool.Stat().AcquiredConns()+s.pool.Stat().ConstructingConns()+s.admin.Stat().AcquiredConns() == 0
	})
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	// All at once, and each within a transaction, so that behind pgbouncer they are different ones to the server too.
	var backends sync.Map
	var looking sync.WaitGroup
	together := make(chan struct{})
	for range s.connections() {
		looking.Go(func() {
			look := func() error {
				return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return lookAtIdle(ctx, tx, &backends, together) })
			}
			err := look()
			for err != nil && slices.Contains([]string{"killed", "connection lost"}, s.faultOf(err)) {
				err = look() // it was killed while idle, and the pool has not noticed yet
			}
			if err != nil {
				s.t.Errorf("an idle connection: %v", err)
			}
		})
	}
	s.eventually("not every connection was looked at", func() bool {
		n := 0
		backends.Range(func(any, any) bool { n++; return true })
		return n == s.connections() || s.t.Failed()
	})
	close(together)
	looking.Wait()
}

// lookAtIdle expects nothing on a connection, and keeps it until all have been looked at.
func lookAtIdle(ctx context.Context, tx pgx.Tx, backends *sync.Map, together <-chan struct{}) error {
	if err := soakNobody(tx.QueryRow(ctx, soakLook)); err != nil {
		return err
	}
	var pid, channels int
	if err := tx.QueryRow(ctx, "select pg_backend_pid(), (select count(*) from pg_listening_channels())").Scan(&pid, &channels); err != nil {
		return err
	}
	if channels != 0 {
		return violated("a connection listens to %d channels", channels)
	}
	backends.Store(pid, true)
	<-together
	return nil
}

// connections is how many the server has at most for the application.
func (s *soak) connections() int {
	if s.bounced {
		return soakConns / 2
	}
	return soakConns
}

// expectNothingLeaked comes after the pools were closed.
func (s *soak) expectNothingLeaked(before []string) {
	s.eventually("the server still has connections", func() bool {
		var n int
		err := s.super.QueryRow(s.t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and usename like 'tenant_test_%' and ($1 or state <> 'idle')`, !s.bounced).Scan(&n)
		if err != nil {
			s.t.Error(err)
		}
		return n == 0
	})
	if !s.eventually("goroutines are left", func() bool { return len(stacks()) <= len(before) }) {
		s.t.Logf("before:\n%s\n\nafter:\n%s", strings.Join(before, "\n\n"), strings.Join(stacks(), "\n\n"))
	}
}

// eventually waits for what happens in the background.
func (s *soak) eventually(otherwise string, done func() bool) bool {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Error(otherwise)
			return false
		}
	}
	return true
}

// stacks returns the stack of every goroutine.
func stacks() []string {
	text := make([]byte, 1<<20)
	for {
		n := runtime.Stack(text, true)
		if n < len(text) {
			list := strings.Split(strings.TrimSpace(string(text[:n])), "\n\n")
			slices.Sort(list)
			return list
		}
		text = make([]byte, 2*len(text))
	}
}
