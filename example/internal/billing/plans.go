// Package billing is what organizations may have, what they use, and what they pay: plans with quotas, seats, overrides for one
// organization, and an invoice for each month, made of what was used.
package billing

import (
	"time"

	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// tenantColumn is that of the tables that 00006_tenant_quota_usage_audit.sql creates.
const tenantColumn = "org_id"

// Kinds of what plans limit.
const (
	Seats    = "seats"
	APICalls = "api-calls"
)

// peaks are the kinds of usage of which a month has the highest value.
var peaks = []string{Seats, Storage}

// plan is what an organization pays for.
type plan struct {
	limits     map[string]int64
	requests   tenantquota.Rate
	priceCents int64
	prices     []tenantusage.Price
}

// seatCents is what a seat costs that was bought in addition.
const seatCents = 500

var plans = map[string]plan{
	"free": {
		limits:   map[string]int64{Seats: 3, APICalls: 10_000, Storage: 10 << 20},
		requests: tenantquota.Rate{Calls: 600, Per: time.Minute},
	},
	"team": {
		limits:     map[string]int64{Seats: 50, APICalls: tenantquota.Unlimited, Storage: 1 << 30},
		requests:   tenantquota.Rate{Calls: 6000, Per: time.Minute},
		priceCents: 1900,
		prices: []tenantusage.Price{
			{Kind: tenantusage.Requests, Description: "1,000 requests", Unit: 1000, Included: 100_000, UnitPrice: 10},
			{Kind: Seats, Description: "a seat beyond ten", Unit: 1, Included: 10, UnitPrice: seatCents},
			{Kind: tenantusage.BytesOut, Description: "a GB sent", Unit: 1 << 30, Included: 10 << 30, UnitPrice: 5},
		},
	},
}

// quotas are the limits of all plans.
func quotas(now func() time.Time) (*tenantquota.Quotas, error) {
	c := tenantquota.Config{
		TenantColumn: tenantColumn,
		Kinds:        map[string]tenantquota.Period{Seats: tenantquota.Ever, APICalls: tenantquota.Month, Storage: tenantquota.Ever},
		Plans:        map[string]map[string]int64{},
		Rates:        map[string]map[string]tenantquota.Rate{},
		Now:          now,
		PlanOf:       planOf,
	}
	for name, p := range plans {
		c.Plans[name], c.Rates[name] = p.limits, map[string]tenantquota.Rate{requests: p.requests}
	}
	return tenantquota.New(c)
}
