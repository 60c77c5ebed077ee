package tenant_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// shards has the pools by the id of the tenant.
type shards map[string]*pgxpool.Pool

var errUnknown = errors.New("unknown")

func (s shards) Pool(_ context.Context, scope tenant.Scope) (*pgxpool.Pool, error) {
	if pool, ok := s[scope.ID()]; ok {
		return pool, nil
	}
	return nil, errUnknown
}

func (s shards) All(context.Context) ([]*pgxpool.Pool, error) {
	var all []*pgxpool.Pool
	for _, pool := range s {
		if !slices.Contains(all, pool) {
			all = append(all, pool)
		}
	}
	return all, nil
}

// silos are two databases with one tenant each, whose rows are in both: that of the other one must not be reached.
type silos struct {
	urls [2]string
	shards
}

const (
	ofAcme = iota
	ofGlobex
)

func newSilos(t *testing.T, change ...func(*pgxpool.Config)) silos {
	t.Helper()
	var s silos
	s.shards = shards{}
	for i, id := range []string{acmeID, globexID} {
		s.urls[i] = newDatabase(t)
		s.shards[id] = newPool(t, s.urls[i], "tenant_test_app", change...)
	}
	return s
}

// as returns everything that a database has of notes, seen by an owner.
func (s silos) titles(t *testing.T, database int) []string {
	t.Helper()
	rows, err := connect(t, s.urls[database]).Query(t.Context(), "select title from notes order by 1")
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var seeded = []string{"anvil", "hammock", "rocket"}

// Each call runs in its tenant's database, in every way to call, and never in the other's, which has the tenant's id, too.
func TestPoolsByTenant(t *testing.T) {
	for name, opts := range map[string][]tenant.Option{"": nil, " in blocks": {gen.WithCitus()}} {
		for _, mode := range modes {
			t.Run(mode.String()+name, func(t *testing.T) {
				s := newSilos(t, one, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
				testPoolsByTenant(t, s, tenant.New(nil, append(opts, tenant.WithPools(s), gen.WithSetting(setting))...))
				for _, pool := range s.shards {
					expectNothingLeft(t, pool)
				}
			})
		}
	}
}

func testPoolsByTenant(t *testing.T, s silos, db *tenant.DB) {
	ctx := t.Context()
	for id, scope := range map[string]tenant.Scope{acmeID: acme, globexID: globex} {
		exec(t, gen.Scoped(db, scope, write), addNote, id, "exec of "+id)
		batch := &pgx.Batch{}
		batch.Queue(addNote, id, "batch of "+id)
		if err := gen.Scoped(db, scope, write).SendBatch(ctx, batch).Close(); err != nil {
			t.Error(err)
		}
		if _, err := gen.Scoped(db, scope, write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"},
			pgx.CopyFromRows([][]any{{id, "copy of " + id}})); err != nil {
			t.Error(err)
		}
		if err := gen.InTx(ctx, db, scope, func(ctx context.Context, tx *tenant.Tx) error {
			exec(t, gen.Scoped(tx, scope, write), addNote, id, "tx of "+id)
			return nil
		}); err != nil {
			t.Error(err)
		}
		if err := pgx.BeginFunc(ctx, s.shards[id], func(outer pgx.Tx) error {
			return gen.JoinTx(ctx, db, outer, scope, func(ctx context.Context, tx *tenant.Tx) error {
				exec(t, gen.Scoped(tx, scope, write), addNote, id, "joined by "+id)
				return nil
			})
		}); err != nil {
			t.Error(err)
		}
		var n int
		if err := gen.Scoped(db, scope, read).QueryRow(ctx, "select count(*) from notes where title like '% '||$1", id).Scan(&n); err != nil || n != 5 {
			t.Errorf("%d notes of %s, %v", n, id, err)
		}
	}
	for database, id := range []string{ofAcme: acmeID, ofGlobex: globexID} {
		var want []string
		for _, what := range []string{"batch of ", "copy of ", "exec of ", "joined by ", "tx of "} {
			want = append(want, what+id)
		}
		want = append(want, seeded...)
		slices.Sort(want)
		if got := s.titles(t, database); !slices.Equal(got, want) {
			t.Errorf("the database of %s has %q", id, got)
		}
	}
}

// What has no database is refused, and runs in nobody else's.
func TestTenantWithoutAPool(t *testing.T) {
	s := newSilos(t)
	stranger := gen.NewScope(setting, "c0000000-0000-0000-0000-000000000003")
	db := tenant.New(nil, tenant.WithPools(s), gen.WithSetting(setting))
	homeless := tenant.New(nil, tenant.WithPools(shards{stranger.ID(): nil}), gen.WithSetting(setting))
	nowhere := func(context.Context, tenant.Notification) error { t.Error("told"); return nil }
	for _, c := range []struct {
		db   *tenant.DB
		want error
	}{{db, errUnknown}, {homeless, tenant.ErrNoPool}} {
		expectRefused(t, func() gen.DBTX { return gen.Scoped(c.db, stranger, read) }, c.want)
		if err := gen.InTx(t.Context(), c.db, stranger, never(t)); !errors.Is(err, c.want) {
			t.Errorf("InTx: got %v", err)
		}
		if err := c.db.Listen(t.Context(), stranger, "notes", nowhere); !errors.Is(err, c.want) {
			t.Errorf("Listen: got %v", err)
		}
		err := pgx.BeginFunc(t.Context(), s.shards[acmeID], func(outer pgx.Tx) error { return gen.JoinTx(t.Context(), c.db, outer, stranger, never(t)) })
		if !errors.Is(err, c.want) {
			t.Errorf("JoinTx: got %v", err)
		}
	}
	// Of what names no tenant, nobody's pool is anybody's.
	expectRefused(t, func() gen.DBTX { return gen.Global(db, read) }, tenant.ErrNoPool)
	expectRefused(t, func() gen.DBTX { return gen.Across(gen.CrossTenant(db, "billing"), read) }, tenant.ErrNoCrossTenantPool)
	expectRefused(t, func() gen.DBTX { return gen.Scoped(tenant.New(nil), acme, read) }, tenant.ErrNoPool)
}

// The guards are asked before the pools, which may have to look a tenant up.
func TestGuardsComeBeforePools(t *testing.T) {
	db := tenant.New(nil, tenant.WithPools(failing{t}), tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return errDenied }))
	expectRefused(t, func() gen.DBTX { return gen.Scoped(db, acme, read) }, errDenied)
	expectRefused(t, func() gen.DBTX { return gen.Scoped(db, tenant.Scope{}, read) }, tenant.ErrNoTenant)
	if err := gen.InTx(t.Context(), db, tenant.Scope{}, never(t)); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("InTx: got %v", err)
	}
}

// failing fails the test that asks it.
type failing struct{ t *testing.T }

func (f failing) Pool(context.Context, tenant.Scope) (*pgxpool.Pool, error) {
	f.t.Error("the pools were asked")
	return nil, nil
}

func (f failing) All(context.Context) ([]*pgxpool.Pool, error) { return nil, nil }

// The pool of New is where calls run that name no tenant, and that of WithCrossTenantPool where cross-tenant work does.
func TestPoolOfWhatNamesNoTenant(t *testing.T) {
	s := newSilos(t)
	home := newDatabase(t)
	directory := newPool(t, home, "tenant_test_app")
	db := tenant.New(directory, tenant.WithPools(s), gen.WithSetting(setting),
		tenant.WithCrossTenantPool(newPool(t, home, "tenant_test_admin")))
	if _, err := connect(t, home).Exec(t.Context(), "insert into plans values ('home'); delete from notes where title <> 'anvil'"); err != nil {
		t.Fatal(err)
	}
	if got := titles(t, gen.Global(db, read), "select name from plans where name = 'home'"); len(got) != 1 {
		t.Errorf("global: got %v", got)
	}
	if got := titles(t, gen.Across(gen.CrossTenant(db, "billing"), read), "select title from notes"); !slices.Equal(got, []string{"anvil"}) {
		t.Errorf("across: got %v", got)
	}
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		if got := titles(t, gen.Global(tx, read), "select name from plans where name = 'home'"); len(got) != 0 {
			t.Errorf("global in a transaction: got %v, want what the tenant's database has", got)
		}
		if _, err := gen.Global(db, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("global, beside the transaction: got %v", err)
		}
		// Another DB, on the pool that the transaction is not on.
		if _, err := gen.Global(tenant.New(directory, gen.WithSetting(setting)), read).Exec(ctx, "select 1"); err != nil {
			t.Errorf("of another DB: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A call for another tenant, with the context of a transaction, is no part of it, in whichever database it is.
func TestTransactionsOfTwoTenants(t *testing.T) {
	s := newSilos(t, one)
	db := tenant.New(nil, tenant.WithPools(s), gen.WithSetting(setting))
	single := tenant.New(s.shards[acmeID])
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "undone")
		if err := gen.InTx(ctx, db, globex, never(t)); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("InTx for another tenant: got %v", err)
		}
		if _, err := gen.Scoped(db, globex, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("a call for another tenant: got %v", err)
		}
		if _, err := gen.Scoped(single, acme, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("a call on the transaction's own pool: got %v", err)
		}
		if _, err := gen.Scoped(tx, globex, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("in the transaction, for another tenant: got %v", err)
		}
		err := gen.InTx(tenant.OutsideTx(ctx), db, globex, func(ctx context.Context, other *tenant.Tx) error {
			exec(t, gen.Scoped(other, globex, write), addNote, globexID, "kept")
			exec(t, gen.Scoped(tx, acme, write), addNote, acmeID, "also undone")
			return nil
		})
		return errors.Join(err, errDenied)
	})
	if !errors.Is(err, errDenied) {
		t.Error(err)
	}
	if got := s.titles(t, ofAcme); !slices.Equal(got, seeded) {
		t.Errorf("acme has %v", got)
	}
	if got := s.titles(t, ofGlobex); !slices.Contains(got, "kept") || len(got) != 4 {
		t.Errorf("globex has %v", got)
	}
	// And the other way round: a transaction on the pool itself.
	err = gen.InTx(t.Context(), single, acme, func(ctx context.Context, _ *tenant.Tx) error {
		if _, err := gen.Scoped(db, acme, read).Exec(ctx, "select 1"); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("a call by the pools: got %v", err)
		}
		if err := gen.InTx(ctx, db, acme, never(t)); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("a transaction by the pools: got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A transaction on another database than the tenant's cannot be joined, though the tenant has rows there.
func TestJoinOnAnotherDatabase(t *testing.T) {
	s := newSilos(t)
	db := tenant.New(nil, tenant.WithPools(s), gen.WithSetting(setting))
	err := pgx.BeginFunc(t.Context(), s.shards[globexID], func(outer pgx.Tx) error {
		return gen.JoinTx(t.Context(), db, outer, acme, never(t))
	})
	if !errors.Is(err, tenant.ErrOtherDatabase) {
		t.Errorf("got %v", err)
	}
}

// byProject has a database for each project, beside the organization's.
type byProject struct{ org, project *pgxpool.Pool }

func (p byProject) Pool(_ context.Context, scope tenant.Scope) (*pgxpool.Pool, error) {
	for setting := range scope.Levels() {
		if setting == "app.project_id" {
			return p.project, nil
		}
	}
	return p.org, nil
}

func (p byProject) All(context.Context) ([]*pgxpool.Pool, error) {
	return []*pgxpool.Pool{p.org, p.project}, nil
}

// A transaction of an organization does not take a call for a project that is elsewhere.
func TestProjectInAnotherDatabase(t *testing.T) {
	s := newSilos(t)
	project := acme.And(gen.NewScope("app.project_id", "1"))
	for _, pools := range []byProject{{s.shards[acmeID], s.shards[globexID]}, {s.shards[acmeID], s.shards[acmeID]}} {
		db := tenant.New(nil, tenant.WithPools(pools), gen.WithSetting(setting, "app.project_id"))
		same := pools.org == pools.project
		check := func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, project, read).Exec(ctx, "select 1")
			if same && err != nil || !same && !errors.Is(err, tenant.ErrTenantMismatch) {
				t.Errorf("in the same database %v: got %v", same, err)
			}
			return nil
		}
		if err := gen.InTx(t.Context(), db, acme, check); err != nil {
			t.Error(err)
		}
		if err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			return gen.Savepoint(ctx, tx, acme, check)
		}); err != nil {
			t.Error(err)
		}
		if err := pgx.BeginFunc(t.Context(), pools.org, func(outer pgx.Tx) error { return gen.JoinTx(t.Context(), db, outer, acme, check) }); err != nil {
			t.Error(err)
		}
	}
}

// Verify looks at every database, and says in which one something is wrong.
func TestVerifyAllPools(t *testing.T) {
	s := newSilos(t)
	home := newPool(t, newDatabase(t), "tenant_test_app")
	verify := func(pools tenant.Pools) error {
		return gen.Verify(t.Context(), tenant.New(home, tenant.WithPools(pools), gen.WithSetting(setting), gen.WithTables("notes", "tasks")))
	}
	if err := verify(s); err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t, s.urls[ofGlobex]).Exec(t.Context(), "alter table notes no force row level security"); err != nil {
		t.Fatal(err)
	}
	var wrong *tenant.VerifyError
	if err := verify(s); !errors.As(err, &wrong) || len(wrong.Problems) != 1 {
		t.Fatalf("got %v", err)
	}
	database := s.shards[globexID].Config().ConnConfig.Database
	if p := wrong.Problems[0]; !strings.HasSuffix(p.Database, "/"+database) || p.Object != "table public.notes" || !strings.Contains(wrong.Error(), p.Database+": table public.notes:") {
		t.Errorf("got %+v", p)
	}
	for name, pools := range map[string]tenant.Pools{"fails": broken{}, "has nil": shards{acmeID: nil}} {
		if err := verify(pools); err == nil || errors.As(err, &wrong) {
			t.Errorf("a source that %s: got %v", name, err)
		}
	}
	if err := gen.Verify(t.Context(), tenant.New(nil, tenant.WithPools(shards{}), gen.WithTables("notes"))); !errors.Is(err, tenant.ErrNoPool) {
		t.Errorf("no pool at all: got %v", err)
	}
}

type broken struct{ shards }

func (broken) All(context.Context) ([]*pgxpool.Pool, error) { return nil, errUnknown }

// Listeners wait on their own tenant's database.
func TestListenByTenant(t *testing.T) {
	s := newSilos(t)
	db := tenant.New(nil, tenant.WithPools(s), gen.WithSetting(setting))
	a, g := listen(t, db, acme, "notes"), listen(t, db, globex, "notes")
	// The same notification, in the other one's database, is not theirs.
	notify(t, tenant.New(s.shards[globexID]), acme, "notes", "elsewhere")
	notify(t, tenant.New(s.shards[acmeID]), globex, "notes", "elsewhere")
	notify(t, db, acme, "notes", "1")
	notify(t, db, globex, "notes", "2")
	a.expect(t, sent("1"))
	g.expect(t, sent("2"))
	if len(a.got)+len(g.got) != 0 {
		t.Error("more was told")
	}
}
