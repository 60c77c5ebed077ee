package tenantjobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

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
