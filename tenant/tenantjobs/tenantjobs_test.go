package tenantjobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

var op = tenant.Operation{Name: "GetNote", Repository: "NotesRepository", Command: tenant.CommandOne}

// A job runs once its transaction has committed, in a context for its tenant alone.
func TestWork(t *testing.T) {
	type ran struct {
		what, tenant, by, source string
		member                   tenant.Member
		foreign, own             error
	}
	done := make(chan ran, 10)
	l := newLab(t, nil, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(ctx context.Context, job *work) error {
			t, err := tenant.Current(ctx)
			if err != nil || t.Scope != job.Scope {
				return fmt.Errorf("%v is not %v", t.Scope, job.Scope)
			}
			r := ran{what: job.Args.What, tenant: t.Scope.String(), by: job.By, source: job.Labels.Source}
			r.member, _ = tenant.CurrentMember(ctx)
			_, r.foreign = gen.Scoped(l.app, gen.NewScope(setting, "initech"), op).Exec(ctx, "select 1")
			_, r.own = gen.Scoped(l.app, job.Scope, op).Exec(ctx, "select 1")
			done <- r
			return nil
		}))
	})
	l.begin()
	alice, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: acme, Status: tenant.StatusActive}, tenant.Member{ID: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	errUndone := errors.New("undone")
	insert := func(what string, fail error) error {
		return gen.InTx(alice, l.app, acme, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := tenantjobs.Insert(ctx, l.jobs, tx, acme, Count{what}, &insertOpts{Labels: Labels{Source: "web"}})
			return errors.Join(err, fail)
		})
	}
	if err := insert("undone", errUndone); !errors.Is(err, errUndone) {
		t.Fatal(err)
	}
	if err := insert("notes", nil); err != nil {
		t.Fatal(err)
	}
	l.insert(globex, "files", nil)
	l.insert(project, "tasks", nil)
	want := map[string]ran{
		"notes": {tenant: "app.org_id=acme", by: "alice", source: "web"}, "files": {tenant: "app.org_id=globex"}, "tasks": {tenant: "app.org_id=acme app.project_id=7"},
	}
	for range want {
		select {
		case r := <-done:
			w := want[r.what]
			if r.tenant != w.tenant || r.by != w.by || r.source != w.source || r.member.ID != "job:count" || r.member.May("notes:write") != nil {
				t.Errorf("ran %+v", r)
			}
			if !errors.Is(r.foreign, tenant.ErrTenantMismatch) || r.own != nil {
				t.Errorf("%s: another tenant's call: %v, its own: %v", r.what, r.foreign, r.own)
			}
			delete(want, r.what)
		case <-time.After(long):
			t.Fatalf("these did not run: %v", want)
		}
	}
	var all int
	if err := l.admin.QueryRow(t.Context(), "select count(*) from river_job").Scan(&all); err != nil || all != 3 {
		t.Errorf("%d jobs, %v", all, err)
	}
}

// named is a job whose arguments name a tenant.
type named struct {
	Org string `json:"org"`
}

func (named) Kind() string { return "named" }

func (n named) Scope() tenant.Scope { return gen.NewScope(setting, n.Org) }

// What names another tenant is refused before any I/O.
func TestForeignInsert(t *testing.T) {
	l := newLab(t, nil, nil)
	ctx := t.Context()
	err := gen.InTx(ctx, l.app, acme, func(ctx context.Context, tx *tenant.Tx) error {
		for name, scope := range map[string]tenant.Scope{"another tenant": globex, "a part of it": project} {
			if _, err := tenantjobs.Insert(ctx, l.jobs, tx, scope, Count{}, nil); !errors.Is(err, tenant.ErrTenantMismatch) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := tenantjobs.Insert(ctx, l.jobs, tx, acme, named{"globex"}, nil); !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("arguments: got %v", err)
		}
		if _, err := tenantjobs.Insert(ctx, l.jobs, tx, acme, named{""}, nil); !errors.Is(err, tenant.ErrNoTenant) {
			t.Errorf("arguments of nobody: got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	inAcme, err := tenant.NewContext(ctx, tenant.Tenant{Scope: acme, Status: tenant.StatusActive}, tenant.Member{ID: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenantjobs.Insert(inAcme, l.jobs, l.app, globex, Count{}, nil); !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("another tenant's context: got %v", err)
	}
	if _, err := tenantjobs.Insert(ctx, l.jobs, l.app, tenant.Scope{}, Count{}, nil); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: got %v", err)
	}
	if _, err := l.jobs.List(ctx, l.app, tenant.Scope{}, filter{}); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("a list of no tenant: got %v", err)
	}
	for name, opts := range map[string]river.UniqueOpts{"by period": {ByPeriod: time.Hour}, "by queue": {ByQueue: true}, "by state": {ByState: rivertype.JobStates()}, "of all kinds": {ExcludeKind: true}} {
		if _, err := tenantjobs.Insert(ctx, l.jobs, l.app, acme, Count{}, &insertOpts{InsertOpts: river.InsertOpts{UniqueOpts: opts}}); !errors.Is(err, tenantjobs.ErrUnique) {
			t.Errorf("unique %s: got %v", name, err)
		}
	}
	if _, err := tenantjobs.Insert(ctx, l.jobs, l.app, acme, hourly{}, nil); !errors.Is(err, tenantjobs.ErrUnique) {
		t.Errorf("unique by its own options: got %v", err)
	}
	var all int
	if err := l.admin.QueryRow(ctx, "select count(*) from river_job").Scan(&all); err != nil || all != 0 {
		t.Errorf("%d jobs, %v", all, err)
	}
}

type hourly struct{}

func (hourly) Kind() string { return "hourly" }

func (hourly) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: time.Hour}}
}

// daily is unique by a part of its arguments.
type daily struct {
	Day  string `json:"day" river:"unique"`
	Note string `json:"note"`
}

func (daily) Kind() string { return "daily" }

func (daily) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Priority: 2, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// A unique job is so within its tenant.
func TestUnique(t *testing.T) {
	l := newLab(t, nil, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(context.Context, *work) error { return nil }))
		tenantjobs.AddWorker(l.jobs, workers, dailies{})
	})
	insert := func(scope tenant.Scope, day, note, source string) int64 {
		t.Helper()
		job, err := tenantjobs.Insert(t.Context(), l.jobs, l.app, scope, daily{day, note}, &insertOpts{Labels: Labels{Source: source}})
		if err != nil || job.Priority != 2 {
			t.Fatal(job, err)
		}
		return job.ID
	}
	first := insert(acme, "monday", "a", "web")
	if again := insert(acme, "monday", "b", "api"); again != first {
		t.Errorf("inserted twice: %d, %d", first, again)
	}
	ids := []int64{first, insert(acme, "tuesday", "a", "web"), insert(globex, "monday", "a", "web"), insert(project, "monday", "a", "web")}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 4 {
		t.Errorf("ids %v", ids)
	}
	same := &insertOpts{InsertOpts: river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}}
	if a, b, c := l.insert(acme, "x", same), l.insert(acme, "x", same), l.insert(globex, "x", same); a.ID != b.ID || a.ID == c.ID {
		t.Errorf("whole arguments: %d, %d, %d", a.ID, b.ID, c.ID)
	} else if y := l.insert(acme, "y", same); y.ID == a.ID {
		t.Error("other arguments are the same job")
	}
}

type dailies struct{}

func (dailies) Work(context.Context, *tenantjobs.Work[daily, Labels]) error { return nil }

// One tenant's jobs do not keep the others' from running.
func TestNoisyNeighbour(t *testing.T) {
	release, began := make(chan struct{}), make(chan string, 100)
	l := newLab(t, func(c *tenantjobs.Config) { c.PerTenant, c.Share = 2, 3 }, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(ctx context.Context, job *work) error {
			began <- job.Scope.ID()
			select {
			case <-release:
			case <-ctx.Done():
			}
			return nil
		}))
	})
	var priorities []int
	var ids []int64
	for range 12 {
		job := l.insert(acme, "noise", nil)
		priorities, ids = append(priorities, job.Priority), append(ids, job.ID)
	}
	if !slices.Equal(priorities, []int{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}) {
		t.Errorf("priorities %v", priorities)
	}
	if job := l.insert(acme, "given", &insertOpts{InsertOpts: river.InsertOpts{Priority: 3}}); job.Priority != 4 {
		t.Errorf("priority %d", job.Priority)
	}
	theirs := l.insert(globex, "theirs", nil)
	if theirs.Priority != 1 {
		t.Errorf("theirs has priority %d", theirs.Priority)
	}
	l.begin()
	seen := map[string]int{}
	for seen["globex"] == 0 || seen["acme"] < 2 {
		select {
		case who := <-began:
			seen[who]++
		case <-time.After(long):
			t.Fatalf("began %v", seen)
		}
	}
	// There are workers for more, and what they began with waits its turn.
	var waits int
	for end := time.Now().Add(long); waits == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := l.admin.QueryRow(t.Context(), "select count(*) from river_job where metadata ? 'snoozes' and args->'tenant'->>'app.org_id' = 'acme'").Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	for len(began) > 0 {
		seen[<-began]++
	}
	if waits == 0 || seen["acme"] != 2 {
		t.Errorf("began %v", seen)
	}
	close(release)
	for _, id := range ids {
		l.state(id, "completed")
	}
}

// What happens to a job is told, and where.
func TestEvents(t *testing.T) {
	l := newLab(t, nil, nil)
	failed := errors.New("failed")
	var told []tenantjobs.Event
	l = newLab(t, func(c *tenantjobs.Config) {
		c.Observe = func(ctx context.Context, on tenant.Executor, scope tenant.Scope, e tenantjobs.Event) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if scope != acme || (on != nil) != (e.Type == tenantjobs.Inserted) {
				t.Errorf("%v: on %v, for %v", e, on, scope)
			}
			told = append(told, e)
			return nil
		}
	}, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(ctx context.Context, job *work) error {
			if job.Args.What == "bad" {
				return failed
			}
			return job.Report(ctx, 1, 2)
		}))
	})
	opts := func() *insertOpts {
		return &insertOpts{InsertOpts: river.InsertOpts{MaxAttempts: 1}, Labels: Labels{Team: Blue}}
	}
	good, bad := l.insert(acme, "good", opts()), l.insert(acme, "bad", opts())
	l.begin()
	l.state(good.ID, "completed")
	l.state(bad.ID, "discarded")
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, want := range map[int64][]tenantjobs.EventType{good.ID: {tenantjobs.Inserted, tenantjobs.Started, tenantjobs.Progressed, tenantjobs.Completed}, bad.ID: {tenantjobs.Inserted, tenantjobs.Started, tenantjobs.Failed}} {
		var got []tenantjobs.EventType
		for _, e := range told {
			if e.Job == id {
				got = append(got, e.Type)
				if e.Kind != "count" || e.Labels["team"] != "blue" || e.Type == tenantjobs.Progressed && (e.Done != 1 || e.Total != 2) {
					t.Errorf("told %+v", e)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("job %d: told %v", id, got)
		}
	}
}

// An observer that fails undoes the insertion.
func TestObserverOfInsertFails(t *testing.T) {
	failed := errors.New("failed")
	l := newLab(t, func(c *tenantjobs.Config) {
		c.Observe = func(context.Context, tenant.Executor, tenant.Scope, tenantjobs.Event) error { return failed }
	}, nil)
	if _, err := tenantjobs.Insert(t.Context(), l.jobs, l.app, acme, Count{}, nil); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if jobs, err := l.jobs.List(t.Context(), l.app, acme, filter{}); err != nil || len(jobs) > 0 {
		t.Errorf("jobs %v, %v", jobs, err)
	}
}

func TestDeleteOfARunningJob(t *testing.T) {
	began, stopped := make(chan bool, 1), make(chan error, 1)
	l := newLab(t, nil, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(ctx context.Context, job *work) error {
			began <- true
			<-ctx.Done()
			stopped <- ctx.Err()
			return ctx.Err()
		}))
	})
	job := l.insert(acme, "long", nil)
	l.begin()
	<-began
	if _, err := l.jobs.Delete(t.Context(), l.app, acme, job.ID); !errors.Is(err, tenantjobs.ErrRunning) {
		t.Errorf("got %v", err)
	}
	if _, err := l.jobs.Cancel(t.Context(), l.app, acme, job.ID); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stopped:
	case <-time.After(long):
		t.Fatal("it goes on")
	}
	l.state(job.ID, "cancelled")
}

func TestLabels(t *testing.T) {
	l := newLab(t, nil, nil)
	for name, labels := range map[string]Labels{"no such team": {Team: "green"}, "no text": {Source: "a\x00"}} {
		if _, err := tenantjobs.Insert(t.Context(), l.jobs, l.app, acme, Count{}, &insertOpts{Labels: labels}); !errors.Is(err, tenantjobs.ErrLabel) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := l.jobs.List(t.Context(), l.app, acme, filter{Labels: labels}); !errors.Is(err, tenantjobs.ErrLabel) {
			t.Errorf("a list by %s: got %v", name, err)
		}
	}
	config := tenantjobs.Config{Scope: scopeOf}
	_, number := tenantjobs.New[struct {
		N int `json:"n"`
	}](config)
	_, hidden := tenantjobs.New[struct{ n string }](config)
	_, nameless := tenantjobs.New[struct{ N string }](config)
	_, embedded := tenantjobs.New[struct{ Team }](config)
	_, text := tenantjobs.New[string](config)
	for name, err := range map[string]error{"a number": number, "a hidden field": hidden, "no name": nameless, "an embedded type": embedded, "no struct": text} {
		if !errors.Is(err, tenantjobs.ErrLabel) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := tenantjobs.New[struct{}](tenantjobs.Config{}); err == nil {
		t.Error("no Scope: no error")
	}
}
