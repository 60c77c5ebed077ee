package tenantquota_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
)

// In these examples repos are generated repositories.
var (
	db    *tenant.DB
	mux   *http.ServeMux
	repos repositories
)

type orgID struct{}

type repoTx struct{ tenantquota.Tx }

func (repoTx) CreateNote(context.Context, orgID, string) error { return nil }

type repositories struct{}

func (repositories) InTx(context.Context, orgID, func(context.Context, *repoTx) error) error {
	return nil
}

func ExampleNew() {
	quotas, err := tenantquota.New(tenantquota.Config{
		TenantColumn: "org_id",
		Kinds:        map[string]tenantquota.Period{"notes": tenantquota.Ever, "api-calls": tenantquota.Month},
		Plans: map[string]map[string]int64{
			"free": {"notes": 100, "api-calls": 10_000},
			"pro":  {"notes": tenantquota.Unlimited, "api-calls": 1_000_000},
		},
	})
	fmt.Println(quotas != nil, err)
	_, err = tenantquota.New(tenantquota.Config{
		TenantColumn: "org_id",
		Kinds:        map[string]tenantquota.Period{"notes": tenantquota.Ever},
		Plans:        map[string]map[string]int64{"free": {}},
	})
	fmt.Println(err)
	// Output:
	// true <nil>
	// tenantquota: plan "free" has no limit of "notes": give one, or Unlimited
}

var quotas *tenantquota.Quotas

// The note and its place in the quota are one transaction: both are there, or neither is.
func ExampleQuotas_Reserve() {
	create := func(ctx context.Context, org orgID, title string) error {
		return repos.InTx(ctx, org, func(ctx context.Context, tx *repoTx) error {
			if err := quotas.Reserve(ctx, tx, "notes", 1); err != nil {
				return err // a *tenant.QuotaError: 402, says tenanthttp
			}
			return tx.CreateNote(ctx, org, title)
		})
	}
	var exceeded *tenant.QuotaError
	if err := create(context.Background(), orgID{}, "hello"); errors.As(err, &exceeded) {
		log.Printf("%d of %d %s are used", exceeded.Used, exceeded.Limit, exceeded.Key)
	}
}

// Whether there is room for several things, before any of them is begun.
func ExampleQuotas_Check() {
	_ = repos.InTx(context.Background(), orgID{}, func(ctx context.Context, tx *repoTx) error {
		return quotas.Check(ctx, tx, map[string]int64{"users": 20, "storage": 5 << 30})
	})
}

// A customer has a contract of their own for a year.
func ExampleQuotas_SetOverride() {
	_ = repos.InTx(context.Background(), orgID{}, func(ctx context.Context, tx *repoTx) error {
		return quotas.SetOverride(ctx, tx, tenantquota.Override{
			Kind: "notes", Limit: tenantquota.Unlimited, Reason: "contract 2026-17", Expires: time.Now().AddDate(1, 0, 0),
		})
	})
}

func ExampleQuotas_SetAddon() {
	_ = repos.InTx(context.Background(), orgID{}, func(ctx context.Context, tx *repoTx) error {
		return quotas.SetAddon(ctx, tx, tenantquota.Addon{Kind: "storage", Name: "100 GB", Amount: 100 << 30})
	})
}

// The month's calls, of which twenty are counted at once, behind what puts the tenant into the context.
func ExampleQuotas_NewCalls() {
	calls, err := quotas.NewCalls(db, "api-calls", 20)
	if err != nil {
		log.Fatal(err)
	}
	defer calls.Close(context.Background()) // gives back what is left of the twenty
	http.Handle("/api/", calls.Middleware(nil)(quotas.RateMiddleware("api", nil)(mux)))
}
