package tenant_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
)

func TestCrossTenant(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(unreachable(t), tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")))
	all := db.CrossTenant("monthly invoices")
	if got := titles(t, all.Call(read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "hammock", "rocket"}) {
		t.Errorf("got %v", got)
	}
	n, err := all.Call(write).CopyFrom(t.Context(), pgx.Identifier{"notes"}, []string{"org_id", "title"},
		pgx.CopyFromRows([][]any{{acmeID, "copy a"}, {globexID, "copy b"}}))
	if n != 2 || err != nil {
		t.Errorf("copied %d, %v", n, err)
	}
	if all.Reason() != "monthly invoices" || all.Err() != nil {
		t.Errorf("reason %q, %v", all.Reason(), all.Err())
	}
}

func TestCrossTenantNeedsAPoolAndAReason(t *testing.T) {
	pool := unreachable(t)
	for want, x := range map[error]*tenant.CrossTenant{
		tenant.ErrNoCrossTenantPool: tenant.New(pool).CrossTenant("billing"),
		tenant.ErrNoReason:          tenant.New(pool, tenant.WithCrossTenantPool(pool)).CrossTenant(" \n"),
	} {
		if !errors.Is(x.Err(), want) {
			t.Errorf("got %v, want %v", x.Err(), want)
		}
		expectRefused(t, func() *tenant.Call { return x.Call(read) }, want)
	}
}

func TestCrossTenantInTx(t *testing.T) {
	databaseURL := newDatabase(t)
	var reasons []string
	admin := newPool(t, databaseURL, "tenant_test_admin", one)
	db := tenant.New(unreachable(t), tenant.WithCrossTenantPool(admin),
		tenant.WithGuard(func(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
			reasons = append(reasons, op.Reason)
			return nil
		}))
	all := db.CrossTenant("monthly invoices")
	mine := errors.New("mine")
	var kept *tenant.CrossTenant
	err := all.InTx(t.Context(), func(ctx context.Context, tx *tenant.CrossTenant) error {
		kept = tx
		exec(t, tx.Call(write), addNote, acmeID, "kept")
		err := tx.InTx(t.Context(), func(ctx context.Context, inner *tenant.CrossTenant) error {
			exec(t, inner.Call(write), addNote, globexID, "undone")
			return mine
		})
		if err != mine {
			t.Errorf("the savepoint: got %v", err)
		}
		if n := exec(t, tx.Call(read), "select from notes where title in ('kept', 'undone')"); n != 1 {
			t.Errorf("inside: %d rows", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = all.InTx(t.Context(), func(ctx context.Context, tx *tenant.CrossTenant) error {
		exec(t, tx.Call(write), "delete from notes")
		return mine
	})
	if err != mine {
		t.Errorf("got %v", err)
	}
	if got := titles(t, all.Call(read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "hammock", "kept", "rocket"}) {
		t.Errorf("afterwards there are %v", got)
	}
	if want := slices.Repeat([]string{"monthly invoices"}, 5); !slices.Equal(reasons, want) {
		t.Errorf("the guard saw the reasons %q", reasons)
	}
	expectRefused(t, func() *tenant.Call { return kept.Call(read) }, tenant.ErrClosed)
	if err := kept.InTx(t.Context(), noCrossTenant(t)); !errors.Is(err, tenant.ErrClosed) {
		t.Errorf("after its end: got %v", err)
	}
	if err := db.CrossTenant("").InTx(t.Context(), noCrossTenant(t)); !errors.Is(err, tenant.ErrNoReason) {
		t.Errorf("without a reason: got %v", err)
	}
}

func noCrossTenant(t *testing.T) func(context.Context, *tenant.CrossTenant) error {
	return func(context.Context, *tenant.CrossTenant) error {
		t.Error("the function was called")
		return nil
	}
}
