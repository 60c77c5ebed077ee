package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// with lowers a WITH clause and returns the environment of its statement. The
// CTEs come in an order in which each refers only to earlier ones.
func (l *lowerer) with(w *pg.WithClause, outer *scope, env *cteEnv) ([]*query.CTE, *cteEnv) {
	if w == nil {
		return nil, env
	}
	var done []*query.CTE
	var defs []*cteDef
	for _, n := range w.GetCtes() {
		c := n.GetCommonTableExpr()
		if c == nil {
			l.unsupported(n)
			continue
		}
		def := &cteDef{raw: c, outer: outer, done: &done, clause: slices.Clone(l.clause), via: l.via, path: l.path}
		defs = append(defs, def)
		if !w.GetRecursive() {
			def.env = env
			env = &cteEnv{env, c.GetCtename(), def}
			l.define(def)
		} else {
			env = &cteEnv{env, c.GetCtename(), def}
		}
	}
	if w.GetRecursive() {
		for _, def := range defs {
			def.env, def.recursive = env, true
		}
		for _, def := range defs {
			l.define(def)
		}
	}
	return done, env
}

// cteDef is a WITH query and the state of lowering it.
type cteDef struct {
	raw       *pg.CommonTableExpr
	outer     *scope
	env       *cteEnv
	recursive bool // declared under WITH RECURSIVE
	cte       *query.CTE
	state     int // 0 new, 1 being lowered, 2 done
	load      int // relations in it
	done      *[]*query.CTE
	clause    []byte
	via       *via
	path      []string
}

// define lowers a CTE once, at its first use at the latest.
func (l *lowerer) define(d *cteDef) *query.CTE {
	if d.state != 0 {
		return d.cte
	}
	d.state = 1
	load := l.load
	l.load = 0
	saved, savedVia, savedPath := l.clause, l.via, l.path
	l.clause, l.via, l.path = slices.Clone(d.clause), d.via, d.path
	defer func() { l.clause, l.via, l.path = saved, savedVia, savedPath }()
	l.known(d.raw.GetLocation(), "WITH", d.raw.GetCtematerialized())
	aliases := l.names(d.raw.GetAliascolnames(), "column list")
	d.cte = &query.CTE{Name: d.raw.GetCtename(), Materialized: d.raw.GetCtematerialized() == pg.CTEMaterialize_CTEMaterializeAlways, Pos: l.token(d.raw.GetLocation())}
	l.in(rankWith, func() {
		if sel := d.raw.GetCtequery().GetSelectStmt(); sel != nil && d.recursive && sel.GetOp() == pg.SetOperation_SETOP_UNION {
			d.cte.Query = l.recursiveUnion(sel, d)
		} else {
			d.cte.Query = l.subquery(d.raw.GetCtequery(), d.outer, d.env)
		}
	})
	if (d.raw.GetSearchClause() != nil || d.raw.GetCycleClause() != nil) && !d.cte.Recursive {
		l.refuse(d.raw.GetLocation(), "unsupported-syntax", "only a recursive WITH query has SEARCH and CYCLE", "leave the clause out")
	}
	d.cte.Out = append(renamed(query.Outputs(d.cte.Query), aliases), l.added(d.raw)...)
	d.state, d.load, l.load = 2, max(1, l.load), load
	*d.done = append(*d.done, d.cte)
	return d.cte
}

// added lists the columns that SEARCH and CYCLE add behind those of the query, for
// those who refer to it. They are computed from rows that the recursion finds anyway,
// and CYCLE drops rows that it has found before (PostgreSQL manual, 7.8.2.1 and
// 7.8.2.2); nothing can be said of their values.
func (l *lowerer) added(c *pg.CommonTableExpr) []query.Output {
	var out []query.Output
	add := func(name string) { out = append(out, query.Output{Name: name, Type: query.Unknown}) }
	if s := c.GetSearchClause(); s != nil {
		add(s.GetSearchSeqColumn())
	}
	if y := c.GetCycleClause(); y != nil {
		add(y.GetCycleMarkColumn())
		add(y.GetCyclePathColumn())
		for _, n := range []*pg.Node{y.GetCycleMarkValue(), y.GetCycleMarkDefault()} {
			if n.GetAConst() == nil && n.GetTypeCast().GetArg().GetAConst() == nil {
				l.unsupported(n)
			}
		}
	}
	return out
}

// recursiveUnion lowers the two terms of a possibly recursive query; the first
// gives the columns that the second sees (PostgreSQL manual, 7.8.2.1).
func (l *lowerer) recursiveUnion(s *pg.SelectStmt, d *cteDef) query.Query {
	op := &query.SetOp{Kind: query.Union, All: s.GetAll()}
	l.only(s, "set operation")
	env := d.env
	op.With, env = l.with(s.GetWithClause(), d.outer, env)
	l.in(rankLarg, func() { op.Left = l.query(s.GetLarg(), d.outer, env) })
	d.cte.Out = renamed(query.Outputs(op.Left), parsetree.Strings(d.raw.GetAliascolnames()))
	l.in(rankRarg, func() { op.Right = l.query(s.GetRarg(), d.outer, env) })
	l.finishSetOp(op, s, d.outer, env)
	return op
}

// renamed applies a column alias list, which may be shorter than the columns. From
// the first unknown number of columns on nobody knows which column an alias names:
// a list that reaches so far leaves only unknown columns there.
func renamed(outs []query.Output, aliases []string) []query.Output {
	named := make([]query.Output, len(outs))
	lost := false
	for i, o := range outs {
		lost = lost || o.Open && i < len(aliases)
		named[i] = query.Output{Name: o.Name, Type: o.Type, Open: o.Open || lost}
		if i < len(aliases) {
			named[i].Name = aliases[i]
		}
	}
	return named
}

// cteEnv is the chain of WITH queries that a name can mean, innermost first.
type cteEnv struct {
	parent *cteEnv
	name   string
	def    *cteDef
}

func (e *cteEnv) find(name string) *cteDef {
	for ; e != nil; e = e.parent {
		if e.name == name {
			return e.def
		}
	}
	return nil
}
