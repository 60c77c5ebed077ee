package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// movable reports whether a change of a column of t may change whose a row is: it is one
// of the columns that say so, or one of them is computed from it.
func (k *checker) movable(t *catalog.Table, owner tenancy.Owner, column int) bool {
	says, name := namesOf(t, saying(owner)), t.Columns[column].Name
	return slices.Contains(says, name) || k.computes(t, says, name)
}

// computes reports whether a column of says is generated from the named one, in t or in
// a table whose rows are rows of t (PostgreSQL manual, 5.3 and 5.10).
func (k *checker) computes(t *catalog.Table, says []string, name string) bool {
	for _, s := range says {
		if c := t.Column(s); c != nil && c.Generated && slices.Contains(c.Reads, name) {
			return true
		}
	}
	return slices.ContainsFunc(t.Children, func(n catalog.Name) bool {
		heir := k.db.Table(n)
		return heir == nil || k.computes(heir, says, name)
	})
}

// anew reports whether any change of a row of t, or of a table whose rows are rows of t, may compute one of says anew.
func (k *checker) anew(t *catalog.Table, says []string) bool {
	return slices.ContainsFunc(says, func(s string) bool { c := t.Column(s); return c != nil && c.Anew }) ||
		slices.ContainsFunc(t.Children, func(n catalog.Name) bool {
			heir := k.db.Table(n)
			return heir == nil || k.anew(heir, says)
		})
}

// saying lists the columns of a row that say whose it is.
func saying(o tenancy.Owner) []int {
	if o.Kind == tenancy.Column {
		return []int{o.Column}
	}
	var list []int
	for _, p := range o.Parents {
		for _, on := range p.On {
			list = append(list, on.Child)
		}
		for _, m := range p.When {
			list = append(list, m.Column)
		}
	}
	return list
}

// twins lists the generated columns that have the value of the named column of t in
// every table that may receive a row inserted into t.
func (k *checker) twins(t *catalog.Table, name string) []int {
	var list []int
	for i, c := range t.Columns {
		same := true
		for _, r := range k.receivers(t) {
			g := r.Column(c.Name)
			same = same && g != nil && g.Generated && g.Copies == name
		}
		if same {
			list = append(list, i)
		}
	}
	return list
}
