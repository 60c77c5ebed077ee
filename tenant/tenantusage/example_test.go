package tenantusage_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// In these examples repos are generated repositories, and orgID is the id type that comes with them.
var (
	pool  *pgxpool.Pool
	mux   *http.ServeMux
	meter *tenantusage.Meter
	repos repositories
)

type orgID struct{}

func (orgID) Scope() tenant.Scope { return tenant.Scope{} }

type repoTx struct{ tenantusage.Tx }

type repositories struct{}

func (repositories) InTx(context.Context, orgID, func(context.Context, *repoTx) error) error {
	return nil
}

// The meter counts as a tracer, and writes until the process is told to end, and once more then.
func ExampleMeter_Run() {
	meter, err := tenantusage.New(tenantusage.Config{TenantColumn: "org_id", Peaks: []string{"storage"}})
	if err != nil {
		log.Fatal(err)
	}
	db := tenant.New(pool, tenant.WithTracer(meter))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- meter.Run(ctx, db, func(err error) { log.Print("usage is not written yet: ", err) }) }()
	// serve until ctx ends, then
	if err := <-done; err != nil {
		log.Print("usage is lost: ", err)
	}
}

// What no call shows the application says.
func ExampleMeter_Add() {
	org := orgID{}
	began := time.Now()
	// … a job of the organization's …
	if err := meter.Add(org.Scope(), "compute-seconds", int64(time.Since(began).Seconds())); err != nil {
		log.Print(err)
	}
	if err := meter.Peak(org.Scope(), "storage", 5<<30); err != nil {
		log.Print(err)
	}
}

func ExampleMeter_Middleware() {
	http.Handle("/api/", meter.Middleware(mux)) // behind what puts the tenant into the context
}

func ExampleMeter_Of() {
	err := repos.InTx(context.Background(), orgID{}, func(ctx context.Context, tx *repoTx) error {
		used, err := meter.Of(ctx, tx, time.Now())
		log.Print(used[tenantusage.Calls], used[tenantusage.ActiveUsers], used["storage"])
		return err
	})
	log.Print(err)
}

// What March comes to: each begun thousand of calls after the ten thousand that the plan has, and each begun GB.
func ExampleCharge() {
	prices := []tenantusage.Price{
		{Kind: "calls", Description: "1,000 calls", Unit: 1000, Included: 10_000, UnitPrice: 50},
		{Kind: "storage", Description: "GB stored", Unit: 1 << 30, UnitPrice: 12},
	}
	used := tenantusage.Used{"calls": 12_345, "storage": 3 << 30}
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	bill, err := tenantusage.Charge(march, used, prices, march.AddDate(0, 1, 0), 14*24*time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range bill.Lines {
		fmt.Println(l.Units, "×", l.Description, "=", l.Amount)
	}
	fmt.Println(bill.Total, "due", bill.Due.Format(time.DateOnly))
	// Output:
	// 3 × 1,000 calls = 150
	// 3 × GB stored = 36
	// 186 due 2026-04-15
}
