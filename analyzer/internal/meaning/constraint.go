package meaning

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// settle carries changes on along foreign keys (PostgreSQL manual, 5.4.5), and makes the run fail
// where a constraint is violated in the end.
func settle(st *query.Statement, before, after State, c *changes) {
	gone := map[*catalog.Table][]moved{}
	for t, rows := range before {
		for _, r := range rows {
			if next, ok := c.next[&r[0]]; ok {
				gone[t] = append(gone[t], moved{r, next})
			}
		}
	}
	for rounds := 0; len(gone) > 0; rounds++ {
		if rounds > 10 {
			fail()
		}
		gone = carry(after, gone)
	}
	for t, rows := range after {
		for i, r := range rows {
			if !keeps(t, r, rows[:i], after) {
				fail()
			}
		}
	}
}

// moved is a row that is another one now, or none.
type moved struct{ old, next Row }

// carry does what foreign keys do to rows that refer to those that are gone, and returns what it changed.
func carry(after State, gone map[*catalog.Table][]moved) map[*catalog.Table][]moved {
	out := map[*catalog.Table][]moved{}
	for t := range after {
		for _, fk := range t.Foreign {
			for to, rows := range gone {
				if fk.RefTable != to.Name {
					continue
				}
				for _, g := range rows {
					out[t] = append(out[t], carryOne(after, t, to, fk, g)...)
				}
			}
		}
	}
	for t, rows := range out {
		if len(rows) == 0 {
			delete(out, t)
		}
	}
	return out
}

func carryOne(after State, t, to *catalog.Table, fk *catalog.ForeignKey, g moved) []moved {
	cols, refs := t.ColumnIndexes(fk.Columns), to.ColumnIndexes(fk.RefColumns)
	action := fk.OnDelete
	if g.next != nil {
		if action = fk.OnUpdate; !slices.ContainsFunc(refs, func(c int) bool { return g.old[c] != g.next[c] }) {
			return nil
		}
	}
	var out []moved
	kept := []Row{}
	for _, r := range after[t] {
		refers := true
		for i, c := range cols {
			refers = refers && equal(r[c], g.old[refs[i]]).True()
		}
		if !refers || action == "" || action == "restrict" { // what refers to nothing fails in the end
			kept = append(kept, r)
			continue
		}
		var next Row
		if action != "cascade" || g.next != nil {
			next = slices.Clone(r)
			for i, c := range cols {
				if next[c] = Null; action == "cascade" {
					next[c] = g.next[refs[i]]
				}
			}
			kept = append(kept, next)
		}
		out = append(out, moved{r, next})
	}
	after[t] = kept
	return out
}

// given reports whether a row has a value wherever it must.
func given(t *catalog.Table, r Row) bool {
	for i, c := range t.Columns {
		if c.NotNull && r[i] == Null {
			return false
		}
	}
	return true
}

// keeps reports whether a row satisfies every constraint beside others.
func keeps(t *catalog.Table, r Row, others []Row, in State) bool {
	if !given(t, r) {
		return false
	}
	for _, k := range t.Keys {
		if slices.ContainsFunc(others, func(o Row) bool { return clash(t, k, o, r) }) {
			return false
		}
	}
	for _, fk := range t.Foreign {
		cols := t.ColumnIndexes(fk.Columns)
		if slices.ContainsFunc(cols, func(c int) bool { return r[c] == Null }) {
			continue
		}
		found := false
		for to, rows := range in {
			if to.Name != fk.RefTable {
				continue
			}
			refs := to.ColumnIndexes(fk.RefColumns)
			found = slices.ContainsFunc(rows, func(o Row) bool {
				for i, c := range cols {
					if r[c] != o[refs[i]] {
						return false
					}
				}
				return true
			})
		}
		if !found {
			return false
		}
	}
	return true
}
