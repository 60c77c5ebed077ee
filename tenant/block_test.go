package tenant_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// Whoever ends somebody else's transaction too early gets errors: its connection is another's by then.
func TestEndedTransactionInBlocks(t *testing.T) {
	db, pool := newDB(t, gen.WithCitus(), gen.WithSetting(setting, "app.project_id"))
	outer, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = gen.JoinTx(t.Context(), db, outer, acme, func(ctx context.Context, tx *tenant.Tx) error {
		if err := outer.Commit(t.Context()); err != nil {
			return err
		}
		next, err := pool.Begin(t.Context()) // on the same connection
		if err != nil {
			return err
		}
		defer next.Rollback(t.Context())
		for name, conn := range map[string]func() gen.DBTX{
			"a level more": func() gen.DBTX {
				return gen.Scoped(tx, acme.And(gen.NewScope("app.project_id", "1")), read)
			},
			"global": func() gen.DBTX { return gen.Global(tx, read) },
		} {
			for call, f := range calls {
				if err := f(t.Context(), conn()); !errors.Is(err, pgx.ErrTxClosed) {
					t.Errorf("%s, %s: got %v", name, call, err)
				}
			}
		}
		var set string
		if err := next.QueryRow(t.Context(), "select coalesce(current_setting('citus.propagate_set_commands', true), '')").Scan(&set); err != nil || set != "" {
			t.Errorf("the next transaction hands on settings: %q, %v", set, err)
		}
		return nil
	})
	if !errors.Is(err, pgx.ErrTxClosed) {
		t.Errorf("got %v", err)
	}
	expectNothingLeft(t, pool)
}

// A row of another length would move the values of those after it up.
func TestCopyOfUnevenRowsInBlocks(t *testing.T) {
	db, pool := newDB(t, gen.WithCitus())
	rows := pgx.CopyFromRows([][]any{{acmeID, "a", 1}, {acmeID}})
	_, err := gen.Scoped(db, acme, write).CopyFrom(t.Context(), pgx.Identifier{"notes"}, []string{"org_id", "title"}, rows)
	if err == nil || !strings.Contains(err.Error(), "3 values for 2 columns") {
		t.Errorf("got %v", err)
	}
	expectNothingLeft(t, pool)
}

// Arguments may rewrite the query, as in pgx; what they refuse is reported, and costs nothing.
func TestNamedArgumentsInBlocks(t *testing.T) {
	db, pool := newDB(t, gen.WithCitus())
	if got := titles(t, gen.Scoped(db, acme, read), "select title from notes where size = @size", pgx.NamedArgs{"size": 2}); len(got) != 1 || got[0] != "rocket" {
		t.Errorf("got %q", got)
	}
	if _, err := gen.Scoped(db, acme, read).Exec(t.Context(), "select @size::int", pgx.StrictNamedArgs{}); err == nil {
		t.Error("an argument that is missing was accepted")
	}
	expectNothingLeft(t, pool)
}
