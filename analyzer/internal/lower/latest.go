package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// held numbers, in Statement.Latest, rows that nobody changes until the transaction ends.
const held = 1

// lockRows notes the tables whose rows FOR UPDATE and its kin lock: those that it names, those of the subqueries and views that it
// names, all without a name; not those of WITH queries (PostgreSQL manual, SELECT, The Locking Clause). FOR KEY SHARE lets others
// change what is no key, so that rows of two such locks need not be there together.
func (l *lowerer) lockRows(clauses []*pg.Node, from []query.Rel) {
	for _, n := range clauses {
		number := held
		if n.GetLockingClause().GetStrength() == pg.LockClauseStrength_LCS_FORKEYSHARE {
			l.keyShares++
			number += l.keyShares
		}
		var of []string
		for _, rel := range n.GetLockingClause().GetLockedRels() {
			of = append(of, rel.GetRangeVar().GetRelname())
		}
		for _, r := range from {
			l.lockRel(r, of, number)
		}
	}
}

func (l *lowerer) lockRel(r query.Rel, of []string, number int) {
	named := func(alias string) bool { return len(of) == 0 || slices.Contains(of, alias) }
	switch r := r.(type) {
	case *query.Base:
		if named(r.Alias) {
			put(&l.latest, r.ID, number)
		}
	case *query.Derived:
		if sel, ok := r.Query.(*query.Select); ok && named(r.Alias) {
			for _, r := range sel.From {
				l.lockRel(r, nil, number)
			}
		}
	case *query.Join:
		l.lockRel(r.Left, of, number)
		l.lockRel(r.Right, of, number)
	case *query.CTERef, *query.Rows, *query.Opaque:
	default:
		panic(query.Unexpected(r))
	}
}
