package lower

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/spelling"
)

// fromList lowers a FROM clause into sc, so that LATERAL items and functions see
// the items to their left.
func (l *lowerer) fromList(nodes []*pg.Node, sc *scope, env *cteEnv) []query.Rel {
	rels := make([]query.Rel, 0, len(nodes))
	for _, n := range nodes {
		rel, items := l.fromItem(n, sc, env)
		rels = append(rels, rel)
		sc.items = append(sc.items, items...)
	}
	return rels
}

// fromItem lowers one item and returns what it adds to the namespace. sc is the
// level with what a lateral reference may see.
func (l *lowerer) fromItem(n *pg.Node, sc *scope, env *cteEnv) (query.Rel, []*item) {
	if refused := l.countItem(n); refused != nil {
		return refused, []*item{{colsVisible: true, open: true}}
	}
	switch f := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		return l.rangeVar(f.RangeVar, env)
	case *pg.Node_RangeSubselect:
		return l.rangeSubselect(f.RangeSubselect, sc, env)
	case *pg.Node_RangeFunction:
		return l.rangeFunction(f.RangeFunction, sc, env)
	case *pg.Node_JoinExpr:
		return l.join(f.JoinExpr, sc, env)
	}
	return l.unsupported(n), []*item{{colsVisible: true, open: true}}
}

// rangeVar lowers a name in FROM: a WITH query, a view or a table, in the order
// in which PostgreSQL looks it up.
func (l *lowerer) rangeVar(rv *pg.RangeVar, env *cteEnv) (query.Rel, []*item) {
	name, schema := rv.GetRelname(), rv.GetSchemaname()
	alias, aliasCols := l.aliasOf(rv.GetAlias(), name)
	pos := l.relationName(rv.GetLocation())
	if schema == "" && rv.GetCatalogname() == "" {
		if def := env.find(name); def != nil {
			return l.cteRef(def, alias, aliasCols, pos)
		}
	}
	if rv.GetCatalogname() != "" {
		return l.unknownRelation(rv, "names a database; tenantgen reads one database")
	}
	if schema == "" && pgtype.IsCatalogName(name) { // pg_catalog is searched before the schema's own tables
		return l.unknownRelation(rv, "is not in the schema files")
	}
	if v := l.lookupView(schema, name); v != nil {
		return l.view(v, alias, aliasCols, pos)
	}
	t := l.db.LookupTable(schema, name, l.path)
	if t == nil {
		return l.unknownRelation(rv, "is not in the schema files")
	}
	if refused := l.relations(1); refused != nil {
		return refused, []*item{{name: alias, named: true, colsVisible: true, open: true}}
	}
	l.reads = append(l.reads, t)
	b := &query.Base{ID: l.newRel(), Table: t, Alias: alias, Renamed: len(aliasCols) > 0, Pos: pos}
	if l.via != nil {
		b.Pos, b.Via, b.AsOwner = l.via.at, l.via.what, l.asOwner()
	}
	it := l.tableItem(b, aliasCols)
	if t.Replaced {
		l.refuse(rv.GetLocation(), "unsupported-statement", "a rule ON SELECT makes "+t.Name.String()+" a view whose query is not known", "write CREATE VIEW instead of the rule")
	}
	l.holds(t, rv.GetLocation())
	if rv.GetAlias() == nil {
		it.schema = t.Name.Schema
	}
	return b, []*item{it}
}

// tableItem is the namespace entry of a table occurrence.
func (l *lowerer) tableItem(b *query.Base, aliasCols []string) *item {
	it := &item{name: b.Alias, named: true, colsVisible: true, cols: make([]column, len(b.Table.Columns))}
	if l.tables == nil {
		l.tables = map[query.RelID]*catalog.Table{}
	}
	l.tables[b.ID] = b.Table
	cols, prefix := make([]query.Col, len(it.cols)), catalog.QuoteIdent(b.Alias)+"."
	for i, c := range b.Table.Columns {
		name := c.Name
		if i < len(aliasCols) {
			name = aliasCols[i]
		}
		cols[i] = query.Col{Rel: b.ID, Index: i, Text: prefix + catalog.QuoteIdent(name)}
		it.cols[i] = column{name, &cols[i], pgtype.Family(l.db, c.Type)}
	}
	return it
}

func (l *lowerer) unknownRelation(rv *pg.RangeVar, why string) (query.Rel, []*item) {
	name := catalog.Name{Schema: rv.GetSchemaname(), Name: rv.GetRelname()}.String()
	rule, hint := "unknown-table", spelling.Meant(rv.GetRelname(), relationNames(l.db), "add the migration that creates it to the schema of sqlc.yaml")
	if rv.GetSchemaname() == "pg_catalog" || rv.GetSchemaname() == "information_schema" || pgtype.IsCatalogName(rv.GetRelname()) {
		rule, why = "system-catalog", "shows what belongs to every tenant"
		hint = "declare the query with -- tenantgen:cross-tenant <category> <reason>"
	}
	o := l.refuse(rv.GetLocation(), rule, name+" "+why, hint)
	alias, _ := l.aliasOf(rv.GetAlias(), rv.GetRelname())
	return o, []*item{{name: alias, named: true, colsVisible: true, open: true}}
}

func (l *lowerer) aliasOf(a *pg.Alias, name string) (string, []string) {
	if a == nil {
		return name, nil
	}
	return a.GetAliasname(), l.names(a.GetColnames(), "column list")
}

func (l *lowerer) cteRef(def *cteDef, alias string, aliasCols []string, pos query.Span) (query.Rel, []*item) {
	cte := l.define(def)
	if refused := l.relations(max(1, def.load)); refused != nil {
		return refused, []*item{{name: alias, named: true, colsVisible: true, open: true}}
	}
	if def.state == 1 {
		if cte.Out == nil {
			o := l.refuse(def.raw.GetLocation(), "unsupported-syntax", "WITH query "+cte.Name+" refers to itself outside the second term of a UNION", "")
			return o, []*item{{name: alias, named: true, colsVisible: true, open: true}}
		}
		cte.Recursive = true
	}
	r := &query.CTERef{ID: l.newRel(), CTE: cte, Alias: alias, Pos: pos}
	return r, []*item{relItem(r.ID, alias, renamed(cte.Out, aliasCols))}
}

func (l *lowerer) rangeSubselect(rs *pg.RangeSubselect, sc *scope, env *cteEnv) (query.Rel, []*item) {
	outer := sc.parent
	if rs.GetLateral() {
		// What comes after this item must not become visible in it later.
		outer = &scope{parent: sc.parent, items: slices.Clone(sc.items), level: sc.level, sel: sc.sel}
	}
	q := l.subquery(rs.GetSubquery(), outer, env)
	alias, aliasCols := l.aliasOf(rs.GetAlias(), "")
	outs := renamed(query.Outputs(q), aliasCols)
	d := &query.Derived{ID: l.newRel(), Alias: alias, Query: q, Out: outs}
	return d, []*item{relItem(d.ID, alias, outs)}
}

// rangeFunction lowers functions in FROM. Their columns prove nothing, so names
// that cannot be known leave the item open.
func (l *lowerer) rangeFunction(rf *pg.RangeFunction, sc *scope, env *cteEnv) (query.Rel, []*item) {
	x := &exprs{l, &scope{parent: sc.parent, items: slices.Clone(sc.items), level: sc.level, sel: sc.sel}, env}
	if refused := l.relations(1); refused != nil {
		return refused, []*item{{colsVisible: true, open: true}}
	}
	r := &query.Rows{ID: l.newRel()}
	name := ""
	if len(rf.GetFunctions()) == 0 {
		l.odd(-1, "function in FROM")
	}
	for _, n := range rf.GetFunctions() {
		items := n.GetList().GetItems()
		if len(items) == 0 {
			r.Args = append(r.Args, l.unsupported(n))
			continue
		}
		e, _ := x.expr(items[0])
		r.Args = append(r.Args, e)
		if name == "" {
			name, _ = l.outputName(items[0])
		}
	}
	alias, aliasCols := l.aliasOf(rf.GetAlias(), name)
	r.Alias = alias
	it := &item{name: alias, named: alias != "", colsVisible: true, open: true}
	for _, c := range append(aliasCols, l.coldefs(rf)...) {
		it.cols = append(it.cols, column{c, &query.Op{Text: qualify(alias, c)}, query.Unknown})
	}
	return r, []*item{it}
}

// coldefs names the columns of AS t(a int, …), which may stand at the function too.
func (l *lowerer) coldefs(rf *pg.RangeFunction) []string {
	defs := slices.Clone(rf.GetColdeflist())
	for _, f := range rf.GetFunctions() {
		switch items := f.GetList().GetItems(); {
		case len(items) > 2, len(items) == 2 && items[1].GetNode() != nil && items[1].GetList() == nil:
			l.odd(parsetree.LocationOf(f), "function in FROM")
		case len(items) == 2:
			defs = append(defs, items[1].GetList().GetItems()...)
		}
	}
	var names []string
	for _, n := range defs {
		d := n.GetColumnDef()
		l.typeRef(d.GetTypeName())
		if d == nil || d.GetRawDefault() != nil || d.GetCookedDefault() != nil || len(d.GetConstraints()) > 0 || len(d.GetFdwoptions()) > 0 ||
			d.GetIdentitySequence() != nil || d.GetCollClause().GetArg() != nil {
			l.odd(parsetree.LocationOf(n), "function in FROM")
		}
		l.names(d.GetCollClause().GetCollname(), "collation")
		names = append(names, d.GetColname())
	}
	return names
}

// join lowers JOIN as PostgreSQL's transformFromClauseItem does.
func (l *lowerer) join(j *pg.JoinExpr, sc *scope, env *cteEnv) (query.Rel, []*item) {
	kind, ok := joinKinds[j.GetJointype()]
	if !ok {
		o := l.refuse(-1, "unsupported-syntax", "tenantgen does not know this kind of join", "")
		return o, []*item{{colsVisible: true, open: true}}
	}
	left, leftItems := l.fromItem(j.GetLarg(), sc, env)
	mark := len(sc.items)
	sc.items = append(sc.items, leftItems...)
	right, rightItems := l.fromItem(j.GetRarg(), sc, env)
	sc.items = sc.items[:mark:mark]
	out := &query.Join{Kind: kind, Left: left, Right: right, Using: j.GetIsNatural() || len(j.GetUsingClause()) > 0}
	if j.GetAlias() != nil {
		hide(out)
	}
	merged := l.usingColumns(j, kind, leftItems, rightItems, out)
	all := slices.Concat(leftItems, rightItems)
	if j.GetQuals() != nil && out.On != nil {
		l.odd(parsetree.LocationOf(j.GetQuals()), "JOIN")
	} else if j.GetQuals() != nil {
		// ON sees the two sides, then the enclosing levels.
		x := &exprs{l, &scope{parent: sc.parent, items: all, level: sc.level, sel: sc.sel}, env}
		l.filter(func() { out.On = x.condition(j.GetQuals()) })
	}
	return out, l.joinNamespace(j, all, merged)
}

// hide notes that the alias of a join hides the names of its tables.
func hide(r query.Rel) {
	switch r := r.(type) {
	case *query.Base:
		r.Renamed = true
	case *query.Join:
		hide(r.Left)
		hide(r.Right)
	case *query.Derived, *query.CTERef, *query.Rows, *query.Opaque:
	default:
		panic(query.Unexpected(r))
	}
}

var joinKinds = map[pg.JoinType]query.JoinKind{
	pg.JoinType_JOIN_INNER: query.Inner, pg.JoinType_JOIN_LEFT: query.Left,
	pg.JoinType_JOIN_RIGHT: query.Right, pg.JoinType_JOIN_FULL: query.Full,
}

// joinNamespace makes the columns of a join visible: the merged ones first, then
// the rest of both sides (PostgreSQL manual, 7.2.1.1). An alias hides the sides.
func (l *lowerer) joinNamespace(j *pg.JoinExpr, sides []*item, merged []column) []*item {
	l.names(j.GetJoinUsingAlias().GetColnames(), "JOIN")
	n := len(merged)
	for _, it := range sides {
		if it.colsVisible {
			n += len(it.cols)
		}
	}
	whole := &item{colsVisible: true, cols: append(make([]column, 0, n), merged...)}
	for _, it := range sides {
		if !it.colsVisible {
			continue
		}
		whole.open = whole.open || it.open
		for _, c := range it.cols {
			if !hasColumn(merged, c.name) {
				whole.cols = append(whole.cols, c)
			}
		}
	}
	if a := j.GetAlias(); a != nil {
		whole.name, whole.named = a.GetAliasname(), true
		for i, n := range l.names(a.GetColnames(), "column list") {
			if i < len(whole.cols) {
				whole.cols[i].name = n
			}
		}
		return []*item{whole}
	}
	items := make([]*item, 0, len(sides)+2)
	for _, it := range sides {
		if !it.named {
			continue
		}
		hidden := *it
		hidden.colsVisible = false
		items = append(items, &hidden)
	}
	if a := j.GetJoinUsingAlias(); a != nil {
		items = append(items, &item{name: a.GetAliasname(), named: true, cols: merged})
	}
	return append(items, whole)
}

func hasColumn(cols []column, name string) bool {
	return slices.ContainsFunc(cols, func(c column) bool { return c.name == name })
}

// usingColumns adds the equalities of USING or NATURAL to the join and returns
// the merged columns.
func (l *lowerer) usingColumns(j *pg.JoinExpr, kind query.JoinKind, left, right []*item, out *query.Join) []column {
	ls, rs := &scope{items: left}, &scope{items: right}
	using := l.names(j.GetUsingClause(), "JOIN")
	if len(using) > 0 || j.GetIsNatural() {
		if refused := (&exprs{l: l}).userOperators(-1, "="); refused != nil {
			out.On = refused
			return nil
		}
	}
	if j.GetIsNatural() {
		if anyOpen(left) || anyOpen(right) {
			out.On = l.refuse(-1, "unsupported-syntax", "a NATURAL JOIN with columns that are not known cannot be proved", "write the join condition with ON")
			return nil
		}
		using = commonColumns(left, rs)
	}
	var merged []column
	var conds []query.Expr
	for _, name := range using {
		a, b := ls.column(name).col, rs.column(name).col
		if a == nil || b == nil {
			conds = append(conds, &query.Op{Text: name})
			merged = append(merged, column{name, &query.Op{Text: catalog.QuoteIdent(name)}, query.Unknown})
			continue
		}
		conds = append(conds, l.equality(a.expr, a.typ, b.expr, b.typ, query.Span{}))
		merged = append(merged, l.mergedColumn(name, kind, *a, *b))
	}
	if len(conds) > 0 {
		out.On = &query.And{Args: conds}
	}
	return merged
}

// mergedColumn is the left column, for RIGHT JOIN the right one, for FULL JOIN COALESCE
// of both. Columns of two types are converted first: 1 and 1 + 1e-20 are one float8.
func (l *lowerer) mergedColumn(name string, kind query.JoinKind, a, b column) column {
	if kind == query.Full {
		o := &query.Op{Text: "coalesce"}
		l.coalesced(o, []operand{{a.expr, a.typ}, {b.expr, b.typ}})
		o.Args = []query.Expr{a.expr, b.expr}
		return column{name, o, query.Unknown}
	}
	c := map[bool]column{false: a, true: b}[kind == query.Right]
	if a.typ != b.typ || a.typ == query.Unknown {
		return column{name, &query.Op{Args: []query.Expr{c.expr}, Strict: true, Text: catalog.QuoteIdent(name)}, query.Unknown}
	}
	return column{name, c.expr, c.typ}
}

func anyOpen(items []*item) bool {
	return slices.ContainsFunc(items, func(it *item) bool { return it.open && it.colsVisible })
}

func commonColumns(left []*item, right *scope) []string {
	var using []string
	for _, it := range left {
		if !it.colsVisible {
			continue
		}
		for _, c := range it.cols {
			if right.column(c.name).col != nil && !slices.Contains(using, c.name) {
				using = append(using, c.name)
			}
		}
	}
	return using
}

func valuesName(i int) string { return "column" + strconv.Itoa(i+1) }
