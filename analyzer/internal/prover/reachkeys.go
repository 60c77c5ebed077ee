package prover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// strays returns a pair of fk's columns that are not equal in the same way for the key and
// for its action, nil without one. PostgreSQL looks up the row referred to under the
// collation of the referenced column, and the rows that an action changes under that of
// the referencing one, after a cast where the types differ (src/backend/utils/adt/
// ri_triggers.c, ri_GenerateQual and ri_GenerateQualCollation): it may change rows that
// refer to another row, or to none.
func strays(from, to *catalog.Table, fk *catalog.ForeignKey) []string {
	if len(fk.Columns) != len(fk.RefColumns) {
		return []string{fk.Name, "what it refers to"}
	}
	if fk.Class {
		return []string{strings.Join(fk.Columns, ", "), strings.Join(fk.RefColumns, ", ") + " (by the operator class of its index)"}
	}
	for i, name := range fk.Columns {
		if a, b := from.Column(name), to.Column(fk.RefColumns[i]); a == nil || b == nil || !sameEquality(a, b) {
			return []string{name, fk.RefColumns[i]}
		}
	}
	return nil
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
func (r *reach) stray(c change, from *catalog.Table, fk *catalog.ForeignKey, pair []string) {
	hint := fmt.Sprintf("give %s and %s the same type, with a deterministic collation, or drop the key's action: %s NO ACTION refuses instead", pair[0], pair[1], event(c.deleted))
	if fk.Class {
		hint = "let it refer to a unique index without an operator class, or drop the key's action: " + event(c.deleted) + " NO ACTION refuses instead"
	}
	r.fail(finding.Finding{Rule: "unscoped-write", Base: r.write.Target, Pos: r.write.Target.Pos, Hint: hint,
		Message: fmt.Sprintf("%s rows of %s changes rows of %s that need not refer to them, by foreign key %s: %s and %s are not equal in the same way",
			r.verb(), r.write.Target.Table.Name, from.Name, fk.Name, pair[0], pair[1])})
}

// event is the clause of a foreign key that says what a change of referenced rows does.
func event(deleted bool) string {
	if deleted {
		return "ON DELETE"
	}
	return "ON UPDATE"
}
