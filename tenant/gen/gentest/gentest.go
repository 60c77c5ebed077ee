// Package gentest is what generated tests call, and nobody else. It tests generated repositories with the application's own
// schema, queries and rows: whether a call for one tenant depends on another tenant's rows, or changes them. The test that
// tenantgen generates on request (options.tenantgen.emit_isolation_test) hands it the methods; the application hands it
// two tenants, a Fixture, which that test has under the name isolationTenants.
//
// Each method is called for tenant A, once with arguments of A and once with arguments of B (ids of B's rows), in a
// transaction that is rolled back. Then B's rows are removed and everything is called again. A query is confined to its
// tenant when that makes no difference: to what it returns, to its error, or to the rows that it changes. All of it is
// done as the application's role, and again as a role that row-level security does not bind, when the query's own
// conditions are all there is.
//
// What differs between two calls in the same state, such as generated keys and times, is not compared.
package gentest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

// Fixture is a database with two tenants in it.
type Fixture[ID, Args any] struct {
	// Pool connects as the application's role, which row-level security binds.
	Pool *pgxpool.Pool
	// Unrestricted connects to the same database as a role that it does not bind, such as a superuser.
	Unrestricted *pgxpool.Pool
	// A and B are the tenants. B needs rows in every table that belongs to tenants.
	A, B ID
	// ArgsA are arguments with which methods find rows of A, ArgsB the same for B.
	ArgsA, ArgsB Args
	// Adjust changes the arguments of some calls, when one value does not fit all: {"Notes.AddNote": func(a *Args) {…}}.
	Adjust map[string]func(args *Args)
	// RemoveB deletes the rows of B from every table, best as the unrestricted role.
	RemoveB func(ctx context.Context) error
	// FindNothing has the calls that return nothing, change nothing or fail with ArgsA, and says why: Notes.Purge, say.
	FindNothing map[string]string
	// Oracles has the calls that violate a unique constraint because of a row of B, and says why all tenants share the
	// key: a domain name belongs to one of them only.
	Oracles map[string]string
}

// Methods are what a package of repositories has to be called.
type Methods[ID, Tx, Args any] struct {
	// Tables are those that belong to tenants, as in SQL.
	Tables []string
	// Verify is the repositories' Verify, and JoinTx their JoinTx.
	Verify func(ctx context.Context, db *tenant.DB) error
	JoinTx JoinTx[ID, Tx]
	Calls  []Call[ID, Tx, Args]
	// Inner are the levels of tenancy within the outermost one, if there are any.
	Inner []Level[ID, Tx]
}

// JoinTx calls fn within a transaction, for a tenant.
type JoinTx[ID, Tx any] func(ctx context.Context, db *tenant.DB, tx pgx.Tx, id ID, fn func(ctx context.Context, tx Tx) error) error

// Level is a level of tenancy within another one.
type Level[ID, Tx any] struct {
	// Tables are those of its tenants, and of the levels within it.
	Tables []string
	JoinTx JoinTx[ID, Tx]
}

// Call is one method.
type Call[ID, Tx, Args any] struct {
	// Name is the repository's and the method's: Notes.GetNote.
	Name string
	// Level is the innermost level of tenancy that the method takes the id of, 0 for the outermost.
	Level int
	// Write reports that the method changes rows.
	Write bool
	Do    func(ctx context.Context, tx Tx, id ID, args *Args) (any, error)
}

// Run tests the methods on the fixture.
func Run[ID, Tx, Args any](t *testing.T, f Fixture[ID, Args], m Methods[ID, Tx, Args]) {
	t.Helper()
	RunLevel(t, f, m, 0)
}

// RunLevel tests the methods that take the id of an inner level of tenancy, or of one within it, on a fixture with two tenants of that level,
// in the same outer one: two projects of an organization.
func RunLevel[ID, Tx, Args any](t *testing.T, f Fixture[ID, Args], m Methods[ID, Tx, Args], level int) {
	t.Helper()
	own := m.Tables
	if level > 0 {
		own = m.Inner[level-1].Tables
		m.Calls = slices.DeleteFunc(slices.Clone(m.Calls), func(c Call[ID, Tx, Args]) bool { return c.Level < level })
	}
	r := &runner[ID, Tx, Args]{Fixture: f, methods: m, own: own}
	r.check(t)
	t.Run("refused", r.refused)
	before := r.rows(t)
	with := r.observe(t)
	if err := f.RemoveB(t.Context()); err != nil {
		t.Fatalf("RemoveB: %v", err)
	}
	for table, n := range r.rows(t) {
		if n >= before[table] {
			t.Errorf("RemoveB removed no row of %s: give B rows there, so that it shows whether calls for A see them", table)
		}
	}
	without := r.observe(t)
	for _, call := range m.Calls {
		t.Run(call.Name, func(t *testing.T) { r.compare(t, call, with[call.Name], without[call.Name]) })
	}
	r.stale(t)
}

type runner[ID, Tx, Args any] struct {
	Fixture[ID, Args]
	methods Methods[ID, Tx, Args]
	own     []string // tables in which B has rows
}

// check looks at the fixture itself.
func (r *runner[ID, Tx, Args]) check(t *testing.T) {
	t.Helper()
	if r.Pool == nil || r.Unrestricted == nil || r.RemoveB == nil || any(r.A) == any(r.B) {
		t.Fatal("the fixture needs Pool, Unrestricted, RemoveB and two tenants A and B")
	}
	if err := r.methods.Verify(t.Context(), tenant.New(r.Pool)); err != nil {
		t.Errorf("Pool: %v", err)
	}
	var free bool
	err := r.Unrestricted.QueryRow(t.Context(), "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user").Scan(&free)
	if err != nil || !free {
		t.Fatalf("Unrestricted: row-level security binds its role too (%v): the queries' own conditions would not be tested", err)
	}
}

// refused calls every method with no tenant, and with B in a transaction of A.
func (r *runner[ID, Tx, Args]) refused(t *testing.T) {
	var none ID
	for _, call := range r.methods.Calls {
		for _, test := range []struct {
			what string
			id   ID
			want error
		}{{"no tenant", none, tenant.ErrNoTenant}, {"B in a transaction of A", r.B, tenant.ErrTenantMismatch}} {
			err := r.call(t.Context(), call, test.id)
			if !errors.Is(err, test.want) {
				t.Errorf("%s with %s: got %v, want %v", call.Name, test.what, err, test.want)
			}
		}
	}
}

// call makes one call in a transaction of A, and returns its error.
func (r *runner[ID, Tx, Args]) call(ctx context.Context, call Call[ID, Tx, Args], id ID) error {
	outer, err := r.Pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer outer.Rollback(context.WithoutCancel(ctx))
	return r.within(ctx, r.Pool, outer, call.Level, func(ctx context.Context, tx Tx) error {
		_, err := call.Do(ctx, tx, id, &r.ArgsA)
		return err
	})
}

// within calls fn within a transaction, for A as far as a level has it.
func (r *runner[ID, Tx, Args]) within(ctx context.Context, pool *pgxpool.Pool, outer pgx.Tx, level int, fn func(context.Context, Tx) error) error {
	join := r.methods.JoinTx
	if level > 0 {
		join = r.methods.Inner[level-1].JoinTx
	}
	return join(ctx, tenant.New(pool), outer, r.A, fn)
}

// rows counts the rows of every table.
func (r *runner[ID, Tx, Args]) rows(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, table := range r.own {
		var n int
		if err := r.Unrestricted.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatalf("Unrestricted: %v", err)
		}
		counts[table] = n
	}
	return counts
}

func (r *runner[ID, Tx, Args]) known(call string) bool {
	return slices.ContainsFunc(r.methods.Calls, func(c Call[ID, Tx, Args]) bool { return c.Name == call })
}

// stale reports what is said of no call.
func (r *runner[ID, Tx, Args]) stale(t *testing.T) {
	for call := range r.Adjust {
		if !r.known(call) {
			t.Errorf("Adjust: there is no call %s", call)
		}
	}
	for name, excuses := range map[string]map[string]string{"FindNothing": r.FindNothing, "Oracles": r.Oracles} {
		for _, call := range slices.Sorted(maps.Keys(excuses)) {
			if !r.known(call) {
				t.Errorf("%s: there is no call %s", name, call)
			}
			if excuses[call] == "" {
				t.Errorf("%s: say why for %s", name, call)
			}
		}
	}
}
