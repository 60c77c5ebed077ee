package lower

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Limits of one statement. They lie far above what people write and keep the time
// and memory of an analysis in proportion to its input.
const (
	// maxRelations bounds the occurrences of tables and functions, those in views and WITH
	// queries counted at every use: the proof compares them in pairs.
	maxRelations = 128
	// maxFromItems bounds the items of all FROM clauses, views unfolded.
	maxFromItems = 1000
	// maxColumns is PostgreSQL's own limit of a result (PostgreSQL manual, appendix K).
	maxColumns = 1664
	// maxConjuncts bounds the conditions that AND connects.
	maxConjuncts = 1000
	// maxRefusals bounds what is told about one statement.
	maxRefusals = 100
)

// tooBig refuses a statement that breaks a limit, once.
func (l *lowerer) tooBig(at int32, reason string) *query.Opaque {
	if l.big == nil {
		l.big = l.refuse(at, "unsupported-statement", reason, sqltext.TooBigHint)
	}
	return l.big
}

// countItem counts an item of a FROM clause and returns the refusal of too many.
func (l *lowerer) countItem(n *pg.Node) *query.Opaque {
	if l.items++; l.items > maxFromItems {
		return l.tooBig(parsetree.LocationOf(n), fmt.Sprintf("the statement's FROM clauses have more than %d items, those in views counted at each use", maxFromItems))
	}
	return nil
}

// relations counts n tables or functions and returns the refusal of too many.
func (l *lowerer) relations(n int) *query.Opaque {
	if l.load += n; l.load > maxRelations {
		return l.tooBig(-1, fmt.Sprintf("the statement reads more than %d relations, those in views and WITH queries counted at each use", maxRelations))
	}
	return nil
}

// conjuncts counts n conditions that AND connects; it returns the refusal of too many.
func (l *lowerer) conjuncts(n int, at int32) *query.Opaque {
	if l.ands += n; l.ands > maxConjuncts {
		return l.tooBig(at, fmt.Sprintf("the statement connects more than %d conditions with AND", maxConjuncts))
	}
	return nil
}

// columns refuses more output columns than a result can have.
func (l *lowerer) columns(outs []query.Output, at int32) []query.Output {
	if len(outs) <= maxColumns {
		return outs
	}
	return []query.Output{{Open: true, Expr: l.tooBig(at, fmt.Sprintf("a result has more than %d columns, the most that PostgreSQL allows", maxColumns))}}
}
