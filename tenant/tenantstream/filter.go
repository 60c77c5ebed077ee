package tenantstream

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Filter says which of a tenant's events a subscription gets. The zero Filter is all.
type Filter struct {
	// Types are those that it gets, all when there are none.
	Types []string `json:"types,omitempty"`
	// Labels are those that an event has to have, every one of them.
	Labels map[string]string `json:"labels,omitempty"`

	nothing bool // two filters that contradict each other
}

// Matches reports whether an event is one of the filter's.
func (f Filter) Matches(e Event) bool {
	if f.nothing || len(f.Types) > 0 && !slices.Contains(f.Types, e.Type) {
		return false
	}
	for name, want := range f.Labels {
		if got, ok := e.Labels[name]; !ok || got != want {
			return false
		}
	}
	return true
}

// And is the filter of events that both let through.
func (f Filter) And(g Filter) Filter {
	both := Filter{Types: f.Types, Labels: maps.Clone(f.Labels), nothing: f.nothing || g.nothing}
	if len(f.Types) == 0 {
		both.Types = g.Types
	} else if len(g.Types) > 0 {
		both.Types = slices.DeleteFunc(slices.Clone(f.Types), func(t string) bool { return !slices.Contains(g.Types, t) })
		both.nothing = both.nothing || len(both.Types) == 0
	}
	for name, want := range g.Labels {
		if both.Labels == nil {
			both.Labels = map[string]string{}
		}
		if own, ok := both.Labels[name]; ok && own != want {
			both.nothing = true
		}
		both.Labels[name] = want
	}
	return both
}

// Scope says which of the tenant's events the context's member may see at all, whatever they ask for.
type Scope func(ctx context.Context) (Filter, error)

// labelPrefix begins the names of query parameters that are labels.
const labelPrefix = "label."

// FilterFrom reads a filter from query parameters: type=note.created, as often as there are types, and label.<name>=<value>, once for each label. last is
// the ID of the last event that the client has. Any other parameter is refused: one that is misspelled would let more through.
func FilterFrom(query url.Values) (f Filter, last string, err error) {
	for name, values := range query {
		label, isLabel := strings.CutPrefix(name, labelPrefix)
		switch {
		case name == "type":
			f.Types = values
		case len(values) != 1:
			return Filter{}, "", fmt.Errorf("%w: %q is given more than once", ErrFilter, name)
		case name == "last":
			last = values[0]
		case isLabel && label != "":
			if f.Labels == nil {
				f.Labels = map[string]string{}
			}
			f.Labels[label] = values[0]
		default:
			return Filter{}, "", fmt.Errorf("%w: there is no parameter %q: type, label.<name> and last are", ErrFilter, name)
		}
	}
	return f, last, nil
}
