package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// arbiter lists the columns in which the row that is there has the values of the proposed
// one. Any unique index with the columns may be the arbiter, also one under another
// collation (PostgreSQL manual, INSERT, conflict_target): then they are equal for it only.
func arbiter(w *query.Write) []int {
	t := w.Target.Table
	var cols []int
	for _, c := range w.Arbiter() {
		if c < 0 || tenancy.Family(t.Columns[c]) == "" {
			continue
		}
		for _, k := range t.Keys {
			if !tenancy.Exact(k) && slices.Contains(k.Columns, t.Columns[c].Name) {
				return nil
			}
		}
		cols = append(cols, c)
	}
	return cols
}
