package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

var errDenied = errors.New("denied")

func refusing(t *testing.T) *tenant.DB {
	pool := unreachable(t)
	return tenant.New(pool, gen.WithSetting(setting), tenant.WithCrossTenantPool(pool),
		tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return nil }),
		tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return errDenied }))
}

func TestGuardRefusesBeforeIO(t *testing.T) {
	db := refusing(t)
	expectRefused(t, func() gen.DBTX { return gen.Scoped(db, acme, write) }, errDenied)
	expectRefused(t, func() gen.DBTX { return gen.Across(gen.CrossTenant(db, "billing"), write) }, errDenied)
}

func TestGuardSeesTheCall(t *testing.T) {
	databaseURL := newDatabase(t)
	type key struct{}
	var seen []string
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"), gen.WithSetting(setting),
		tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")),
		tenant.WithGuard(func(ctx context.Context, scope tenant.Scope, op tenant.Operation) error {
			seen = append(seen, fmt.Sprintf("%v %s %s %s write=%v %s", ctx.Value(key{}), scope.ID(), op.Repository, op.Name, op.Write, op.Reason))
			return nil
		}))
	ctx := context.WithValue(t.Context(), key{}, "alice")
	run := func(c gen.DBTX) {
		t.Helper()
		if _, err := c.Exec(ctx, "select 1"); err != nil {
			t.Error(err)
		}
	}
	run(gen.Scoped(db, acme, write))
	run(gen.Global(db, read))
	run(gen.Across(gen.CrossTenant(db, " billing "), read))
	err := gen.InTx(ctx, db, globex, func(ctx context.Context, tx *tenant.Tx) error {
		run(gen.Scoped(tx, globex, read))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"alice " + acmeID + " NotesRepository AddNote write=true ",
		"alice  NotesRepository GetNote write=false ",
		"alice  NotesRepository GetNote write=false billing",
		"alice " + globexID + " NotesRepository GetNote write=false ",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got:\n%s", strings.Join(seen, "\n"))
	}
}

// recorder is a tracer that writes down what it sees.
type recorder struct {
	name string
	log  *[]string
	last tenant.TraceEndData
}

type began struct{ name string }

func (r *recorder) TraceStart(ctx context.Context, data tenant.TraceStartData) context.Context {
	op := data.Operation
	*r.log = append(*r.log, r.name+" starts "+op.Name)
	return context.WithValue(ctx, began{r.name}, op.Name)
}

func (r *recorder) TraceEnd(ctx context.Context, result tenant.TraceEndData) {
	scope, op := result.Scope, result.Operation
	r.last = result
	failed := ""
	if result.Err != nil {
		failed = " failed"
	}
	*r.log = append(*r.log, strings.TrimSpace(fmt.Sprintf("%s ends %v %s %s %s rows=%d%s %s",
		r.name, ctx.Value(began{r.name}), scope.ID(), op.Command, op.Repository, result.Rows, failed, op.Reason)))
}

func TestTracer(t *testing.T) {
	databaseURL := newDatabase(t)
	var log []string
	tracer := &recorder{name: "t", log: &log}
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"), gen.WithSetting(setting), tenant.WithTracer(tracer),
		tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")),
		tenant.WithGuard(func(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
			if op.Name == "Denied" {
				return errDenied
			}
			return nil
		}))
	ctx := t.Context()
	conn := func() gen.DBTX { return gen.Scoped(db, acme, read) }
	insert := "insert into notes (org_id, title) values ($1, $2)"
	notes := func(command string, rows int) string {
		return fmt.Sprintf("t ends GetNote %s one NotesRepository rows=%d%s", acmeID, rows, command)
	}
	for _, c := range []struct {
		name string
		call func() error
		want string
		err  string // of the result
	}{
		{"Exec", func() error { _, err := conn().Exec(ctx, "update notes set size = size"); return err }, notes("", 2), ""},
		{"Exec that fails", func() error { _, _ = conn().Exec(ctx, "select 1/0"); return nil }, notes(" failed", 0), "22012"},
		{"Query", func() error {
			rows, err := conn().Query(ctx, "select title from notes")
			if err != nil {
				return err
			}
			_, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		}, notes("", 2), ""},
		{"Query abandoned", func() error {
			rows, err := conn().Query(ctx, "select title from notes")
			rows.Next()
			rows.Close()
			rows.Close()
			return err
		}, notes("", 2), ""},
		{"Query that fails at its end", func() error {
			rows, err := conn().Query(ctx, insert+" returning title", acmeID, "anvil")
			rows.Close()
			return err
		}, notes(" failed", 1), uniqueViolation},
		{"QueryRow", func() error {
			var s string
			return conn().QueryRow(ctx, "select title from notes where title = 'anvil'").Scan(&s)
		}, notes("", 1), ""},
		{"QueryRow without a row", func() error {
			var s string
			if err := conn().QueryRow(ctx, "select title from notes where false").Scan(&s); !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
			return nil
		}, notes("", 0), ""},
		{"SendBatch", func() error {
			batch := &pgx.Batch{}
			batch.Queue(insert, acmeID, "traced")
			batch.Queue("delete from notes where title = 'traced'")
			batch.Queue("select title from notes")
			results := conn().SendBatch(ctx, batch)
			results.Exec()
			results.Exec()
			rows, err := results.Query()
			rows.Close()
			results.Close()
			return err
		}, notes("", 4), ""},
		{"SendBatch that fails in its midst", func() error {
			batch := &pgx.Batch{}
			batch.Queue("select 1/0")
			batch.Queue("select 1")
			results := conn().SendBatch(ctx, batch)
			results.Exec()
			results.Close()
			return nil
		}, notes(" failed", 0), "22012"},
		{"CopyFrom", func() error {
			_, err := gen.Scoped(db, acme, read).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, pgx.CopyFromRows([][]any{{acmeID, "copied"}}))
			return err
		}, notes("", 1), ""},
		{"Global", func() error { _, err := gen.Global(db, read).Exec(ctx, "select name from plans"); return err },
			"t ends GetNote  one NotesRepository rows=2", ""},
		{"CrossTenant", func() error {
			_, err := gen.Across(gen.CrossTenant(db, "billing"), read).Exec(ctx, "select 1")
			return err
		},
			"t ends GetNote  one NotesRepository rows=1 billing", ""},
	} {
		log = nil
		if err := c.call(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if want := []string{"t starts GetNote", c.want}; !slices.Equal(log, want) {
			t.Errorf("%s: got %q, want %q", c.name, log, want)
		}
		if tracer.last.Duration <= 0 || tracer.last.Duration > time.Minute {
			t.Errorf("%s: took %v", c.name, tracer.last.Duration)
		}
		if c.err != "" && !hasCode(tracer.last.Err, c.err) || c.err == "" && tracer.last.Err != nil {
			t.Errorf("%s: told of %v", c.name, tracer.last.Err)
		}
	}
	// What is refused is traced as well: that is what an audit log is for.
	denied := tenant.Operation{Name: "Denied"}
	log = nil
	expectRefused(t, func() gen.DBTX { return gen.Scoped(db, acme, denied) }, errDenied)
	if len(log) != 2*len(calls) || !errors.Is(tracer.last.Err, errDenied) {
		t.Errorf("of the refused calls: %q, %v", log, tracer.last.Err)
	}
}

func TestTracersNest(t *testing.T) {
	var log []string
	db, _ := newDB(t, tenant.WithTracer(&recorder{name: "a", log: &log}), tenant.WithTracer(&recorder{name: "b", log: &log}))
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, acme, write), "select 1")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a starts InTx", "b starts InTx",
		"a starts AddNote", "b starts AddNote",
		"b ends AddNote " + acmeID + " exec NotesRepository rows=1", "a ends AddNote " + acmeID + " exec NotesRepository rows=1",
		"b ends InTx " + acmeID + " tx  rows=0", "a ends InTx " + acmeID + " tx  rows=0",
	}
	if !slices.Equal(log, want) {
		t.Errorf("got:\n%s", strings.Join(log, "\n"))
	}
}

// TestTracedTenant: a call for a project alone does not say which organization it is for, its transaction and its context do. Usage that was
// counted for a project could not be written among an organization's.
func TestTracedTenant(t *testing.T) {
	var log []string
	tracer := &recorder{name: "t", log: &log}
	db := tenant.New(newPool(t, newDatabase(t), "tenant_test_app"), tenant.WithTracer(tracer), gen.WithSetting(setting, "app.project"))
	project := gen.NewScope("app.project", "1")
	within, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: acme.And(project), Status: tenant.StatusActive}, tenant.Member{ID: "vera"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx         context.Context
		scope, want tenant.Scope
	}{
		"the organization":           {t.Context(), acme, acme},
		"a project of it":            {t.Context(), acme.And(project), acme},
		"the context's":              {within, project, acme},
		"a project":                  {t.Context(), project, tenant.Scope{}},
		"no id":                      {t.Context(), gen.NewScope(setting, ""), tenant.Scope{}},
		"another than the context's": {within, gen.NewScope("app.project", "2"), tenant.Scope{}},
	} {
		if _, _ = gen.Scoped(db, c.scope, write).Exec(c.ctx, "select 1"); tracer.last.Tenant != c.want {
			t.Errorf("%s: got %q, want %q", name, tracer.last.Tenant, c.want)
		}
	}
	err = gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, project, write), "select 1")
		if tracer.last.Tenant != acme || tracer.last.Scope != project {
			t.Errorf("in a transaction: got %q", tracer.last.Tenant)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A commit that fails, a panic and a refusal are told to the tracer of the transaction.
func TestTracerOfTransactions(t *testing.T) {
	databaseURL := newDatabase(t)
	var log []string
	tracer := &recorder{name: "t", log: &log}
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"), tenant.WithTracer(tracer),
		tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")))
	_ = gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "anvil")
		return nil
	})
	if !hasCode(tracer.last.Err, uniqueViolation) {
		t.Errorf("a failed commit: told of %v", tracer.last.Err)
	}
	func() {
		defer func() { recover() }()
		_ = gen.InTx(t.Context(), db, acme, func(context.Context, *tenant.Tx) error { panic("mine") })
	}()
	if tracer.last.Err == nil {
		t.Error("a panic: told of nothing")
	}
	_ = gen.InTx(t.Context(), db, tenant.Scope{}, never(t))
	if !errors.Is(tracer.last.Err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: told of %v", tracer.last.Err)
	}
	log = nil
	_ = gen.InCrossTenantTx(t.Context(), gen.CrossTenant(db, "billing"), func(context.Context, *tenant.CrossTenant) error { return nil })
	if want := []string{"t starts InTx", "t ends InTx  tx  rows=0 billing"}; !slices.Equal(log, want) {
		t.Errorf("got %q", log)
	}
}

// The category that a cross-tenant query declares is told to guards and tracers with its reason, in a transaction, too.
func TestCategoryOfCrossTenantCalls(t *testing.T) {
	var guarded []tenant.Operation
	tracer := &recorder{name: "t", log: new([]string)}
	db := tenant.New(unreachable(t), tenant.WithTracer(tracer), tenant.WithCrossTenantPool(newPool(t, newDatabase(t), "tenant_test_admin")),
		tenant.WithGuard(func(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
			guarded = append(guarded, op)
			return nil
		}))
	op := tenant.Operation{Name: "CloseMonth", Repository: "CrossTenant", Command: tenant.CommandExec, Category: tenant.Billing}
	want := op
	want.Reason = "monthly invoices"
	check := func(x *tenant.CrossTenant) {
		t.Helper()
		guarded = nil
		exec(t, gen.Across(x, op), "select 1")
		if !slices.Equal(guarded, []tenant.Operation{want}) || tracer.last.Operation != want {
			t.Errorf("guards were told %+v, the tracer %+v", guarded, tracer.last.Operation)
		}
	}
	x := gen.CrossTenant(db, "monthly invoices")
	check(x)
	if err := gen.InCrossTenantTx(t.Context(), x, func(_ context.Context, x *tenant.CrossTenant) error { check(x); return nil }); err != nil {
		t.Error(err)
	}
	// Whether somebody asks for it by mistake: a scoped call has none of its own.
	if _, err := gen.Scoped(db, tenant.Scope{}, read).Exec(t.Context(), ""); err == nil || tracer.last.Operation.Category != "" || tracer.last.Operation.Reason != "" {
		t.Errorf("a scoped call: %+v, %v", tracer.last.Operation, err)
	}
}
