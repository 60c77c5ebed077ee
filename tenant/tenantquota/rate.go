package tenantquota

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Rate is how fast calls may come: Calls in Per, evenly, and Burst of them at once. Each process counts for itself, so that with
// several processes a tenant has as much of each.
type Rate struct {
	Calls int64
	Per   time.Duration
	Burst int64 // Calls when it is 0
}

// NoRate is the rate of what a plan does not limit.
var NoRate = Rate{Calls: Unlimited}

func (r Rate) burst() float64 { return float64(cmp.Or(r.Burst, r.Calls)) }

// perSecond is how many calls come back in a second.
func (r Rate) perSecond() float64 { return float64(r.Calls) / r.Per.Seconds() }

// checkRates returns what is wrong with the rates: every plan has those that one of them has.
func (c Config) checkRates() error {
	names := map[string]bool{}
	for _, rates := range c.Rates {
		for name := range rates {
			names[name] = true
		}
	}
	var errs []error
	for _, plan := range slices.Sorted(maps.Keys(c.Rates)) {
		if _, ok := c.Plans[plan]; !ok && len(c.Kinds) > 0 {
			errs = append(errs, fmt.Errorf("tenantquota: rates of plan %q, which is none", plan))
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			r, ok := c.Rates[plan][name]
			switch {
			case !ok:
				errs = append(errs, fmt.Errorf("tenantquota: plan %q has no rate %q: give one, or NoRate", plan, name))
			case r != NoRate && (r.Calls <= 0 || r.Per <= 0 || r.Burst < 0):
				errs = append(errs, fmt.Errorf("tenantquota: plan %q, rate %q: calls and time have to be positive", plan, name))
			}
		}
	}
	return errors.Join(errs...)
}

// ErrUnknownRate refuses a rate that the tenant's plan does not have.
var ErrUnknownRate = errors.New("tenantquota: unknown rate")

// Allow counts a call of the context's tenant against a rate, or returns a *tenant.QuotaError that says when the next one may
// come. It sends nothing.
func (q *Quotas) Allow(ctx context.Context, name string) error {
	t, err := tenant.Current(ctx)
	if err != nil {
		return err
	}
	plan, err := q.PlanOf(ctx)
	if err != nil {
		return err
	}
	rate, ok := q.Rates[plan][name]
	switch {
	case !ok:
		return fmt.Errorf("%w %q of plan %q", ErrUnknownRate, name, plan)
	case rate == NoRate:
		return nil
	}
	now := q.Now()
	wait := q.buckets.take(bucketKey{t.Scope.Outermost(), name}, rate, now)
	if wait == 0 {
		return nil
	}
	return &tenant.QuotaError{Key: name, Limit: rate.Calls, Used: rate.Calls, Asked: 1, Retry: now.Add(wait)}
}

// mostBuckets bounds the tenants whose rates are remembered. The one that has not called for longest goes first, and has its
// whole burst when it comes again.
const mostBuckets = 100_000

type bucketKey struct {
	scope tenant.Scope
	name  string
}

// bucket holds the calls that are left.
type bucket struct {
	key    bucketKey
	tokens float64
	at     time.Time // when that was so
}

// buckets are those of all tenants, the one that was used last in front.
type buckets struct {
	mu    sync.Mutex
	most  int
	order *list.List
	byKey map[bucketKey]*list.Element
}

func newBuckets() *buckets {
	return &buckets{most: mostBuckets, order: list.New(), byKey: map[bucketKey]*list.Element{}}
}

// take takes a token, or returns how long it takes until there is one.
func (b *buckets) take(key bucketKey, rate Rate, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, ok := b.byKey[key]
	if !ok {
		at = b.order.PushFront(&bucket{key: key, tokens: rate.burst(), at: now})
		b.byKey[key] = at
	}
	b.order.MoveToFront(at)
	for b.order.Len() > b.most {
		last := b.order.Back()
		delete(b.byKey, last.Value.(*bucket).key)
		b.order.Remove(last)
	}
	return at.Value.(*bucket).take(rate, now)
}

func (b *bucket) take(rate Rate, now time.Time) time.Duration {
	if passed := now.Sub(b.at); passed > 0 { // a clock may be set back
		b.tokens, b.at = math.Min(rate.burst(), b.tokens+passed.Seconds()*rate.perSecond()), now
	}
	b.tokens = math.Min(b.tokens, rate.burst()) // of another plan, now
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return max(time.Duration((1-b.tokens)/rate.perSecond()*float64(time.Second)), 1)
}
