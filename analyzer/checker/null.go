package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
)

// A chain says that its ends are not distinct: set operations take two nulls for one
// value, keys and foreign keys do not (PostgreSQL manual, 5.4.3, 5.4.5 and 7.4). A step
// that rests on a constraint therefore wants a value at its ends.

// neverNull reports whether a column of a row of t has a value. Tables that inherit from t
// may lack its NOT NULL; partitions do not. DDL that is not followed may have dropped it.
func neverNull(t *catalog.Table, col int) bool {
	inherited := len(t.Children) > 0 && t.PartitionBy == ""
	return t.Columns[col].NotNull && !inherited && t.Unsure == ""
}

// compares reports whether a step of c is an equality that was evaluated: it was true, so
// neither side of it is null, and nor is what does not differ from them.
func compares(c certificate.Chain) bool {
	return slices.ContainsFunc(c, func(st certificate.Step) bool {
		return st.Kind == certificate.Condition || st.Kind == certificate.Member
	})
}
