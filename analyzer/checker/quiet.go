package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// quiet reports whether every row that ON CONFLICT can meet is of the proposed row's
// tenant. Otherwise the row is dropped in silence for another tenant's sake.
func (k *checker) quiet(w *query.Write, owner tenancy.Owner) bool {
	c, t := w.Conflict, w.Target.Table
	for _, r := range k.receivers(t) {
		if r.Unsure != "" && (c.Any || c.Constraint != "") {
			return false // it may have other keys, or this one over other columns
		}
	}
	if !c.Any {
		same := namesOf(t, arbiter(w))
		if c.Constraint != "" {
			same = constrained(t, c.Constraint)
		}
		return k.tells(t, owner, same, slices.ContainsFunc(k.receivers(t), hasEqualNulls))
	}
	for _, r := range k.receivers(t) {
		for _, key := range r.Keys {
			if !exactKey(key) || !k.tells(t, owner, key.Columns, key.NullsNotDistinct) {
				return false
			}
		}
		for _, x := range r.Exclusions {
			if !k.tells(t, owner, equalIn(x), false) {
				return false
			}
		}
	}
	return true
}

// meetsSiblings reports whether every row that ON CONFLICT can meet refers to the very
// parents of the proposed row, so that whose it is rests on no agreement of parents.
func (k *checker) meetsSiblings(w *query.Write, owner tenancy.Owner) bool {
	c, t := w.Conflict, w.Target.Table
	links := namesOf(t, saying(owner))
	all := func(same []string) bool {
		for _, link := range links {
			if !slices.Contains(same, link) {
				return false
			}
		}
		return true
	}
	switch {
	case c.Constraint != "":
		return all(constrained(t, c.Constraint))
	case !c.Any:
		return all(namesOf(t, arbiter(w)))
	}
	for _, r := range k.receivers(t) {
		for _, key := range r.Keys {
			if !all(key.Columns) {
				return false
			}
		}
		if len(r.Exclusions) > 0 {
			return false
		}
	}
	return true
}

func namesOf(t *catalog.Table, columns []int) []string {
	var names []string
	for _, c := range columns {
		names = append(names, t.Columns[c].Name)
	}
	return names
}

// constrained lists the columns in which rows that meet in the named constraint are equal.
func constrained(t *catalog.Table, name string) []string {
	for _, key := range t.Keys {
		if key.Name == name {
			return key.Columns
		}
	}
	for _, x := range t.Exclusions {
		if x.Name == name {
			return equalIn(x)
		}
	}
	return nil
}

func equalIn(x *catalog.Exclusion) []string {
	var names []string
	for _, e := range x.Elements {
		if !e.Special && e.Operator == "=" {
			names = append(names, e.Column)
		}
	}
	return names
}

// receivers lists the tables that may hold a row inserted into t: its partitions check
// keys of their own.
func (k *checker) receivers(t *catalog.Table) []*catalog.Table {
	list := []*catalog.Table{t}
	for _, name := range t.Children {
		if part := k.db.Table(name); part != nil && part.IsPartition {
			list = append(list, k.receivers(part)...)
		}
	}
	return list
}

func hasEqualNulls(t *catalog.Table) bool {
	return slices.ContainsFunc(t.Keys, func(key *catalog.Key) bool { return key.NullsNotDistinct })
}

// tells reports whether rows of t with equal values in the named columns have one
// tenant. Nulls that count as equal tell nothing of a table with several parents.
func (k *checker) tells(t *catalog.Table, owner tenancy.Owner, names []string, nulls bool) bool {
	has := func(column int) bool {
		return column >= 0 && slices.Contains(names, t.Columns[column].Name)
	}
	if owner.Kind == tenancy.Column {
		return has(owner.Column)
	}
	if slices.ContainsFunc(owner.Parents, func(p tenancy.Parent) bool { return len(p.When) > 0 }) {
		// Rows that agree in the key of one parent may be those of another.
		return !slices.ContainsFunc(saying(owner), func(c int) bool { return !has(c) || nulls && !t.Columns[c].NotNull })
	}
	for _, p := range owner.Parents {
		all := len(p.On) > 0
		for _, on := range p.On {
			all = all && has(on.Child) && (!nulls || len(owner.Parents) == 1 || t.Columns[on.Child].NotNull)
		}
		if all {
			return true
		}
	}
	return false
}
