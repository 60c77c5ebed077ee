package tenantjobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// Another tenant's job is one that is not there, for the app and for raw SQL as its role.
func TestTenantsApart(t *testing.T) {
	l := newLab(t, nil, nil)
	ctx := t.Context()
	mine := l.insert(acme, "mine", &insertOpts{Labels: Labels{Team: Red, Source: "web"}})
	part := l.insert(project, "part", &insertOpts{Labels: Labels{Team: Red}})
	theirs := l.insert(globex, "theirs", &insertOpts{Labels: Labels{Team: Red, Source: "web"}})
	for name, do := range map[string]func(context.Context, tenant.Executor, tenant.Scope, int64) (tenantjobs.Job[Labels], error){
		"Get": l.jobs.Get, "Cancel": l.jobs.Cancel, "Retry": l.jobs.Retry, "Delete": l.jobs.Delete,
	} {
		for who, c := range map[string]struct {
			scope tenant.Scope
			id    int64
		}{"another tenant's": {acme, theirs.ID}, "the organization's, by a project": {project, mine.ID}, "nobody's": {acme, 12345}} {
			if _, err := do(ctx, l.app, c.scope, c.id); !errors.Is(err, tenantjobs.ErrNotFound) {
				t.Errorf("%s %s: got %v", name, who, err)
			}
			if strings.HasPrefix(who, "another") { // without policies it is the same
				if _, err := do(ctx, tenant.New(l.workerPool, gen.WithSetting(setting)), c.scope, c.id); !errors.Is(err, tenantjobs.ErrNotFound) {
					t.Errorf("%s %s, without policies: got %v", name, who, err)
				}
			}
		}
	}
	listed := func(scope tenant.Scope, f filter) string {
		t.Helper()
		jobs, err := l.jobs.List(ctx, l.app, scope, f)
		if err != nil {
			t.Fatal(err)
		}
		bare, err := l.jobs.List(ctx, tenant.New(l.workerPool, gen.WithSetting(setting)), scope, f)
		if err != nil || len(bare) != len(jobs) {
			t.Errorf("without policies %d jobs, %v, with them %d", len(bare), err, len(jobs))
		}
		var what []string
		for _, j := range jobs {
			var args Count
			if err := json.Unmarshal(j.Args, &args); err != nil {
				t.Fatal(err)
			}
			what = append(what, args.What)
		}
		return strings.Join(what, " ")
	}
	for want, c := range map[string]struct {
		scope tenant.Scope
		f     filter
	}{
		"part mine": {acme, filter{}}, "part": {project, filter{}}, "theirs": {globex, filter{}},
		"mine": {acme, filter{Labels: Labels{Team: Red, Source: "web"}}},
		"":     {acme, filter{Labels: Labels{Team: Blue, Source: "web"}}},
	} {
		if got := listed(c.scope, c.f); got != want {
			t.Errorf("%v %+v: got %q, want %q", c.scope, c.f, got, want)
		}
	}
	for want, f := range map[string]filter{
		"part": {First: 1}, "mine": {Before: part.ID}, "part mine": {Kinds: []string{"count"}}, " ": {Kinds: []string{"other"}}, "  ": {States: []rivertype.JobState{rivertype.JobStateCompleted}},
	} {
		if got := listed(acme, f); got != strings.TrimSpace(want) {
			t.Errorf("%+v: got %q, want %q", f, got, want)
		}
	}
	if job, err := l.jobs.Get(ctx, l.app, acme, part.ID); err != nil || job.Labels.Team != Red || job.State != rivertype.JobStateAvailable {
		t.Errorf("the organization's view of a project's: %+v, %v", job, err)
	}
	if job, err := l.jobs.Cancel(ctx, l.app, acme, mine.ID); err != nil || job.State != rivertype.JobStateCancelled {
		t.Errorf("cancelled: %+v, %v", job, err)
	}
	if job, err := l.jobs.Retry(ctx, l.app, acme, mine.ID); err != nil || job.State != rivertype.JobStateAvailable {
		t.Errorf("retried: %+v, %v", job, err)
	}
	if _, err := l.jobs.Delete(ctx, l.app, acme, mine.ID); err != nil {
		t.Errorf("deleted: %v", err)
	}
	l.rawSQL(theirs.ID, part.ID)
}

// rawSQL attacks as the app role, for acme.
func (l *lab) rawSQL(theirs, own int64) {
	l.t.Helper()
	run := func(sql string, args ...any) (int64, error) {
		tag, err := gen.Scoped(l.app, acme, op).Exec(l.t.Context(), sql, args...)
		return tag.RowsAffected(), err
	}
	for sql, want := range map[string]int64{
		"select from river_job": 1, fmt.Sprintf("delete from river_job where id = %d", theirs): 0, fmt.Sprintf("update river_job set state = 'running' where id = %d", theirs): 0,
	} {
		if n, err := run(sql); n != want || err != nil {
			l.t.Errorf("%s: %d rows, %v", sql, n, err)
		}
	}
	for _, sql := range []string{
		fmt.Sprintf(`update river_job set args = args || '{"tenant": {"app.org_id": "globex"}}' where id = %d`, own),
		fmt.Sprintf(`update river_job set args = args || '{"labels": {"team": "blue"}}' where id = %d`, own),
		`insert into river_job (args, kind, max_attempts) values ('{"tenant": {"app.org_id": "globex"}}', 'count', 1)`,
		`insert into river_job (args, kind, max_attempts) values ('{}', 'count', 1)`,
		"select from river_leader", "select from river_queue", "truncate river_job",
	} {
		if n, err := run(sql); err == nil {
			l.t.Errorf("%s: %d rows", sql, n)
		}
	}
	if tag, err := gen.Global(l.app, op).Exec(l.t.Context(), "select from river_job"); tag.RowsAffected() != 0 || err != nil {
		l.t.Errorf("for no tenant: %v, %v", tag, err)
	}
}

// A record that does not name one tenant that there is never runs, nor does one of a tenant that is not served.
func TestNotServed(t *testing.T) {
	var ran []string
	l := newLab(t, nil, func(l *lab, workers *river.Workers) {
		tenantjobs.AddWorker(l.jobs, workers, worker(func(_ context.Context, job *work) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			ran = append(ran, job.Args.What)
			return nil
		}))
		tenantjobs.AddWorker(l.jobs, workers, namedWorker{})
	})
	l.status["globex"], l.status["initech"], l.status["hooli"], l.status["gone"] = tenant.StatusSuspended, tenant.StatusUnpaid, tenant.StatusInactive, ""
	wait := []int64{l.insert(globex, "suspended", nil).ID, l.insert(gen.NewScope(setting, "initech"), "unpaid", nil).ID}
	cancel := []int64{l.insert(gen.NewScope(setting, "hooli"), "inactive", nil).ID, l.insert(gen.NewScope(setting, "mixed"), "mixed up", nil).ID, l.insert(gen.NewScope(setting, "gone"), "unknown", nil).ID}
	for _, args := range []string{
		`{}`, `{"tenant": {}, "args": {"what": "forged"}}`, `{"tenant": {"app.other": "acme"}, "args": {"what": "forged"}}`,
		`{"tenant": {"app.org_id": "acme", "app.other": "x"}, "args": {"what": "forged"}}`, `{"tenant": {"app.org_id": ""}, "args": {"what": "forged"}}`,
	} {
		cancel = append(cancel, l.forge("count", args))
	}
	cancel = append(cancel, l.forge("named", `{"tenant": {"app.org_id": "acme"}, "args": {"org": "globex"}}`))
	fine := l.insert(acme, "fine", nil)
	l.begin()
	for _, id := range wait {
		l.state(id, "scheduled")
	}
	for _, id := range cancel {
		l.state(id, "cancelled")
	}
	l.state(fine.ID, "completed")
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(ran, []string{"fine"}) {
		t.Errorf("ran %q", ran)
	}
}

type namedWorker struct{}

func (namedWorker) Work(context.Context, *tenantjobs.Work[named, Labels]) error {
	panic("it names another tenant")
}

// forge inserts a record by hand.
func (l *lab) forge(kind, args string) (id int64) {
	l.t.Helper()
	if err := l.admin.QueryRow(l.t.Context(), "insert into river_job (args, kind, max_attempts) values ($1, $2, 1) returning id", args, kind).Scan(&id); err != nil {
		l.t.Fatal(err)
	}
	return id
}

// Roles are asked for each operation.
func TestPermissions(t *testing.T) {
	l := newLab(t, nil, nil, tenant.WithGuard(tenant.Permissions{Operations: map[string]string{
		"Jobs.Cancel": "jobs:cancel", "Jobs.Retry": "jobs:retrigger", "Jobs.Delete": "jobs:delete", "Jobs.Insert": "jobs:trigger"}}.Guard))
	as := func(permissions ...string) context.Context {
		t.Helper()
		ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: acme, Status: tenant.StatusActive}, tenant.Member{ID: "m", Permissions: permissions})
		if err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	job, err := tenantjobs.Insert(as("jobs:trigger"), l.jobs, l.app, acme, Count{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	viewer := as("jobs:read")
	if got, err := l.jobs.Get(viewer, l.app, acme, job.ID); err != nil || got.By != "m" {
		t.Errorf("a viewer reads %+v, %v", got, err)
	}
	if all, err := l.jobs.List(viewer, l.app, acme, filter{}); err != nil || len(all) != 1 {
		t.Errorf("a viewer lists %v, %v", all, err)
	}
	_, insert := tenantjobs.Insert(viewer, l.jobs, l.app, acme, Count{}, nil)
	_, cancel := l.jobs.Cancel(viewer, l.app, acme, job.ID)
	_, retry := l.jobs.Retry(viewer, l.app, acme, job.ID)
	_, remove := l.jobs.Delete(viewer, l.app, acme, job.ID)
	_, read := l.jobs.Get(as("jobs:cancel"), l.app, acme, job.ID)
	for name, err := range map[string]error{"trigger": insert, "cancel": cancel, "retrigger": retry, "delete": remove, "read": read} {
		if !errors.Is(err, tenant.ErrPermission) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := l.jobs.Cancel(as("jobs:cancel"), l.app, acme, job.ID); err != nil {
		t.Errorf("cancel: %v", err)
	}
}

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

// The policies are right for any name.
func TestPoliciesOfOddNames(t *testing.T) {
	for name, r := range map[string]tenantjobs.Rights{
		"no dot": {Setting: "role", AppRole: "a", WorkerRole: "w"}, "no role": {Setting: setting, WorkerRole: "w"}, "one role": {Setting: setting, AppRole: "a", WorkerRole: "a"}, "nothing": {},
	} {
		if sql, err := tenantjobs.Policies(r); err == nil {
			t.Errorf("%s: got %s", name, sql)
		}
	}
	sql, err := tenantjobs.Policies(tenantjobs.Rights{Setting: `app.o'r\g`, AppRole: `a"b`, WorkerRole: "w w", Schema: `S"x`})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"S""x"."river_job"`, `"a""b"`, `"w w"`, `E'app.o''r\\g'`} {
		if !strings.Contains(sql, want) {
			t.Errorf("%s is not in\n%s", want, sql)
		}
	}
}
