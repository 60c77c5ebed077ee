package tenant_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

type (
	mood string
	spot struct{ X, Y int32 }
)

// typed tells of the types, and of one that the database does not have (yet).
var typed = gen.WithTypes("public.mood", "public.spot", "public.absent")

// described are the modes in which PostgreSQL says what a parameter is: pgx encodes by that alone.
var described = map[pgx.QueryExecMode]bool{pgx.QueryExecModeCacheStatement: true, pgx.QueryExecModeCacheDescribe: true, pgx.QueryExecModeDescribeExec: true}

// asked reads what was sent, in all the ways in which a call returns rows.
func asked(t *testing.T, on gen.DBTX) {
	t.Helper()
	const sql = "select $1::mood[], $2::spot[], $3::spot, $4::spot, $5::spot[]"
	args := []any{[]mood{"loud", "calm"}, []spot{{1, 2}, {}}, spot{3, 4}, "(5,6)", []string{"(7,8)"}}
	scan := func(row pgx.Row) error {
		var moods []mood
		var spots []spot
		var one spot
		var text string
		var texts []string
		err := row.Scan(&moods, &spots, &one, &text, &texts)
		if got := fmt.Sprint(moods, spots, one, text, texts); err == nil && got != "[loud calm] [{1 2} {0 0}] {3 4}(5,6)[(7,8)]" {
			return fmt.Errorf("got %s", got)
		}
		return err
	}
	if err := scan(on.QueryRow(t.Context(), sql, args...)); err != nil {
		t.Errorf("call: %v", err)
	}
	batch := &pgx.Batch{}
	batch.Queue(sql, args...)
	results := on.SendBatch(t.Context(), batch)
	if err := scan(results.QueryRow()); err != nil {
		t.Errorf("batch: %v", err)
	}
	if err := results.Close(); err != nil {
		t.Errorf("batch: %v", err)
	}
	if _, err := on.Exec(t.Context(), "select "+"$1::mood[]", args[0]); err != nil {
		t.Errorf("exec: %v", err)
	}
}

// Values of the schema's types are sent and read on connections that nobody else tells of them.
func TestTypes(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		db = db.With(typed, gen.WithSetting(setting))
		if !described[pool.Config().ConnConfig.DefaultQueryExecMode] {
			var moods []mood
			if err := gen.Scoped(db, acme, read).QueryRow(t.Context(), "select '{calm}'::mood[]").Scan(&moods); err != nil || fmt.Sprint(moods) != "[calm]" {
				t.Errorf("got %v, %v", moods, err)
			}
			return
		}
		first := map[string]func(){ // each on a connection that knows nothing yet
			"call":   func() { asked(t, gen.Scoped(db, acme, read)) },
			"global": func() { asked(t, gen.Global(db, read)) },
			"copy": func() {
				n, err := gen.Scoped(db, acme, write).CopyFrom(t.Context(), pgx.Identifier{"days"}, []string{"org_id", "moods", "spots"}, pgx.CopyFromRows([][]any{
					{acmeID, []mood{"calm"}, []spot{{7, 8}}}, {acmeID, []mood{}, nil},
				}))
				if err != nil || n != 2 {
					t.Errorf("copied %d: %v", n, err)
				}
			},
			"transaction": func() {
				err := gen.InTx(t.Context(), db, acme, func(_ context.Context, tx *tenant.Tx) error {
					asked(t, gen.Scoped(tx, acme, read))
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			},
			"another's transaction": func() {
				err := pgx.BeginFunc(t.Context(), pool, func(outer pgx.Tx) error {
					return gen.JoinTx(t.Context(), db, outer, acme, func(_ context.Context, tx *tenant.Tx) error {
						asked(t, gen.Scoped(tx, acme, read))
						return nil
					})
				})
				if err != nil {
					t.Error(err)
				}
			},
		}
		for name, call := range first {
			pool.Reset()
			t.Run(name, func(*testing.T) { call() })
		}
	})
}

func TestTypesAcrossTenants(t *testing.T) {
	url := newDatabase(t)
	across := newPool(t, url, "tenant_test_admin", one)
	x := gen.CrossTenant(tenant.New(newPool(t, url, "tenant_test_app"), tenant.WithCrossTenantPool(across)).With(typed), "a test")
	asked(t, gen.Across(x, read))
	across.Reset()
	err := gen.InCrossTenantTx(t.Context(), x, func(_ context.Context, x *tenant.CrossTenant) error {
		asked(t, gen.Across(x, read))
		n, err := gen.Across(x, write).CopyFrom(t.Context(), pgx.Identifier{"days"}, []string{"org_id", "moods"}, pgx.CopyFromRows([][]any{{acmeID, []mood{"loud"}}}))
		if n != 1 {
			t.Errorf("copied %d", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	across.Reset()
	if _, err := gen.Across(x, write).CopyFrom(t.Context(), pgx.Identifier{"days"}, []string{"org_id", "moods"}, pgx.CopyFromRows([][]any{{acmeID, []mood{"loud"}}})); err != nil {
		t.Error(err)
	}
}

// A type that a migration makes after the connection was used is found.
func TestTypesOfLaterMigration(t *testing.T) {
	url := newDatabase(t)
	pool := newPool(t, url, "tenant_test_app", one)
	db := tenant.New(pool).With(gen.WithTypes("public.later"))
	asked := func() error {
		var list []mood
		return gen.Scoped(db, acme, read).QueryRow(t.Context(), "select enum_range(null::later)").Scan(&list)
	}
	if err := asked(); err == nil {
		t.Error("there is no such type yet")
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "create type later as enum ('a', 'b')"); err != nil {
		t.Fatal(err)
	}
	if err := asked(); err != nil {
		t.Error(err)
	}
}
