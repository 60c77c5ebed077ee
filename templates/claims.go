package templates

import (
	"fmt"
	"maps"
	"slices"
)

// claims records who wants which name.
type claims map[string][]string

// add claims a name for what is described. An empty name is none.
func (c claims) add(name, what string) {
	if name != "" {
		c[name] = append(c[name], what)
	}
}

// clashes returns an error for each name that two want, and names both.
func (c claims) clashes() []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if by := c[name]; len(by) > 1 {
			errs = append(errs, fmt.Errorf("%s would be both %s and %s; rename one of them (in sqlc.yaml: \"rename\")", name, by[0], by[1]))
		}
	}
	return errs
}
