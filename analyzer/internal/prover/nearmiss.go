package prover

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// NearMiss is a condition on an occurrence's tenant column that looks sufficient and is not.
type NearMiss struct {
	Why  NearKind
	Text string         // of the condition, "" where that is no equality
	Join query.JoinKind // whose ON does not filter
	// Param is compared in more than one way: as Types, nil where those are not known.
	Param *query.Param
	Types []query.Type
	// Among tells that the tenant column is one of an array's elements, in a statement that may be one for a set of tenants.
	Among bool
}

// NearKind tells why a condition does not do.
type NearKind int

// The reasons. Those from InHaving on are about the place where a condition stands.
const (
	NoEquality   NearKind = iota + 1 // it is no equality with one value
	OneTenant                        // it compares with a literal
	OtherColumn                      // it compares with a column that nothing confines
	Computed                         // it compares with a computed value
	MixedParam                       // its parameter is not one value in all places
	InHaving                         // it filters groups
	InSelectList                     // it filters nothing
	OnPreserves                      // it stands in the ON of an outer join that keeps its rows
	UnderOr                          // another arm of OR lets other rows through
	Negated                          // it stands under NOT
	OneOfSeveral                     // it is IN with several values
	Chosen                           // it compares with COALESCE or its like, which may be any of several values
	FromSession                      // it compares with a setting of the session

	lastNear = FromSession
)

// NearKinds lists every kind that there is.
func NearKinds() []NearKind {
	var all []NearKind
	for k := NoEquality; k <= lastNear; k++ {
		all = append(all, k)
	}
	return all
}

// nearMiss looks for a condition on the occurrence's tenant column that looks
// sufficient, and why it is not; nil without one.
func nearMiss(st *query.Statement, b *query.Base, owner tenancy.Owner) *NearMiss {
	if owner.Kind != tenancy.Column {
		return nil
	}
	w := &misses{st: st, base: b, rel: b.ID, col: owner.Column}
	if w.query(st.Root, stand{}); w.found != nil {
		w.found.Among = w.among
	}
	return w.found
}

// misses walks a statement with what its place makes of a condition.
type misses struct {
	st    *query.Statement
	base  *query.Base
	rel   query.RelID
	col   int
	found *NearMiss
	best  bool // found is about a comparison with a parameter
	among bool
}

// stand is why a condition proves nothing where it stands; the zero stand is a good one.
type stand struct {
	why  NearKind
	join query.JoinKind
}

func (w *misses) query(q query.Query, at stand) {
	switch q := q.(type) {
	case *query.Select:
		for _, r := range q.From {
			w.relation(r)
		}
		w.expr(q.Where, at)
		w.expr(q.Having, stand{why: InHaving})
		for _, o := range q.Out {
			w.output(o.Expr)
		}
		w.with(q.With)
	case *query.SetOp:
		w.query(q.Left, at)
		w.query(q.Right, at)
		w.with(q.With)
	case *query.Write:
		for _, r := range q.From {
			w.relation(r)
		}
		w.expr(q.Where, at)
		w.with(q.With)
		if q.Source != nil {
			w.query(q.Source, at)
		}
	case *query.Values:
	default:
		panic(query.Unexpected(q))
	}
}

// output looks at an output expression: only what is a condition there is a mistake.
func (w *misses) output(e query.Expr) {
	switch e := e.(type) {
	case *query.Eq:
		w.equality(e, stand{why: InSelectList})
	case *query.Sub:
		w.query(e.Query, stand{})
	default:
		for _, part := range query.Operands(e) {
			w.output(part)
		}
	}
}

func (w *misses) with(ctes []*query.CTE) {
	for _, c := range ctes {
		w.query(c.Query, stand{})
	}
}

func (w *misses) relation(r query.Rel) {
	switch r := r.(type) {
	case *query.Derived:
		w.query(r.Query, stand{})
	case *query.Join:
		w.relation(r.Left)
		w.relation(r.Right)
		at := stand{}
		if w.preserved(r) {
			at = stand{OnPreserves, r.Kind}
		}
		w.expr(r.On, at)
	case *query.Base, *query.CTERef, *query.Rows:
	default:
		panic(query.Unexpected(r))
	}
}

// preserved reports whether the occurrence is on a side whose rows the ON of r keeps.
func (w *misses) preserved(r *query.Join) bool {
	var left, right location
	left.rel(r.Left, w.base, beside{}, 0)
	right.rel(r.Right, w.base, beside{}, 0)
	return left.found && (r.Kind == query.Left || r.Kind == query.Full) || right.found && (r.Kind == query.Right || r.Kind == query.Full)
}

func (w *misses) expr(e query.Expr, at stand) {
	switch e := e.(type) {
	case *query.And:
		for _, a := range e.Args {
			w.expr(a, at)
		}
	case *query.Or:
		for _, a := range e.Args {
			w.expr(a, stand{why: arm(e)})
		}
	case *query.Not:
		w.expr(e.Arg, stand{why: Negated})
	case *query.Eq:
		w.equality(e, at)
	case *query.Op:
		w.among = w.among || e.Among != nil && w.mentions(e)
		if w.mentions(e) && w.found == nil {
			if w.found = special(e.Args...); w.found == nil || e.Text != "=" {
				w.found = &NearMiss{Why: NoEquality, Text: e.Text}
			}
			if at.why != 0 {
				w.found = &NearMiss{Why: at.why, Join: at.join}
			}
		}
		for _, a := range e.Args {
			w.expr(a, at)
		}
	case *query.Sub:
		var inside location
		if inside.find(e.Query, w.base, 0); inside.found {
			at = stand{} // its own conditions are what counts there
		}
		if e.Kind == query.In && w.found == nil && slices.ContainsFunc(e.Args, w.column) {
			w.found = special(query.Exprs(query.Outputs(e.Query))...)
		}
		w.query(e.Query, at)
	case nil, *query.Col, *query.Param, *query.Const, *query.IsNotNull:
	default:
		panic(query.Unexpected(e))
	}
}

func arm(e *query.Or) NearKind {
	if e.In {
		return OneOfSeveral
	}
	return UnderOr
}

func (w *misses) mentions(o *query.Op) bool {
	return slices.ContainsFunc(o.Args, w.column)
}

// column reports whether an expression is the tenant column.
func (w *misses) column(e query.Expr) bool {
	c, ok := e.(*query.Col)
	return ok && c.Rel == w.rel && c.Index == w.col
}

// special is the near miss of an equality with what people take for the tenant: a choice, which may
// be the row's own, or a setting; nil when none of the expressions is one.
func special(es ...query.Expr) *NearMiss {
	for _, e := range es {
		o, ok := e.(*query.Op)
		switch {
		case !ok:
		case strings.HasSuffix(o.Text, "current_setting"):
			return &NearMiss{Why: FromSession, Text: o.Text}
		case o.Chooses || o.Text == "coalesce":
			return &NearMiss{Why: Chosen, Text: strings.ToUpper(o.Text)}
		}
		if found := special(query.Operands(e)...); found != nil {
			return found
		}
	}
	return nil
}

func (w *misses) equality(e *query.Eq, at stand) {
	for _, side := range [][2]query.Expr{{e.L, e.R}, {e.R, e.L}} {
		c, ok := side[0].(*query.Col)
		_, param := side[1].(*query.Param)
		if !ok || c.Rel != w.rel || c.Index != w.col || w.found != nil && (w.best || !param) {
			continue
		}
		w.best = param
		switch other := side[1].(type) {
		case *query.Const:
			w.found = &NearMiss{Why: OneTenant, Text: e.Text}
		case *query.Col:
			w.found = &NearMiss{Why: OtherColumn, Text: e.Text}
		case *query.Op:
			if w.found = special(other); w.found == nil {
				w.found = &NearMiss{Why: Computed, Text: e.Text}
			}
		case *query.Param:
			if other.Mixed {
				w.found = mixedParam(w.st, other)
			}
		case nil, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.IsNotNull:
		default:
			panic(query.Unexpected(other))
		}
		// Elsewhere, too, a column that is confined to nothing would not do.
		if at.why != 0 && (param || w.found == nil) {
			w.found = &NearMiss{Why: at.why, Join: at.join, Text: e.Text}
		}
	}
}

// mixedParam tells how a parameter is compared that is not one value in all places.
func mixedParam(st *query.Statement, param *query.Param) *NearMiss {
	miss := &NearMiss{Why: MixedParam, Param: param}
	if info := st.Param(param.Number); len(info.Equals) > 1 {
		miss.Types = info.Equals
	}
	return miss
}
