package tenantaudit

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Rule says when somebody is to be alerted: when Count events of one of the kinds come within some time, of one actor, for one tenant, or
// both.
type Rule struct {
	Name     string
	Kinds    []Kind
	Severity Severity // of the alert
	Count    int
	Within   time.Duration // any time when Count is 1
	// PerTenant and PerActor count those apart. With neither, all count together.
	PerTenant, PerActor bool
}

// DefaultRules are what most applications want: each attempt, and whoever is refused all the time.
func DefaultRules() []Rule {
	return []Rule{
		{Name: "attempt across tenants", Kinds: []Kind{Mismatch, Policy}, Severity: Critical, Count: 1, PerTenant: true, PerActor: true},
		{Name: "many refusals of one actor", Kinds: []Kind{Refused}, Severity: Warning, Count: 20, Within: time.Minute, PerActor: true},
		{Name: "many refusals for one tenant", Kinds: []Kind{Refused}, Severity: Warning, Count: 100, Within: time.Minute, PerTenant: true},
	}
}

func (r Rule) check() error {
	if r.Name == "" || len(r.Kinds) == 0 || r.Count < 1 || r.Count > 1 && r.Within <= 0 || !slices.Contains([]Severity{Info, Warning, Critical}, r.Severity) {
		return errors.New("tenantaudit: a rule needs a name, kinds, a severity, a count, and a time for more than one")
	}
	return nil
}

// Alert is what a rule has found.
type Alert struct {
	Rule     string
	Severity Severity
	Count    int
	Last     Event // the one that made it so
}

type windowKey struct {
	rule  int
	scope tenant.Scope
	actor string
}

// mostWindows bounds what is remembered of tenants and actors: somebody may come with a new name each time.
const mostWindows = 10_000

// alert counts an event, and tells of what is too much. What was told of is counted anew.
func (a *Auditor) alert(ctx context.Context, e Event) {
	for i, r := range a.Rules {
		if !slices.Contains(r.Kinds, e.Kind) {
			continue
		}
		if n := a.count(i, r, e); n >= r.Count {
			a.Alert(ctx, Alert{Rule: r.Name, Severity: r.Severity, Count: n, Last: e})
		}
	}
}

// count returns how many events there were within a rule's time.
func (a *Auditor) count(i int, r Rule, e Event) int {
	if r.Count == 1 {
		return 1
	}
	key := windowKey{rule: i}
	if r.PerTenant {
		key.scope = e.Scope.Outermost()
	}
	if r.PerActor {
		key.actor = e.Actor.ID
		if key.actor == "" {
			key.actor = "from " + e.Actor.Address
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	since := e.At.Add(-r.Within)
	times := append(slices.DeleteFunc(a.windows[key], func(at time.Time) bool { return !at.After(since) }), e.At)
	if len(times) >= r.Count {
		delete(a.windows, key)
		return len(times)
	}
	if len(a.windows) >= mostWindows && a.windows[key] == nil {
		a.forget(e.At)
	}
	a.windows[key] = times
	return len(times)
}

// forget makes room: windows that are over go, and if these are few, any.
func (a *Auditor) forget(now time.Time) {
	for key, times := range a.windows {
		if !times[len(times)-1].After(now.Add(-a.Rules[key.rule].Within)) {
			delete(a.windows, key)
		}
	}
	for key := range a.windows {
		if len(a.windows) < mostWindows*9/10 {
			return
		}
		delete(a.windows, key)
	}
}
