package pgsql

import (
	"cmp"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Lowerer turns parsed statements into the query IR. It is safe for one
// goroutine at a time.
type Lowerer struct {
	DB *catalog.Database
	// Vouched lists the functions of which the user says that they touch no tenant's data.
	Vouched []Vouch
	// Forms asks for the forms of conditions, which only read_also needs.
	Forms bool
	// Literals are the values to recognise constants by, which only polymorphic parents need.
	Literals []string
	views    map[*catalog.View]*pg.Node
}

// Lower lowers the statement of u, which is a part of text.
func (w *Lowerer) Lower(u *Unit, text string) *query.Statement {
	if w.views == nil {
		w.views = map[*catalog.View]*pg.Node{}
	}
	l := &lowerer{Lowerer: w, db: w.DB, text: text, base: u.base, path: searchPath(w.DB.SearchPath), running: searchPath(w.DB.SearchPath), start: u.Span.Start}
	l.ambiguous(u.stmt)
	root := l.statement(u.stmt)
	l.supports()
	l.refuseLive()
	l.refuseDropped(u)
	l.unfollowed()
	st := &query.Statement{Root: root, Opaque: l.opaque, Targets: l.targets}
	st.Params = l.numberParams()
	st.Forms, st.Locks, st.Views, st.Unsaid = l.forms, l.locked, l.viewed, l.unsaid
	st.Literals = w.Literals
	st.Rels = int(l.rels)
	if l.big != nil {
		st.Opaque = []*query.Opaque{l.big} // what follows from it helps nobody
	}
	return st
}

func searchPath(path []string) []string {
	if len(path) == 0 {
		return []string{"public"}
	}
	return path
}

// lowerer is the state of lowering one statement.
type lowerer struct {
	*Lowerer
	db     *catalog.Database
	viewed []query.ViewUse
	text   string
	path   []string
	// running is the search path in force when the statement runs, in which functions
	// without one of their own find the names of their bodies.
	running []string
	start   int
	base    int // what to add to the parser's positions
	rels    query.RelID
	opaque  []*query.Opaque
	params  []*paramUse
	uses    map[*query.Param]*paramUse
	// clause is the path of clauses to the node being lowered, in sqlc's order of
	// visiting them: it decides how sqlc numbers named parameters.
	clause  []byte
	effects int      // calls with effects so far
	shared  []int32  // calls that change shared state, since the last condition
	via     *via     // the view being expanded
	body    *body    // the function being expanded
	depth   []int    // levels of the columns seen inside an aggregate's arguments
	unsaid  []string // functions that may be aggregates
	targets []*catalog.Table
	wrote   []wrote          // targets, with where they are written to
	reads   []*catalog.Table // tables so far, targets included
	live    []liveBody
	forms   map[query.Expr]query.Form
	// seen holds the user-defined types that the statement has values of, and where.
	seen map[catalog.Name]query.Span
	// domains holds what the checks of domains run that columns have, spread where other
	// values may become values of them.
	domains []catalog.Name
	spread  []query.Span
	locked  bool          // FOR UPDATE or its kin stands somewhere
	items   int           // items of FROM clauses so far
	load    int           // relations so far, WITH queries counted at each use
	ands    int           // conditions under AND so far
	big     *query.Opaque // the limit that the statement breaks
	// tables are the tables of occurrences, texts the operations that yield text, and sides
	// what the elements of the innermost IN list are compared with, and they themselves.
	tables map[query.RelID]*catalog.Table
	texts  map[query.Expr]bool
	sides  []operand
	// defaulting are the functions whose parameters' defaults are being judged.
	defaulting []*catalog.Function
	// first names the first column of each sub-select in an expression.
	first map[*pg.SubLink]string
}

// via is a view or function under expansion: its own text has no position in the query.
type via struct {
	view   *catalog.View // for a function, one of its name
	what   string        // "view x" or "function x"
	at     query.Span
	parent *via
}

func (l *lowerer) newRel() query.RelID {
	l.rels++
	return l.rels - 1
}

// filter lowers a condition that decides which rows matter. It may be evaluated
// for rows of other tenants too, so it must not change what they share.
func (l *lowerer) filter(f func()) {
	before := l.shared
	l.shared = nil
	f()
	for _, at := range l.shared {
		l.refuse(at, "effect-in-condition", "PostgreSQL may run this function for rows of other tenants before it drops them", "move the call to the select list")
	}
	l.shared = before
}

// in runs f with the clause rank pushed.
func (l *lowerer) in(rank byte, f func()) {
	l.clause = append(l.clause, rank)
	f()
	l.clause = l.clause[:len(l.clause)-1]
}

func (l *lowerer) statement(n *pg.Node) query.Query {
	switch s := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return l.query(s.SelectStmt, nil, nil)
	case *pg.Node_InsertStmt:
		return l.insert(s.InsertStmt, nil)
	case *pg.Node_UpdateStmt:
		return l.update(s.UpdateStmt, nil)
	case *pg.Node_DeleteStmt:
		return l.delete(s.DeleteStmt, nil)
	case *pg.Node_MergeStmt:
		return l.merge(s.MergeStmt, nil)
	}
	name, _ := ddlUnwrap(n)
	title := statementTitle(name)
	if v := n.GetVacuumStmt(); v != nil && !v.GetIsVacuumcmd() {
		title = "ANALYZE"
	}
	return l.refuse(-1, "unsupported-statement", title+" statements are never confined to one tenant",
		"run it as a migration, or declare it with -- tenantgen:cross-tenant <category> <reason>")
}

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
	d.cte.Out = renamed(query.Outputs(op.Left), names(d.raw.GetAliascolnames()))
	l.in(rankRarg, func() { op.Right = l.query(s.GetRarg(), d.outer, env) })
	l.finishSetOp(op, s, d.outer, env)
	return op
}

// subquery lowers a statement that stands where rows are expected.
func (l *lowerer) subquery(n *pg.Node, outer *scope, env *cteEnv) query.Query {
	switch s := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return l.query(s.SelectStmt, outer, env)
	case *pg.Node_InsertStmt:
		return l.insert(s.InsertStmt, env)
	case *pg.Node_UpdateStmt:
		return l.update(s.UpdateStmt, env)
	case *pg.Node_DeleteStmt:
		return l.delete(s.DeleteStmt, env)
	}
	return l.unsupported(n)
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

func names(nodes []*pg.Node) []string { return strings_(nodes) }

// Ranks of clauses in the order in which sqlc visits them to number named
// parameters (sqlc's internal/sql/astutils).
const (
	rankTargets byte = iota + 1
	rankFrom
	rankWhere
	rankGroup
	rankHaving
	rankWindow
	rankValues
	rankSort
	rankOffset
	rankLimit
	rankWith
	rankLarg
	rankRarg
	rankConflict
	rankReturning
)

// paramUse is one occurrence of a parameter.
type paramUse struct {
	node     *query.Param
	name     string
	nullable bool
	slice    bool
	clause   string
	at       int32
	// equals and elsewhere are the types that the place gives it, known says that it gives no
	// other, and output that it is a whole column of a result: see paramtype.go.
	equals, elsewhere []query.Type
	known, output     bool
}

// numberParams numbers named parameters as sqlc does: in its order of visiting
// the statement, skipping the numbers that $n uses already.
func (l *lowerer) numberParams() []*query.ParamInfo {
	taken := map[int]bool{}
	for _, p := range l.params {
		if p.name == "" {
			taken[p.node.Number] = true
		}
	}
	uses := slices.Clone(l.params)
	slices.SortStableFunc(uses, func(a, b *paramUse) int {
		return cmp.Or(cmp.Compare(a.clause, b.clause), cmp.Compare(a.at, b.at))
	})
	byName, byNumber, next := map[string]int{}, map[int]*query.ParamInfo{}, 1
	for _, p := range uses {
		if p.name != "" {
			if byName[p.name] == 0 {
				for taken[next] {
					next++
				}
				byName[p.name], taken[next] = next, true
			}
			p.node.Number = byName[p.name]
		}
		info := byNumber[p.node.Number]
		if info == nil {
			info = &query.ParamInfo{Number: p.node.Number, Name: p.name}
			byNumber[p.node.Number] = info
		}
		info.Nullable = info.Nullable || p.nullable
		info.Slice = info.Slice || p.slice
		info.Uses = append(info.Uses, p.node.Pos)
		info.Equals = appendNew(info.Equals, p.equals)
		info.Elsewhere = appendNew(info.Elsewhere, p.places())
	}
	for _, p := range uses {
		info := byNumber[p.node.Number]
		p.node.Mixed = !info.OneValue() || l.db.OwnCasts() && !info.OneType()
	}
	infos := make([]*query.ParamInfo, 0, len(byNumber))
	for _, info := range byNumber {
		infos = append(infos, info)
	}
	slices.SortFunc(infos, func(a, b *query.ParamInfo) int { return cmp.Compare(a.Number, b.Number) })
	return infos
}

// appendNew appends what list lacks.
func appendNew(list, more []query.Type) []query.Type {
	for _, t := range more {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}
