package web

import (
	"time"

	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// usagePage is what the organization uses, and has used.
type usagePage struct {
	billing.Usage
	Requests, Active int64
	Limits           []limit
	Chart            chart
}

// limit is what a plan says of a kind, in words.
type limit struct {
	tenantquota.State
	Name  string
	Bytes bool
}

var limitNames = map[string]string{billing.Seats: "Seats", billing.APICalls: "Requests of this month", billing.Storage: "Files"}

// monthsShown is how far back the chart goes.
const monthsShown = 6

// showUsage is GET …/usage.
func (w *Web) showUsage(v *visit) error {
	usage, err := w.app.Billing().Usage(v.r.Context(), v.org)
	if err != nil {
		return err
	}
	history, first, err := w.app.Billing().History(v.r.Context(), v.org, monthsShown)
	if err != nil {
		return err
	}
	page := usagePage{Usage: usage, Requests: usage.Used[tenantusage.Requests], Active: usage.Used[tenantusage.ActiveUsers], Chart: requestsChart(history, first)}
	for _, state := range usage.Limits {
		page.Limits = append(page.Limits, limit{state, limitNames[state.Kind], state.Kind == billing.Storage})
	}
	return w.show(v, "usage", "Usage", "usage", page)
}

func requestsChart(history []tenantusage.Used, first time.Time) chart {
	values := make([]int64, len(history))
	labels := make([]string, len(history))
	for i, used := range history {
		values[i], labels[i] = used[tenantusage.Requests], first.AddDate(0, i, 0).Format("Jan 2006")
	}
	return newChart(labels, values)
}
