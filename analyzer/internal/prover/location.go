package prover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// location is where an occurrence stands, to tell where a condition for it belongs.
type location struct {
	found bool
	where bool   // its level has a WHERE already
	on    string // the outer join whose ON filters it, "" when WHERE does
	// behind tells why conditions outside come too late, "" when nothing stands between.
	behind string
	view   string // the view whose text it is in
	// tenant is the column that says whose a row is; col is where the derived tables around
	// the occurrence show it, shown how it is written there, "" when they do not.
	tenant int
	col    query.Col
	shown  string
}

// find looks for an occurrence below q.
func (pl *location) find(q query.Query, b *query.Base, behind string) {
	if pl.found {
		return
	}
	switch q := q.(type) {
	case *query.Select:
		inside := behind
		switch {
		case behind == "": // nobody asks anything of it from outside
		case q.Limited:
			inside = "behind LIMIT it is too late to choose rows"
		case len(q.Windows) > 0:
			inside = "behind a window function it is too late to choose rows, unless every PARTITION BY has the tenant"
		case q.Aggregate:
			inside = "behind an aggregate it is too late to choose rows"
		}
		pl.level(q.From, q.Where, b, inside)
		for _, e := range slices.Concat([]query.Expr{q.Where, q.Having}, q.Rest, query.Exprs(q.Out)) {
			pl.expr(e, b)
		}
		pl.with(q.With, b)
	case *query.SetOp:
		pl.find(q.Left, b, behind)
		pl.find(q.Right, b, behind)
		pl.with(q.With, b)
	case *query.Write:
		pl.level(append([]query.Rel{q.Target}, q.From...), q.Where, b, "")
		if q.Kind == query.Merge && pl.found {
			pl.on = "MERGE"
		}
		pl.expr(q.Where, b)
		if q.Source != nil {
			pl.find(q.Source, b, "")
		}
		for _, s := range q.Sets {
			pl.expr(s.Value, b)
		}
		pl.with(q.With, b)
	}
}

func (pl *location) with(ctes []*query.CTE, b *query.Base) {
	for _, c := range ctes {
		pl.find(c.Query, b, outside)
	}
}

// outside tells that conditions may stand outside, and that nothing is behind yet.
const outside = " "

func (pl *location) level(from []query.Rel, where query.Expr, b *query.Base, behind string) {
	for _, r := range from {
		pl.rel(r, b, where != nil, "", behind)
	}
}

func (pl *location) rel(r query.Rel, b *query.Base, where bool, on, behind string) {
	switch r := r.(type) {
	case *query.Base:
		if r == b {
			*pl = location{found: true, where: where, on: on, behind: strings.TrimSpace(behind), view: b.Via, col: query.Col{Rel: b.ID, Index: pl.tenant}}
		}
	case *query.Derived:
		before := pl.found
		pl.find(r.Query, b, cmp.Or(behind, outside))
		if pl.found && !before {
			pl.through(r)
		}
	case *query.Join:
		left, right := on, on
		if r.Kind == query.Left || r.Kind == query.Full {
			right = r.Kind.String()
		}
		if r.Kind == query.Right || r.Kind == query.Full {
			left = r.Kind.String()
		}
		pl.rel(r.Left, b, where, left, behind)
		pl.rel(r.Right, b, where, right, behind)
		pl.expr(r.On, b)
	}
}

// through follows the tenant's column out of a derived table.
func (pl *location) through(d *query.Derived) {
	pl.shown = ""
	sel, _ := d.Query.(*query.Select)
	if sel == nil || pl.behind != "" {
		return
	}
	for i, o := range sel.Out {
		if c, ok := o.Expr.(*query.Col); ok && c.Rel == pl.col.Rel && c.Index == pl.col.Index && i < len(d.Out) && !d.Out[i].Open {
			pl.col, pl.shown = query.Col{Rel: d.ID, Index: i}, catalog.QuoteIdent(d.Alias)+"."+catalog.QuoteIdent(d.Out[i].Name)
			return
		}
	}
	pl.col = query.Col{Rel: -1}
}

func (pl *location) expr(e query.Expr, b *query.Base) {
	if sub, ok := e.(*query.Sub); ok {
		pl.find(sub.Query, b, "")
		return
	}
	for _, part := range query.Operands(e) {
		pl.expr(part, b)
	}
}

// advice says where to write a condition for an occurrence.
func advice(st *query.Statement, b *query.Base, condition string) string {
	var pl location
	pl.find(st.Root, b, "")
	switch {
	case strings.HasPrefix(b.Via, "function "):
		return fmt.Sprintf("give %s the tenant as an argument, and compare it in its body", b.Via)
	case pl.view != "":
		return fmt.Sprintf("%s does not show the tenant of %s: read the table, or give the view the column and add the condition", pl.view, b.Table.Name)
	case pl.on == "FULL JOIN":
		return fmt.Sprintf("FULL JOIN keeps both sides whole: join (SELECT * FROM %s WHERE …) with the condition inside it", b.Table.Name)
	case pl.on == "MERGE":
		return "add AND " + condition + " to the ON of MERGE"
	case pl.on != "":
		return "add AND " + condition + " to the ON of its " + pl.on
	case pl.where || !pl.found:
		return "add AND " + condition + " to its WHERE"
	}
	return "add WHERE " + condition
}
