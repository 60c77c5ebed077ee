package prover

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Place is where a condition for an occurrence belongs.
type Place struct {
	Kind PlaceKind
	Join query.JoinKind // of InOn
	// Or tells that what stands there has OR between its conditions, so that AND behind it
	// would belong to the last of them.
	Or bool
	// Shown is the tenant's column in the derived tables around an occurrence that a view or
	// function has, nil when they do not show it.
	Shown *Shown
}

// Shown is a column of a derived table.
type Shown struct{ Alias, Name string }

// PlaceKind tells the kinds of places apart.
type PlaceKind int

// The kinds of a Place.
const (
	InNewWhere  PlaceKind = iota // its level has no WHERE yet
	InWhere                      // AND in its WHERE
	InOn                         // AND in the ON of its outer join
	InOnOfMerge                  // AND in the ON of MERGE
	InDerived                    // a FULL JOIN keeps both sides whole: inside of a subquery
	InSource                     // WHEN NOT MATCHED of MERGE has rows of its source that ON leaves out: inside of a subquery
	InUsing                      // its outer join has USING in place of ON: inside of a subquery
	InRenamed                    // its columns go by other names: inside of a subquery
	InView                       // in the text of a view
	InFunction                   // in the body of a function
)

// Behind tells what stands between an occurrence and the conditions outside of its level.
type Behind int

// What may stand there. That conditions may stand outside, with nothing between, is outside.
const (
	outside Behind = iota + 1
	BehindLimit
	BehindWindow
	BehindAggregate
)

// placeOf finds where a condition for an occurrence belongs.
func placeOf(st *query.Statement, b *query.Base, owner tenancy.Owner) Place {
	pl := location{tenant: owner.Column}
	pl.find(st.Root, b, 0)
	at := Place{Kind: InNewWhere}
	switch {
	case strings.HasPrefix(b.Via, "function "):
		at.Kind = InFunction
	case pl.found && b.Via != "":
		at.Kind = InView
	case pl.outer && pl.on == query.Full:
		at.Kind = InDerived
	case pl.unmatched && b != pl.target:
		at.Kind = InSource
	case b.Renamed:
		at.Kind = InRenamed
	case pl.merge:
		at.Kind, at.Or = InOnOfMerge, pl.or
	case pl.outer && pl.using:
		at.Kind = InUsing
	case pl.outer:
		at.Kind, at.Join, at.Or = InOn, pl.on, pl.or
	case pl.where || !pl.found:
		at.Kind, at.Or = InWhere, pl.or
	}
	if b.Via != "" && owner.Kind == tenancy.Column {
		at.Shown = pl.shown
	}
	return at
}

// location is where an occurrence stands, to tell where a condition for it belongs.
type location struct {
	found bool
	where bool // its level has a WHERE already
	or    bool // the condition that filters it has OR
	using bool // the outer join that filters it has USING
	inner bool // it stands in a subquery of the level that is looked at
	// outer tells that the ON of an outer join filters it, on of which; merge that of MERGE.
	outer, merge bool
	unmatched    bool // MERGE has WHEN NOT MATCHED
	target       *query.Base
	on           query.JoinKind
	// behind tells why conditions outside come too late, 0 when nothing stands between.
	behind Behind
	// tenant is the column that says whose a row is; col is where the derived tables around
	// the occurrence show it, nil when they do not, and shown how it goes by there.
	tenant int
	col    *query.Col
	shown  *Shown
}

// find looks for an occurrence below q.
func (pl *location) find(q query.Query, b *query.Base, behind Behind) {
	if pl.found {
		return
	}
	switch q := q.(type) {
	case *query.Select:
		inside := behind
		switch {
		case behind == 0: // nobody asks anything of it from outside
		case q.Limited:
			inside = BehindLimit
		case len(q.Windows) > 0:
			inside = BehindWindow
		case q.Aggregate:
			inside = BehindAggregate
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
		pl.level(append([]query.Rel{q.Target}, q.From...), q.Where, b, 0)
		if q.Kind == query.Merge && pl.found && !pl.inner {
			pl.merge, pl.target = true, q.Target
			pl.unmatched = q.Inserts()
		}
		pl.expr(q.Where, b)
		if q.Source != nil {
			pl.find(q.Source, b, 0)
		}
		for _, s := range q.Sets {
			pl.expr(s.Value, b)
		}
		pl.with(q.With, b)
	case *query.Values:
	default:
		panic(query.Unexpected(q))
	}
}

func (pl *location) with(ctes []*query.CTE, b *query.Base) {
	for _, c := range ctes {
		pl.find(c.Query, b, outside)
	}
}

func (pl *location) level(from []query.Rel, where query.Expr, b *query.Base, behind Behind) {
	for _, r := range from {
		pl.rel(r, b, beside{where: where != nil, or: isOr(where)}, behind)
	}
}

// beside is what filters a relation of FROM: WHERE, or the ON of an outer join.
type beside struct {
	where, outer, or, using bool
	on                      query.JoinKind
}

// by is what filters a relation as an outer join of a kind does.
func (s beside) by(j *query.Join) beside {
	s.outer, s.on, s.or, s.using = true, j.Kind, isOr(j.On), j.Using
	return s
}

func isOr(e query.Expr) bool {
	or, ok := e.(*query.Or)
	return ok && !or.In
}

func (pl *location) rel(r query.Rel, b *query.Base, by beside, behind Behind) {
	switch r := r.(type) {
	case *query.Base:
		if r == b {
			if behind == outside {
				behind = 0
			}
			*pl = location{found: true, where: by.where, outer: by.outer, on: by.on, or: by.or, using: by.using, behind: behind, col: &query.Col{Rel: b.ID, Index: pl.tenant}}
		}
	case *query.Derived:
		before := pl.found
		pl.find(r.Query, b, cmp.Or(behind, outside))
		if pl.found && !before {
			pl.inner = true
			pl.through(r)
		}
	case *query.Join:
		left, right := by, by
		if r.Kind == query.Left || r.Kind == query.Full {
			right = right.by(r)
		}
		if r.Kind == query.Right || r.Kind == query.Full {
			left = left.by(r)
		}
		pl.rel(r.Left, b, left, behind)
		pl.rel(r.Right, b, right, behind)
		pl.expr(r.On, b)
	case *query.CTERef, *query.Rows:
	default:
		panic(query.Unexpected(r))
	}
}

// through follows the tenant's column out of a derived table.
func (pl *location) through(d *query.Derived) {
	pl.shown = nil
	sel, _ := d.Query.(*query.Select)
	if sel == nil || pl.col == nil || pl.behind != 0 {
		return
	}
	for i, o := range sel.Out {
		if c, ok := o.Expr.(*query.Col); ok && c.Rel == pl.col.Rel && c.Index == pl.col.Index && i < len(d.Out) && !d.Out[i].Open {
			pl.col, pl.shown = &query.Col{Rel: d.ID, Index: i}, &Shown{d.Alias, d.Out[i].Name}
			return
		}
	}
	pl.col = nil
}

func (pl *location) expr(e query.Expr, b *query.Base) {
	if sub, ok := e.(*query.Sub); ok {
		pl.find(sub.Query, b, 0)
		return
	}
	for _, part := range query.Operands(e) {
		pl.expr(part, b)
	}
}
