package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// strays reports whether columns of fk are not equal in the same way for the key and for
// its action, and which pair of them where one alone is not. PostgreSQL looks up the row referred to under the
// collation of the referenced column, and the rows that an action changes under that of
// the referencing one, after a cast where the types differ (src/backend/utils/adt/
// ri_triggers.c, ri_GenerateQual and ri_GenerateQualCollation): it may change rows that
// refer to another row, or to none.
func strays(from, to *catalog.Table, fk *catalog.ForeignKey) (pair [2]string, yes bool) {
	if len(fk.Columns) != len(fk.RefColumns) || fk.Class {
		return pair, true
	}
	for i, name := range fk.Columns {
		if a, b := from.Column(name), to.Column(fk.RefColumns[i]); a == nil || b == nil || !sameEquality(a, b) {
			return [2]string{name, fk.RefColumns[i]}, true
		}
	}
	return pair, false
}

// sameEquality reports whether two columns have one equality: that of their family, or of
// their very type.
func sameEquality(a, b *catalog.Column) bool {
	x, y := a.Value, b.Value
	if x.Nondeterministic || y.Nondeterministic {
		return false
	}
	return oneFamily(a, b) || x.Type == y.Type && x.Kind == y.Kind && x.Array == y.Array
}

// oneFamily reports whether what is equal in the two columns is the same.
func oneFamily(a, b *catalog.Column) bool {
	return tenancy.Family(a) != "" && tenancy.Family(a) == tenancy.Family(b)
}

// identicalLink reports whether a row's link to its one parent holds the parent's very key.
func identicalLink(m *tenancy.Map, from, to *catalog.Table) bool {
	return !slices.ContainsFunc(m.Of(from).Parents[0].On, func(on tenancy.Pair) bool {
		return !oneFamily(from.Columns[on.Child], to.Columns[on.Parent])
	})
}

// stray refuses an action that reaches rows which need not refer to the changed ones.
func (r *reach) stray(c change, deleted bool, pair [2]string) {
	r.refuse(ReachesStrays, KeyAction{Table: c.table, Path: c.keys, Deleted: deleted, Pair: pair})
}
