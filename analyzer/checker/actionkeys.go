package checker

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// reachesOthers reports whether the action of fk may change rows that do not refer to the
// changed row. PostgreSQL compares under the collation of the referencing column, while the
// key itself is checked under that of the referenced one, and types that differ are cast
// (src/backend/utils/adt/ri_triggers.c): only one equality on both sides finds the same rows. An operator class of its own may have an equality of its own.
func reachesOthers(to, from *catalog.Table, fk *catalog.ForeignKey) bool {
	if fk.Class {
		return true
	}
	for i, c := range fk.Columns {
		a, b := from.Column(c), to.Column(fk.RefColumns[i])
		if a == nil || b == nil || a.Value.Nondeterministic || b.Value.Nondeterministic {
			return true
		}
		alike := a.Value.Type == b.Value.Type && a.Value.Kind == b.Value.Kind && a.Value.Array == b.Value.Array
		if !alike && !sameTenant(a, b) {
			return true
		}
	}
	return false
}

// bindsColumn reports whether fk makes column c of from hold the very value of column d of to.
func (k *checker) bindsColumn(fk *catalog.ForeignKey, from *catalog.Table, c string, to *catalog.Table, d string) bool {
	return k.refersBy(fk, c, d) && sameTenant(from.Column(c), to.Column(d))
}

// bindsLink reports whether fk makes rows of from hold the very key of the row that they belong to.
func (k *checker) bindsLink(fk *catalog.ForeignKey, from, to *catalog.Table) bool {
	if !k.isLink(to, from, fk) {
		return false
	}
	for _, on := range k.own.Of(from).Parents[0].On {
		if !sameTenant(from.Columns[on.Child], to.Columns[on.Parent]) {
			return false
		}
	}
	return true
}
