package fix

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
)

// What follows keeps a fix from saying something else than the tenant's condition, of which no
// proof tells: the query would be confined all the same.

// taken reports whether the statement has a parameter of the name that the tenant's would get, for
// something else: nowhere is a column of that name equal to it, so that the two would become one.
func (e *editor) taken(p prover.Param) bool {
	if p.Name == "" {
		return false
	}
	found := false
	for i := range e.toks {
		start, end, ok := e.parameterAt(i, p.Name)
		if !ok {
			continue
		}
		if found = true; e.equal(start, end, p.Name) {
			return false
		}
	}
	return found
}

// parameterAt reports whether token i is the name of a parameter, @name or sqlc.arg(name) and its
// like, and from which token to which that is.
func (e *editor) parameterAt(i int, name string) (start, end int, ok bool) {
	text := func(i int) string { return e.Text[e.toks[i].Start:e.toks[i].End] }
	switch {
	case i < 1 || !strings.EqualFold(strings.Trim(text(i), `"'`), name):
		return 0, 0, false
	case e.toks[i-1].Word == "@":
		return i - 1, i, true
	case i > 3 && e.toks[i-1].Word == "(" && e.toks[i-3].Word == "." && strings.EqualFold(text(i-4), "sqlc"):
		return i - 4, i + 1, true
	}
	return 0, 0, false
}

// equal reports whether an equality with a column of a name stands beside the tokens of a parameter.
func (e *editor) equal(start, end int, column string) bool {
	is := func(i int) bool {
		return i >= 0 && i < len(e.toks) && strings.EqualFold(strings.Trim(e.Text[e.toks[i].Start:e.toks[i].End], `"`), column)
	}
	if start > 0 && e.toks[start-1].Word == "=" {
		return is(start - 2)
	}
	if end+1 >= len(e.toks) || e.toks[end+1].Word != "=" {
		return false
	}
	other := end + 2
	for other+1 < len(e.toks) && e.toks[other+1].Word == "." {
		other += 2
	}
	return is(other)
}

// named reports whether a WITH query of the statement has the name of a table, which then means that.
func (e *editor) named(table string) bool {
	found := false
	walk(e.Unit.Stmt, func(cte *pg.CommonTableExpr) { found = found || quoted(cte.GetCtename()) == table })
	return found
}

// ordinals reports whether a SELECT, or an arm of it, sorts, groups or tells rows apart by the place
// of a column, which is another one once a column stands in front.
func ordinals(s *pg.SelectStmt) bool {
	if s == nil {
		return false
	}
	at := slices.Concat(s.GetGroupClause(), s.GetDistinctClause())
	for _, n := range s.GetSortClause() {
		at = append(at, n.GetSortBy().GetNode())
	}
	return slices.ContainsFunc(at, ordinal) || ordinals(s.GetLarg()) || ordinals(s.GetRarg())
}

// ordinal reports whether an element, or one of a grouping set's, is a number.
func ordinal(n *pg.Node) bool {
	if set := n.GetGroupingSet(); set != nil {
		return slices.ContainsFunc(set.GetContent(), ordinal)
	}
	if row := n.GetRowExpr(); row != nil {
		return slices.ContainsFunc(row.GetArgs(), ordinal)
	}
	return n.GetAConst() != nil
}
