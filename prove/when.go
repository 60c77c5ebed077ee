package prove

import (
	"fmt"
	"maps"
	"slices"
)

// told gives a row the values by which it belongs to a declared parent, where they are
// still free.
func (r *ref) told(values []*string, set []bool) {
	for c, v := range r.when {
		if !set[c] {
			values[c], set[c] = &v, true
		}
	}
}

// applies reports whether a row with these values refers to the parent: it has those that
// the declaration asks for.
func (r *ref) applies(values []*string) bool {
	for c, v := range r.when {
		if values[c] == nil || *values[c] != v {
			return false
		}
	}
	return true
}

// matches are the conditions under which the row of t that has a name refers to the parent.
func (r *ref) matches(t *table, name string) []string {
	var all []string
	for _, c := range slices.Sorted(maps.Keys(r.when)) {
		v := r.when[c]
		all = append(all, fmt.Sprintf("%s.%s = %s", name, ident(t.columns[c].name), literal(&v)))
	}
	return all
}
