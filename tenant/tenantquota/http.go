package tenantquota

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Refuse answers a request that is refused with an error.
type Refuse func(w http.ResponseWriter, r *http.Request, err error)

// Middleware counts every request of the context's tenant, and refuses those for which there is no room. It belongs behind what
// puts the tenant into the context: a request without one is refused. Without refuse, Problem answers.
func (c *Calls) Middleware(refuse Refuse) func(http.Handler) http.Handler {
	return middleware(c.Count, refuse)
}

// RateMiddleware is Middleware for a rate of Config.
func (q *Quotas) RateMiddleware(name string, refuse Refuse) func(http.Handler) http.Handler {
	return middleware(func(ctx context.Context) error { return q.Allow(ctx, name) }, refuse)
}

func middleware(count func(context.Context) error, refuse Refuse) func(http.Handler) http.Handler {
	if refuse == nil {
		refuse = Problem
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := count(r.Context()); err != nil {
				refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Problem answers with problem JSON (RFC 9457): 429 and Retry-After for what there is more of later, a rate or the next month's
// calls; 402 for what only another plan has; 503 when nothing could be counted, and so nothing is served.
func Problem(w http.ResponseWriter, _ *http.Request, err error) {
	status, title := http.StatusServiceUnavailable, "the quota cannot be looked at"
	body := map[string]any{}
	var exceeded *tenant.QuotaError
	if errors.As(err, &exceeded) {
		status, title = http.StatusPaymentRequired, "the plan does not allow more"
		body["quota"], body["limit"] = exceeded.Key, exceeded.Limit
		if !exceeded.Retry.IsZero() {
			status, title = http.StatusTooManyRequests, "too many requests"
			w.Header().Set("Retry-After", retryAfter(time.Until(exceeded.Retry)))
		}
	}
	body["status"], body["title"] = status, title
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// retryAfter is a whole number of seconds after which it is worth trying (RFC 9110, 10.2.3).
func retryAfter(d time.Duration) string {
	return strconv.FormatInt(max(int64(math.Ceil(d.Seconds())), 1), 10)
}
