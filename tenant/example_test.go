package tenant_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

// Made by generated code of a typed id, or by hand.
func ExampleNewScope() {
	org := tenant.NewScope("app.org_id", "acme")
	project := org.And(tenant.NewScope("app.project_id", "7"))
	fmt.Println(org.ID(), project, project == org)
	// Output: acme app.org_id=acme app.project_id=7 false
}

// What repositories' InTx does; with them it is repos.InTx(ctx, orgID, …).
func ExampleDB_InTx() {
	var db *tenant.DB
	org := tenant.NewScope("app.org_id", "acme")
	err := db.InTx(context.Background(), org, func(ctx context.Context, tx *tenant.Tx) error {
		if err := tenant.Notify(ctx, tx, org, "notes", "42"); err != nil {
			return err // rolled back
		}
		return tx.AfterCommit(func(context.Context) { log.Print("committed") })
	})
	log.Print(err)
}

// An audit log keeps what was attempted, whatever becomes of the transaction.
func ExampleOutsideTx() {
	var db *tenant.DB
	org := tenant.NewScope("app.org_id", "acme")
	_ = db.InTx(context.Background(), org, func(ctx context.Context, _ *tenant.Tx) error {
		return tenant.Notify(tenant.OutsideTx(ctx), db, org, "audit", "attempted")
	})
}

// A transaction of somebody else's, such as a job queue's, is joined for one tenant.
func ExampleDB_JoinTx() {
	var db *tenant.DB
	var pool *pgxpool.Pool
	org := tenant.NewScope("app.org_id", "acme")
	_ = pgx.BeginFunc(context.Background(), pool, func(outer pgx.Tx) error {
		return db.JoinTx(context.Background(), outer, org, func(ctx context.Context, tx *tenant.Tx) error {
			return tenant.Notify(ctx, tx, org, "notes", "42")
		})
	})
}

// audit logs the calls that cross tenants.
type audit struct{}

func (audit) TraceStart(ctx context.Context, _ tenant.TraceStartData) context.Context { return ctx }

func (audit) TraceEnd(_ context.Context, data tenant.TraceEndData) {
	if op := data.Operation; op.Reason != "" {
		log.Print(op.Category, " ", op.Name, ": ", op.Reason, ", rows: ", data.Rows)
	}
}

func ExampleWithTracer() {
	var pool, admin *pgxpool.Pool
	_ = tenant.New(pool, tenant.WithCrossTenantPool(admin), tenant.WithTracer(audit{}))
}
