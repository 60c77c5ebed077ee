package tenant_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

func TestCrossTenant(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(unreachable(t), tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")))
	all := gen.CrossTenant(db, "monthly invoices")
	if got := titles(t, gen.Across(all, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "hammock", "rocket"}) {
		t.Errorf("got %v", got)
	}
	n, err := gen.Across(all, write).CopyFrom(t.Context(), pgx.Identifier{"notes"}, []string{"org_id", "title"},
		pgx.CopyFromRows([][]any{{acmeID, "copy a"}, {globexID, "copy b"}}))
	if n != 2 || err != nil {
		t.Errorf("copied %d, %v", n, err)
	}
	if err := gen.CrossTenantErr(all); err != nil {
		t.Error(err)
	}
}

func TestCrossTenantNeedsAPoolAndAReason(t *testing.T) {
	pool := unreachable(t)
	for want, x := range map[error]*tenant.CrossTenant{
		tenant.ErrNoCrossTenantPool: gen.CrossTenant(tenant.New(pool), "billing"),
		tenant.ErrNoReason:          gen.CrossTenant(tenant.New(pool, tenant.WithCrossTenantPool(pool)), " \n"),
	} {
		if !errors.Is(gen.CrossTenantErr(x), want) {
			t.Errorf("got %v, want %v", gen.CrossTenantErr(x), want)
		}
		expectRefused(t, func() gen.DBTX { return gen.Across(x, read) }, want)
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
	all := gen.CrossTenant(db, "monthly invoices")
	mine := errors.New("mine")
	var kept *tenant.CrossTenant
	err := gen.InCrossTenantTx(t.Context(), all, func(ctx context.Context, tx *tenant.CrossTenant) error {
		kept = tx
		exec(t, gen.Across(tx, write), addNote, acmeID, "kept")
		err := gen.InCrossTenantTx(t.Context(), tx, func(ctx context.Context, inner *tenant.CrossTenant) error {
			exec(t, gen.Across(inner, write), addNote, globexID, "undone")
			return mine
		})
		if err != mine {
			t.Errorf("the savepoint: got %v", err)
		}
		if n := exec(t, gen.Across(tx, read), "select from notes where title in ('kept', 'undone')"); n != 1 {
			t.Errorf("inside: %d rows", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = gen.InCrossTenantTx(t.Context(), all, func(ctx context.Context, tx *tenant.CrossTenant) error {
		exec(t, gen.Across(tx, write), "delete from notes")
		return mine
	})
	if err != mine {
		t.Errorf("got %v", err)
	}
	if got := titles(t, gen.Across(all, read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "hammock", "kept", "rocket"}) {
		t.Errorf("afterwards there are %v", got)
	}
	if want := slices.Repeat([]string{"monthly invoices"}, 5); !slices.Equal(reasons, want) {
		t.Errorf("the guard saw the reasons %q", reasons)
	}
	expectRefused(t, func() gen.DBTX { return gen.Across(kept, read) }, tenant.ErrClosed)
	if err := gen.InCrossTenantTx(t.Context(), kept, noCrossTenant(t)); !errors.Is(err, tenant.ErrClosed) {
		t.Errorf("after its end: got %v", err)
	}
	if err := gen.InCrossTenantTx(t.Context(), gen.CrossTenant(db, ""), noCrossTenant(t)); !errors.Is(err, tenant.ErrNoReason) {
		t.Errorf("without a reason: got %v", err)
	}
}

func noCrossTenant(t *testing.T) func(context.Context, *tenant.CrossTenant) error {
	return func(context.Context, *tenant.CrossTenant) error {
		t.Error("the function was called")
		return nil
	}
}
