package tenanttest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

var (
	acme   = gen.NewScope("app.org_id", "acme")
	globex = gen.NewScope("app.org_id", "globex")

	errMine = errors.New("mine")
)

// With generated repositories it is repo.NewFake(tenanttest.NewDB(), repo.Fakes{Notes: &fakeNotes{}}); the example
// application has such a test.
func ExampleNewDB() {
	db := tenanttest.NewDB()
	err := gen.InTx(context.Background(), db, acme, func(ctx context.Context, tx *tenant.Tx) error { // repos.InTx(ctx, orgID, …)
		return gen.AfterCommit(tx, func(context.Context) { fmt.Println("committed") })
	})
	fmt.Println(err)
	// Output:
	// committed
	// <nil>
}

func never(t *testing.T) func(context.Context, *tenant.Tx) error {
	return func(context.Context, *tenant.Tx) error {
		t.Error("the function was called")
		return nil
	}
}

// The rules of transactions hold as over a database.
func TestTransactionsWithoutADatabase(t *testing.T) {
	db, ctx := tenanttest.NewDB(gen.WithSetting("app.org_id"), gen.WithParts(gen.Part{Inner: "app.project_id", Outer: "app.org_id", SQL: "select true"})), t.Context()
	var told []string
	tell := func(name string) func(context.Context) {
		return func(context.Context) { told = append(told, name) }
	}
	if err := gen.InTx(ctx, db, tenant.Scope{}, never(t)); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: got %v", err)
	}
	err := gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		if err := gen.InTx(ctx, db, acme, never(t)); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("a second transaction: got %v", err)
		}
		if err := gen.Savepoint(ctx, tx, globex, never(t)); !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("a savepoint of another tenant: got %v", err)
		}
		undone := gen.Savepoint(ctx, tx, acme, func(_ context.Context, inner *tenant.Tx) error {
			return errors.Join(gen.AfterCommit(inner, tell("undone")), errMine)
		})
		if !errors.Is(undone, errMine) {
			t.Errorf("the savepoint: got %v", undone)
		}
		err := gen.Savepoint(ctx, tx, acme, func(_ context.Context, inner *tenant.Tx) error { return gen.AfterCommit(inner, tell("inner")) })
		return errors.Join(err, gen.AfterCommit(tx, tell("outer")), tenant.Notify(ctx, tx, acme, "notes", "1"))
	})
	if err != nil || !slices.Equal(told, []string{"inner", "outer"}) {
		t.Errorf("told %v, %v", told, err)
	}
	told = nil
	err = gen.InTxWith(ctx, db, acme, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(_ context.Context, tx *tenant.Tx) error {
		return errors.Join(gen.AfterCommit(tx, tell("failed")), errMine)
	})
	if !errors.Is(err, errMine) || len(told) > 0 {
		t.Errorf("told %v, %v", told, err)
	}
	if err := gen.InTx(ctx, db, acme.And(gen.NewScope("app.project_id", "7")), func(context.Context, *tenant.Tx) error { return nil }); err != nil {
		t.Errorf("a project: %v", err)
	}
	if err := gen.JoinTx(ctx, db, nil, acme, func(_ context.Context, tx *tenant.Tx) error {
		return gen.AfterCommit(tx, tell("joined"))
	}); !errors.Is(err, tenant.ErrNotBegunHere) {
		t.Errorf("joined: got %v", err)
	}
	x := gen.CrossTenant(db, "billing")
	err = gen.InCrossTenantTx(ctx, x, func(ctx context.Context, inner *tenant.CrossTenant) error {
		if _, err := gen.Across(x, tenant.Operation{}).Exec(ctx, ""); !errors.Is(err, tenant.ErrOutsideTx) {
			t.Errorf("across, outside: got %v", err)
		}
		return gen.InTx(ctx, db, acme, func(context.Context, *tenant.Tx) error {
			return gen.AfterCrossTenantCommit(inner, tell("across"))
		})
	})
	if err != nil || !slices.Equal(told, []string{"across"}) {
		t.Errorf("across: told %v, %v", told, err)
	}
}

// What a test has not replaced says so, in whatever way it is called.
func TestCallsWithoutADatabase(t *testing.T) {
	ctx := t.Context()
	for name, opts := range map[string][]tenant.Option{"": {gen.WithSetting("app.org_id")}, "in blocks": {gen.WithSetting("app.org_id"), gen.WithCitus()}} {
		db := tenanttest.NewDB(opts...)
		check := func(where string, conn gen.DBTX) {
			t.Helper()
			_, exec := conn.Exec(ctx, "")
			_, query := conn.Query(ctx, "")
			_, copied := conn.CopyFrom(ctx, pgx.Identifier{"notes"}, nil, pgx.CopyFromRows(nil))
			batch := &pgx.Batch{}
			batch.Queue("")
			for i, err := range []error{exec, query, conn.QueryRow(ctx, "").Scan(), conn.SendBatch(ctx, batch).Close(), copied} {
				if !errors.Is(err, tenant.ErrNoDatabase) {
					t.Errorf("%s %s, way %d: got %v", where, name, i, err)
				}
			}
		}
		op := tenant.Operation{Name: "GetNote"}
		check("outside", gen.Scoped(db, acme, op))
		check("global", gen.Global(db, op))
		check("across", gen.Across(gen.CrossTenant(db, "billing"), op))
		err := gen.InTx(ctx, db, acme, func(_ context.Context, tx *tenant.Tx) error {
			check("inside", gen.Scoped(tx, acme, op))
			check("global inside", gen.Global(tx, op))
			check("of a project", gen.Scoped(tx, acme.And(gen.NewScope("app.project_id", "7")), op))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		listened := db.Listen(ctx, acme, "notes", func(context.Context, tenant.Notification) error { t.Error("told"); return nil })
		if !errors.Is(listened, tenant.ErrNoDatabase) {
			t.Errorf("Listen: got %v", listened)
		}
		if err := errors.Join(tenant.Notify(ctx, db, acme, "notes", "1"), gen.Verify(ctx, db)); err != nil {
			t.Error(err)
		}
		if err := tenant.Notify(ctx, db, tenant.Scope{}, "notes", "1"); !errors.Is(err, tenant.ErrNoTenant) {
			t.Errorf("Notify for nobody: got %v", err)
		}
	}
}

// Guards see the calls of repositories that are not replaced, and tracers the transactions.
func TestHooksWithoutADatabase(t *testing.T) {
	db := tenanttest.NewDB(tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return errMine }))
	if _, err := gen.Scoped(db, acme, tenant.Operation{}).Exec(t.Context(), ""); !errors.Is(err, errMine) {
		t.Errorf("got %v", err)
	}
	if err := gen.CrossTenantErr(gen.CrossTenant(db, "")); !errors.Is(err, tenant.ErrNoReason) {
		t.Errorf("across without a reason: got %v", err)
	}
}
