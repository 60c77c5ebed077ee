package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/spelling"
)

// target lowers the table, or the view over one, that a statement writes to.
func (l *lowerer) target(rv *pg.RangeVar) (*target, *query.Opaque) {
	schema, name := rv.GetSchemaname(), rv.GetRelname()
	if v := l.lookupView(schema, name); v != nil && rv.GetCatalogname() == "" {
		return l.viewTarget(v, rv)
	}
	t := l.db.LookupTable(schema, name, l.path)
	if t == nil || rv.GetCatalogname() != "" {
		rel, _ := l.unknownRelation(rv, "is not in the schema files")
		return nil, rel.(*query.Opaque)
	}
	l.targets, l.wrote, l.reads = append(l.targets, t), append(l.wrote, wrote{t, l.body}), append(l.reads, t)
	alias, _ := l.aliasOf(rv.GetAlias(), name)
	b := &query.Base{ID: l.newRel(), Table: t, Alias: alias, Pos: l.relationName(rv.GetLocation()), AsOwner: l.asOwner()}
	if l.via != nil {
		b.Via = l.via.what
	}
	it := l.tableItem(b, nil)
	l.holds(t, rv.GetLocation())
	if rv.GetAlias() == nil {
		it.schema = t.Name.Schema
	}
	return &target{base: b, item: it}, nil
}

func (l *lowerer) insert(s *pg.InsertStmt, env *cteEnv) query.Query {
	w := &query.Write{Kind: query.Insert}
	l.known(-1, "INSERT", s.GetOverride())
	w.With, env = l.with(s.GetWithClause(), nil, env)
	to, refused := l.target(s.GetRelation())
	if refused != nil {
		return refused
	}
	base, it := to.base, to.item
	w.Target, w.Through, w.ViewDefaults = base, to.through, to.defaultedByViews()
	ok := true
	if s.GetSelectStmt() != nil {
		l.in(rankValues, func() { w.Source = l.subquery(s.GetSelectStmt(), nil, env) })
		w.SourceID = l.newRel()
	}
	if anyOpenOutput(query.Outputs(w.Source)) {
		return l.refuse(s.GetRelation().GetLocation(), "unsupported-syntax", "the inserted rows have columns that are not known", "list the columns instead of *")
	}
	w.Columns, ok = insertColumns(s.GetCols(), to, len(query.Outputs(w.Source)))
	if !ok {
		return l.refuse(s.GetRelation().GetLocation(), "unknown-column", "the column list of this INSERT does not fit "+base.Table.Name.String(), "")
	}
	to.defaulted = defaulted(s.GetSelectStmt().GetSelectStmt(), w.Columns)
	for i, o := range query.Outputs(w.Source) {
		if i < len(w.Columns) && o.Type == pgtype.AnyType {
			inColumn(w.Source, i, func(e query.Expr) { l.written(e, pgtype.AnyType, base.Table.Columns[w.Columns[i]]) })
		}
		w.Keeps = append(w.Keeps, i < len(w.Columns) && (l.keeps(o.Type, base.Table.Columns[w.Columns[i]]) || l.keepsText(w.Source, i, base.Table.Columns[w.Columns[i]])) && stores(base.Table.Columns[w.Columns[i]], s.GetOverride()))
	}
	sc := &scope{level: 1, items: []*item{it}}
	x := &exprs{l, sc, env}
	if c := s.GetOnConflictClause(); c != nil {
		if to.view != nil {
			return l.refuse(c.GetLocation(), "unsupported-statement", "tenantgen cannot prove ON CONFLICT through view "+to.view.Name.String(), "write to its table")
		}
		l.in(rankConflict, func() { w.Conflict = x.conflict(c, base, it) })
		if w.Conflict.Update {
			put(&l.latest, base.ID, held)
		}
	}
	saved := l.made
	l.made = sc
	l.in(rankReturning, func() { w.Returning = x.targets(s.GetReturningList()) })
	l.made = saved
	l.consequences(w, to, s.GetRelation().GetLocation())
	return w
}

// insertColumns maps the values of an INSERT to columns of the table.
func insertColumns(cols []*pg.Node, t *target, values int) ([]int, bool) {
	var out []int
	if len(cols) == 0 {
		for _, c := range t.item.cols[:min(values, len(t.item.cols))] {
			out = append(out, t.index(c.name))
		}
		return out, values <= len(t.item.cols)
	}
	for _, n := range cols {
		rt := n.GetResTarget()
		i := t.index(rt.GetName())
		if i < 0 {
			return nil, false
		}
		if len(rt.GetIndirection()) > 0 || rt.GetVal() != nil {
			return nil, false
		}
		out = append(out, i)
	}
	return out, values == 0 || values == len(out)
}

// stores reports whether INSERT puts a value that it gives for c there: for a generated
// column none can be given, and OVERRIDING USER VALUE ignores those for identity columns
// (PostgreSQL manual, INSERT).
func stores(c *catalog.Column, override pg.OverridingKind) bool {
	return !c.Generated && (!c.Identity || override != pg.OverridingKind_OVERRIDING_USER_VALUE)
}

// defaulted lists the columns that get DEFAULT in a row of VALUES.
func defaulted(s *pg.SelectStmt, columns []int) map[int]bool {
	out := map[int]bool{}
	for _, row := range s.GetValuesLists() {
		for i, n := range row.GetList().GetItems() {
			if n.GetSetToDefault() != nil && i < len(columns) {
				out[columns[i]] = true
			}
		}
	}
	return out
}

// conflict lowers ON CONFLICT.
func (x *exprs) conflict(c *pg.OnConflictClause, base *query.Base, there *item) *query.Conflict {
	out := &query.Conflict{Excluded: x.l.newRel(), Pos: x.l.token(c.GetLocation())}
	switch c.GetAction() {
	case pg.OnConflictAction_ONCONFLICT_UPDATE:
		out.Update = true
	case pg.OnConflictAction_ONCONFLICT_NOTHING:
	default:
		x.l.refuse(c.GetLocation(), "unsupported-syntax", "tenantgen does not know this kind of ON CONFLICT", "")
	}
	x.arbiter(c.GetInfer(), base.Table, out)
	excluded := &item{name: "excluded", named: true, colsVisible: false, cols: make([]column, len(there.cols))}
	for i, col := range there.cols {
		excluded.cols[i] = column{col.name, &query.Col{Rel: out.Excluded, Index: i, Text: "excluded." + catalog.QuoteIdent(col.name)}, col.typ}
	}
	y := &exprs{x.l, &scope{level: 1, items: []*item{there, excluded}}, x.env}
	out.Sets = y.sets(c.GetTargetList(), &target{base: base, item: there})
	out.Where = y.condition(c.GetWhereClause())
	return out
}

// arbiter lowers the conflict target (PostgreSQL manual, INSERT, conflict_target).
func (x *exprs) arbiter(in *pg.InferClause, t *catalog.Table, out *query.Conflict) {
	if in == nil {
		out.Any = true
		return
	}
	out.Constraint = in.GetConname()
	for _, n := range in.GetIndexElems() {
		el := n.GetIndexElem()
		if el == nil {
			x.l.odd(parsetree.LocationOf(n), "ON CONFLICT")
		} else {
			x.l.known(-1, "ON CONFLICT", el.GetOrdering())
			x.l.known(-1, "ON CONFLICT", el.GetNullsOrdering())
		}
		i := t.ColumnIndex(el.GetName())
		// A collation or operator class changes what the index calls equal.
		if el == nil || el.GetExpr() != nil || i < 0 || len(el.GetCollation()) > 0 || len(el.GetOpclass()) > 0 {
			out.Expression = true
			if el.GetExpr() != nil {
				out.Rest = append(out.Rest, x.condition(el.GetExpr()))
			}
			continue
		}
		out.Columns = append(out.Columns, i)
	}
	if in.GetWhereClause() != nil {
		out.Rest = append(out.Rest, x.condition(in.GetWhereClause()))
	}
}

// sets lowers the assignments of UPDATE and DO UPDATE.
func (x *exprs) sets(nodes []*pg.Node, to *target) []query.Set {
	var out []query.Set
	t := to.base.Table
	for _, n := range nodes {
		rt := n.GetResTarget()
		i := to.index(rt.GetName())
		if i < 0 {
			x.l.refuse(rt.GetLocation(), "unknown-column", "column "+rt.GetName()+" of "+t.Name.String()+" does not exist in the schema files",
				spelling.Meant(rt.GetName(), t.ColumnNames(), "check its spelling, and that its migration is listed in sqlc.yaml"))
			continue
		}
		set := query.Set{Column: i, Pos: x.l.token(rt.GetLocation())}
		switch {
		case rt.GetVal().GetMultiAssignRef() != nil:
			set.Value = x.multiAssign(rt.GetVal().GetMultiAssignRef(), t.Columns[i])
		case rt.GetVal().GetSetToDefault() != nil:
		default:
			set.Value = x.assigned(rt.GetVal(), t.Columns[i])
		}
		for _, ind := range rt.GetIndirection() { // SET a[i] = …, SET a.field = …
			o := &query.Op{Text: "element"}
			if set.Value != nil {
				o.Args = append(o.Args, set.Value)
			}
			if idx := ind.GetAIndices(); idx != nil {
				for _, b := range []*pg.Node{idx.GetLidx(), idx.GetUidx()} {
					if b != nil {
						o.Args = append(o.Args, x.condition(b))
					}
				}
			} else if ind.GetString_() == nil {
				x.l.odd(rt.GetLocation(), "SET")
			}
			set.Value = o
		}
		out = append(out, set)
	}
	return out
}

// assigned lowers a value for a column; one of another type may change on the way.
func (x *exprs) assigned(n *pg.Node, c *catalog.Column) query.Expr {
	e, t := x.expr(n)
	x.l.written(e, t, c)
	if x.l.keeps(t, c) {
		return e
	}
	return &query.Op{Args: []query.Expr{e}, Text: Text(e)}
}

// keeps reports whether a value of type t is stored in c unchanged.
func (l *lowerer) keeps(t query.Type, c *catalog.Column) bool {
	family := pgtype.Family(l.db, c.Type)
	if pgtype.Modified(l.db, c.Type) {
		return false // numeric(8, 0) and timestamp(0) round, varchar(3) drops blanks
	}
	return family != query.Unknown && (t == pgtype.AnyType || t == family)
}

// multiAssign lowers one member of SET (a, b) = row. The parser repeats the source
// in every member, so a subquery is lowered with the first one only.
func (x *exprs) multiAssign(m *pg.MultiAssignRef, col *catalog.Column) query.Expr {
	if row := m.GetSource().GetRowExpr(); row != nil {
		if len(row.GetArgs()) != int(m.GetNcolumns()) {
			x.l.odd(row.GetLocation(), "SET")
		}
		x.l.known(row.GetLocation(), "ROW", row.GetRowFormat())
		if i := int(m.GetColno()) - 1; i >= 0 && i < len(row.GetArgs()) {
			if row.GetArgs()[i].GetSetToDefault() != nil {
				return nil
			}
			return x.assigned(row.GetArgs()[i], col)
		}
	}
	o := &query.Op{Text: "(…)"}
	if m.GetColno() == 1 {
		o.Args = []query.Expr{x.condition(m.GetSource())}
	}
	return o
}

func (l *lowerer) update(s *pg.UpdateStmt, env *cteEnv) query.Query {
	return l.change(query.Update, s.GetRelation(), s.GetWithClause(), env, changeParts{
		rank: rankGroup, sets: s.GetTargetList(), from: s.GetFromClause(), where: s.GetWhereClause(), returning: s.GetReturningList()})
}

func (l *lowerer) delete(s *pg.DeleteStmt, env *cteEnv) query.Query {
	return l.change(query.Delete, s.GetRelation(), s.GetWithClause(), env, changeParts{
		rank: rankFrom, from: s.GetUsingClause(), where: s.GetWhereClause(), returning: s.GetReturningList()})
}

type changeParts struct {
	sets, from, returning []*pg.Node
	where                 *pg.Node
	rank                  byte // of FROM: sqlc numbers it after WHERE in UPDATE, before it in DELETE
}

// change lowers UPDATE and DELETE: the target is joined to the FROM list, whose
// items cannot see it (PostgreSQL manual, UPDATE).
func (l *lowerer) change(kind query.WriteKind, rel *pg.RangeVar, with *pg.WithClause, env *cteEnv, p changeParts) query.Query {
	w := &query.Write{Kind: kind}
	w.With, env = l.with(with, nil, env)
	to, refused := l.target(rel)
	if refused != nil {
		return refused
	}
	w.Target, w.Through = to.base, to.through
	put(&l.latest, to.base.ID, held)
	sc := childLevel(nil)
	l.in(p.rank, func() { w.From = l.fromList(p.from, sc, env) })
	sc.items = append([]*item{to.item}, sc.items...)
	x := &exprs{l, sc, env}
	l.in(rankTargets, func() { w.Sets = x.sets(p.sets, to) })
	l.in(rankWhere, func() { l.filter(func() { w.Where = to.and(x.condition(p.where)) }) })
	l.in(rankReturning, func() { w.Returning = x.targets(p.returning) })
	l.consequences(w, to, rel.GetLocation())
	return w
}
