package fix

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// afterJoin are the words that end the ON of a join, at its depth.
var afterJoin = append([]string{"join", "left", "right", "full", "inner", "cross", "natural", "where", "on", ",", "when", "set"}, ends...)

// on adds a condition to the ON of the innermost outer join that need not find a row of an
// occurrence.
func (e *editor) on(offset int, condition string) bool {
	join := e.joinOf(offset - e.Unit.Base)
	if join == nil || join.GetQuals() == nil {
		return false // USING and NATURAL have no place for it
	}
	last := e.Unit.Base + parsetree.LastLocation(join.GetRarg())
	for i, t := range e.toks {
		if t.Start > last && t.Word == "on" {
			return e.and(i, e.clauseEnd(i+1, t.Depth, afterJoin), t.Depth, condition)
		}
	}
	return false
}

// joinOf is the innermost outer join that keeps rows without one of the occurrence at a
// location of the parse tree.
func (e *editor) joinOf(location int) *pg.JoinExpr {
	var found *pg.JoinExpr
	walk(e.Unit.Stmt, func(j *pg.JoinExpr) {
		var optional *pg.Node
		switch j.GetJointype() {
		case pg.JoinType_JOIN_LEFT:
			optional = j.GetRarg()
		case pg.JoinType_JOIN_RIGHT:
			optional = j.GetLarg()
		}
		if optional != nil && has(optional, location) {
			found = j // Walk comes to what is inside later
		}
	})
	return found
}

// has reports whether the table at a location is below n.
func has(n *pg.Node, location int) bool {
	found := false
	walk(n, func(r *pg.RangeVar) { found = found || int(r.GetLocation()) == location })
	return found
}

// derived puts a table into a subquery with its condition. A table whose columns are renamed,
// that is sampled, or that stands without its heirs is left alone.
func (e *editor) derived() bool {
	offset, c := e.failure.Pos.Start, e.failure.Missing
	at, ok := e.tokenAt(offset)
	if !ok || c == nil || e.condition() == "" || at > 0 && e.toks[at-1].Word == "only" {
		return false
	}
	name := at // its last token
	for name+2 < len(e.toks) && e.toks[name+1].Word == "." {
		name += 2
	}
	next := name + 1
	if next < len(e.toks) && e.toks[next].Word == "as" {
		next++
	}
	aliased := next < len(e.toks) && e.toks[next].Identifier
	if after := next + 1; after < len(e.toks) && aliased && e.toks[after].Word == "(" || next < len(e.toks) && (e.toks[next].Word == "tablesample" || e.toks[next].Word == "*") {
		return false
	}
	condition := e.condition()
	inside := quoted(c.Table.Name.Name) + "."
	if c.Parent == nil {
		condition, inside = strings.TrimPrefix(condition, e.qualifier), ""
	}
	condition = strings.ReplaceAll(condition, e.qualifier, inside)
	e.put(offset, e.keyword("(SELECT * FROM "))
	closing := e.keyword(" WHERE ") + condition + ")"
	if !aliased {
		closing += e.keyword(" AS ") + quoted(c.Name)
	}
	e.put(e.toks[name].End, closing)
	return true
}

// onOfMerge adds a condition to the ON of MERGE: the last one before WHEN.
func (e *editor) onOfMerge(offset int, condition string) bool {
	l, ok := e.levelOf(offset)
	if !ok {
		return false
	}
	when := e.clauseEnd(l.from, l.depth, []string{"when"})
	for i := when - 1; i >= l.from; i-- {
		if e.toks[i].Word == "on" && e.toks[i].Depth == l.depth {
			return e.and(i, when, l.depth, condition)
		}
	}
	return false
}

// walk visits the nodes of one kind.
func walk[M parsetree.Message](n *pg.Node, visit func(M)) {
	parsetree.Walk(n, func(m parsetree.Message) {
		if found, ok := m.(M); ok {
			visit(found)
		}
	})
}
