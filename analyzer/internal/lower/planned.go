package lower

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// planned refuses a statement on t when planning it may run functions that nobody vouched
// for, of t or of a table whose rows are rows of t.
func (l *lowerer) planned(t *catalog.Table, at int32) {
	for _, t := range l.withChildren(t) {
		l.runsPlanning(t.PlanCalls, t.Name, at)
	}
}

// runsPlanning judges what planning a statement on a relation may run. What is built in
// and may stand in an index reads nothing.
func (l *lowerer) runsPlanning(calls []catalog.Name, on catalog.Name, at int32) {
	calls = slices.DeleteFunc(slices.Clone(calls), func(n catalog.Name) bool {
		return (n.Schema == "" || n.Schema == pgtype.SystemSchema) && pgtype.IsSystemFunction(n.Name) && pgtype.Dangerous[n.Name] == ""
	})
	before := len(l.opaque)
	l.judge(calls, at)
	for _, o := range l.opaque[before:] {
		o.Reason += "; planning a statement on " + on.String() + " may run it, for an index, statistics, the partition key or a check"
	}
}

// checksKeys judges the planning of the queries by which foreign keys are checked: of the
// rows that new ones refer to, and of those that refer to old ones
// (src/backend/utils/adt/ri_triggers.c).
func (l *lowerer) checksKeys(all []*catalog.Table, e event, at int32) {
	for _, t := range all {
		for _, fk := range t.Foreign {
			if ref := l.db.Table(fk.RefTable); ref != nil && e.kind != query.Delete {
				l.planned(ref, at)
			}
		}
		if e.kind == query.Insert {
			continue
		}
		kin := l.kin(t)
		for _, from := range l.db.Tables {
			if slices.ContainsFunc(from.Foreign, func(fk *catalog.ForeignKey) bool { return slices.Contains(kin, fk.RefTable) }) {
				l.planned(from, at)
			}
		}
	}
}
