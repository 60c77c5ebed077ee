// Package soak_test holds a service of two processes under load, on streams, jobs and files of tenants together, while its connections, its
// processes and its database go away.
package soak_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gocloud.dev/blob/fileblob"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
)

func TestMain(m *testing.M) {
	if os.Getenv(envSocket) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(pgserver.Main(m))
}

// long is for what has to come.
const long = 2 * time.Minute

type soak struct {
	t         *testing.T
	server    *pgserver.Server
	owner     string // the database's URL
	instances []*instance
	count     counts
	saw       *seen
}

// TestSoak: 64 clients of 20 tenants follow events, have jobs done and keep files, on two processes of a service, while connections are killed, one of the
// processes is stopped and PostgreSQL is restarted. Nobody gets an event or a byte of another tenant, no event is missed, and no
// job is lost or runs for another tenant. TENANTGEN_SOAK=60s has it go on for longer than three seconds, and a process be killed, too.
func TestSoak(t *testing.T) {
	pgserver.Long(t)
	length := 3 * time.Second
	if text := os.Getenv("TENANTGEN_SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	s := newSoak(t)
	began := time.Now()
	working, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { // a busy machine gets more time, to try everything
		for pause(working, length); working.Err() == nil && len(s.untried()) > 0 && time.Since(began) < length+time.Minute; {
			pause(working, 10*time.Millisecond)
		}
		stop()
	}()
	following, leave := context.WithCancel(t.Context())
	defer leave()
	var workers, followers sync.WaitGroup
	var streams []*stream
	for i := range clients {
		workers.Go(func() { s.client(i, 1).work(working) })
		f := &stream{client: s.client(i, 2), socket: i%2 == 0}
		streams = append(streams, f)
		followers.Go(func() { f.follow(following) })
	}
	workers.Go(func() { s.killBackends(working) })
	workers.Go(func() { s.restarts(working, length) })
	workers.Wait()
	s.finish(streams)
	leave()
	followers.Wait()
	for _, i := range s.instances {
		if err := i.stop(); err != nil {
			t.Errorf("an instance does not end well: %v", err)
		}
	}
	s.judge()
	t.Log(&s.count)
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	t.Setenv(pgserver.EnvURL, "") // a server that may be restarted
	s := &soak{t: t, saw: &seen{notes: map[string][]int64{}, jobs: map[int64]string{}, requests: map[string]string{}}}
	var err error
	// With its usual guarantee: what is committed outlives a crash.
	if s.server, err = pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"synchronous_commit": "on"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.server.Stop() })
	if s.owner, err = s.server.NewDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := found(t.Context(), s.owner); err != nil {
		t.Fatal(err)
	}
	files := t.TempDir()
	s.putShared(files)
	for _, name := range []string{"first", "second"} {
		i := newInstance(t, name, s.owner, files)
		s.instances = append(s.instances, i)
		t.Cleanup(func() { _ = i.process.Process.Kill() })
		if err := i.start(); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// putShared gives every tenant a file of the same name.
func (s *soak) putShared(dir string) {
	s.t.Helper()
	bucket, err := fileblob.OpenBucket(dir, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer bucket.Close()
	store := tenantblob.New(bucket, setting)
	for i := range tenants {
		own, err := parse(mark(i))
		if err != nil {
			s.t.Fatal(err)
		}
		files, err := store.Of(own.Scope)
		if err == nil {
			err = files.Put(s.t.Context(), shared, "text/plain", strings.NewReader(fileOf(own.ID(), shared)))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// finish waits until all jobs are done, and all streams know the latest note.
func (s *soak) finish(streams []*stream) {
	s.t.Helper()
	for end := time.Now().Add(long); ; time.Sleep(100 * time.Millisecond) {
		open, behind, err := s.open(streams)
		if err == nil && open+behind == 0 {
			return
		}
		if time.Now().After(end) {
			s.t.Errorf("%d jobs are not done, and %d streams do not know the latest note: %v", open, behind, err)
			return
		}
	}
}

func (s *soak) open(streams []*stream) (open, behind int, err error) {
	last := map[string]int64{}
	err = s.asOwner(s.t.Context(), func(conn *pgx.Conn) error {
		if err := conn.QueryRow(s.t.Context(), "select count(*) from river_job where finalized_at is null").Scan(&open); err != nil {
			return err
		}
		rows, err := conn.Query(s.t.Context(), "select org_id, last from counters")
		if err != nil {
			return err
		}
		var org string
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&org, &n}, func() error { last[org] = n; return nil })
		return err
	})
	for _, f := range streams {
		if f.latest.Load() != last[f.own] {
			behind++
		}
	}
	return open, behind, err
}

// seen is what clients were told.
type seen struct {
	mu       sync.Mutex
	notes    map[string][]int64
	jobs     map[int64]string  // whose
	requests map[string]string // whose
}

func (s *seen) note(own string, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[own] = append(s.notes[own], seq)
}

func (s *seen) job(own string, id int64, request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[id], s.requests[request] = own, own
}

// jobOfAnother is some job of another tenant, 0 when there is none.
func (s *seen) jobOfAnother(own string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, of := range s.jobs {
		if of != own {
			return id
		}
	}
	return 0
}

// counts counts by name.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) add(name string) { c.plus(name, 1) }

func (c *counts) plus(name string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name] += n
}

func (c *counts) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

func (c *counts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.n)) {
		all = append(all, fmt.Sprintf("%s: %d", name, c.n[name]))
	}
	return strings.Join(all, ", ")
}
