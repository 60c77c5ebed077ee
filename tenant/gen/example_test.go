package gen_test

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// What New of generated repositories does, and one of their methods.
func Example() {
	var pool *pgxpool.Pool
	db := tenant.New(pool).With(gen.WithSetting("app.org_id"), gen.WithTables("public.notes"))
	scope := gen.NewScope("app.org_id", "") // the zero value of an id
	op := tenant.Operation{Repository: "NotesRepository", Name: "GetNote", Command: tenant.CommandOne}
	_, err := gen.Scoped(db, scope, op).Exec(context.Background(), "SELECT title FROM notes WHERE org_id = $1", "")
	fmt.Println(err)
	// Output: tenant: no tenant
}

// What the repositories' JoinTx does: a transaction of somebody else's, such as a job queue's, is joined for one tenant.
func ExampleJoinTx() {
	var db *tenant.DB
	var pool *pgxpool.Pool
	org := gen.NewScope("app.org_id", "acme")
	_ = pgx.BeginFunc(context.Background(), pool, func(outer pgx.Tx) error {
		return gen.JoinTx(context.Background(), db, outer, org, func(ctx context.Context, tx *tenant.Tx) error {
			return tenant.Notify(ctx, tx, org, "notes", "42")
		})
	})
}
