package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// SameCondition reports whether have is what PostgreSQL makes of want when it
// shows the expression of a policy on a table (pg_get_expr with a search_path of
// pg_catalog alone). Both are parsed and compared node by node; what PostgreSQL
// rewrites or spells out on the way is undone: BETWEEN, IN, LIKE, casts of constants,
// casts that lose nothing, names that it qualifies. Anything else that differs
// counts as different.
func SameCondition(db *catalog.Database, table *catalog.Table, want, have string) bool {
	w, h := condition(want), condition(have)
	if w == nil || h == nil {
		return false
	}
	d := &deparsed{db: db, table: table, path: db.SearchPath}
	if len(d.path) == 0 {
		d.path = []string{"public"}
	}
	return d.same(w, h)
}

// condition parses one expression, nil when the text is anything else.
func condition(text string) *pg.Node {
	text = "SELECT (" + text + "\n)" // a comment at its end does not reach the parenthesis
	if strings.IndexByte(text, 0) >= 0 || slices.ContainsFunc(sqltext.Measure(text), func(p sqltext.Piece) bool { return p.Excess(sqltext.MaxStatement) != "" }) {
		return nil
	}
	tree, err := sqltext.Parser(text)
	if err != nil || len(tree.Stmts) != 1 {
		return nil
	}
	s := tree.Stmts[0].Stmt.GetSelectStmt()
	if s == nil || len(s.TargetList) != 1 || s.TargetList[0].GetResTarget() == nil {
		return nil
	}
	target := s.TargetList[0].GetResTarget()
	s.TargetList = nil
	bare := &pg.SelectStmt{LimitOption: s.LimitOption, Op: pg.SetOperation_SETOP_NONE}
	if !proto.Equal(s, bare) || target.Name != "" {
		return nil // the text closes our parenthesis and goes on
	}
	return target.Val
}

// deparsed compares an expression with what PostgreSQL shows of it.
type deparsed struct {
	db     *catalog.Database
	table  *catalog.Table
	path   []string
	scopes [][]fromItem // of the sub-selects around, outermost first
}

// fromItem is a table of a FROM clause under its name there.
type fromItem struct {
	ref   string
	table *catalog.Table
}

func (d *deparsed) same(w, h *pg.Node) bool {
	w, h = rewritten(w), rewritten(h)
	if w == nil || h == nil {
		return w == h
	}
	if d.message(w.ProtoReflect(), h.ProtoReflect()) {
		return true
	}
	if cast := h.GetTypeCast(); cast != nil && d.added(w, cast) {
		return true
	}
	// A cast to the type that the expression has anyway is not shown.
	cast := w.GetTypeCast()
	return cast != nil && d.typeOf(cast.Arg) != "" && d.typeOf(cast.Arg) == typeText(cast.TypeName) && d.same(cast.Arg, h)
}

// message compares two nodes of the parse tree field by field.
func (d *deparsed) message(w, h protoreflect.Message) bool {
	if w.Descriptor() != h.Descriptor() {
		return false
	}
	switch wm := w.Interface().(type) {
	case *pg.ColumnRef:
		return d.column(wm, h.Interface().(*pg.ColumnRef))
	case *pg.RangeVar:
		return d.relation(wm, h.Interface().(*pg.RangeVar))
	case *pg.SubLink:
		return d.subLink(wm, h.Interface().(*pg.SubLink))
	case *pg.SelectStmt:
		d.scopes = append(d.scopes, d.fromItems(wm.FromClause))
		defer func() { d.scopes = d.scopes[:len(d.scopes)-1] }()
	}
	fields := w.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); !d.field(w, h, f) {
			return false
		}
	}
	return true
}

func (d *deparsed) field(w, h protoreflect.Message, f protoreflect.FieldDescriptor) bool {
	switch f.FullName() {
	case "pg_query.ResTarget.name", "pg_query.FuncCall.funcformat":
		return true // how an output column of a sub-select is called, and how a call is written
	case "pg_query.FuncCall.funcname", "pg_query.TypeName.names", "pg_query.A_Expr.name", "pg_query.SubLink.oper_name":
		return d.sameName(parsetree.Strings(nodes(w.Get(f).List())), parsetree.Strings(nodes(h.Get(f).List())))
	}
	switch {
	case f.Name() == "location":
		return true
	case f.IsList():
		return d.list(w.Get(f).List(), h.Get(f).List(), f)
	case f.Message() != nil:
		return w.Has(f) == h.Has(f) && (!w.Has(f) || d.value(w.Get(f), h.Get(f)))
	}
	return w.Get(f).Equal(h.Get(f)) && w.Has(f) == h.Has(f)
}

func (d *deparsed) list(w, h protoreflect.List, f protoreflect.FieldDescriptor) bool {
	if w.Len() != h.Len() {
		return false
	}
	for i := range w.Len() {
		if f.Message() == nil && !w.Get(i).Equal(h.Get(i)) || f.Message() != nil && !d.value(w.Get(i), h.Get(i)) {
			return false
		}
	}
	return true
}

func (d *deparsed) value(w, h protoreflect.Value) bool {
	wn, ok := w.Message().Interface().(*pg.Node)
	if hn, both := h.Message().Interface().(*pg.Node); ok && both {
		return d.same(wn, hn)
	}
	return d.message(w.Message(), h.Message())
}

// sameName compares names of functions, types and operators. PostgreSQL shows the
// schema of what is not in pg_catalog, which it looks into first.
func (d *deparsed) sameName(w, h []string) bool {
	if len(w) == 1 && len(h) == 2 && slices.Contains(d.path, h[0]) && d.declares(catalog.Name{Schema: h[0], Name: h[1]}) {
		h = h[1:]
	}
	w, h = withoutCatalog(w), withoutCatalog(h)
	return len(w) > 0 && slices.Equal(w, h)
}

// declares reports whether the schema files make something of that name.
func (d *deparsed) declares(n catalog.Name) bool {
	return d.db.Type(n) != nil || slices.ContainsFunc(d.db.Functions, func(f *catalog.Function) bool { return f.Name == n }) ||
		slices.ContainsFunc(d.db.Operators, func(o *catalog.Operator) bool { return o.Name == n })
}

func withoutCatalog(name []string) []string {
	if len(name) == 2 && name[0] == "pg_catalog" {
		return name[1:]
	}
	return name
}

// nodes returns a list of the tree.
func nodes(list protoreflect.List) []*pg.Node {
	out := make([]*pg.Node, list.Len())
	for i := range out {
		out[i], _ = list.Get(i).Message().Interface().(*pg.Node)
	}
	return out
}

// column compares column references. Outside sub-selects PostgreSQL shows columns
// bare, within them always with their table.
func (d *deparsed) column(w, h *pg.ColumnRef) bool {
	wn, hn := parsetree.Strings(w.Fields), parsetree.Strings(h.Fields)
	if len(wn) == 0 || len(hn) == 0 || wn[len(wn)-1] != hn[len(hn)-1] || len(wn) > 2 || len(hn) > 2 {
		return false
	}
	ref := d.table.Name.Name
	switch {
	case len(wn) == 2:
		ref = wn[0]
	case len(d.scopes) > 0:
		ref = d.owner(wn[0])
	}
	if len(hn) == 1 {
		return len(d.scopes) == 0 && ref == d.table.Name.Name
	}
	return hn[0] == ref
}

// owner finds the table that a bare column name means, by its name there.
func (d *deparsed) owner(column string) string {
	for _, scope := range slices.Backward(d.scopes) {
		for _, item := range scope {
			if item.table == nil || item.table.Column(column) != nil {
				return item.ref // an unknown table may have it: "" is nobody's name
			}
		}
	}
	return d.table.Name.Name
}

// fromItems lists the tables of a FROM clause. Anything but a table or a join of
// tables is an item without a name, which owns every bare column.
func (d *deparsed) fromItems(from []*pg.Node) []fromItem {
	var items []fromItem
	for _, n := range from {
		switch {
		case n.GetRangeVar() != nil:
			v := n.GetRangeVar()
			item := fromItem{v.Relname, d.db.LookupTable(v.Schemaname, v.Relname, d.path)}
			if v.Alias != nil {
				item.ref = v.Alias.Aliasname
			}
			if item.table == nil {
				item.ref = ""
			}
			items = append(items, item)
		case n.GetJoinExpr() != nil:
			items = append(items, d.fromItems([]*pg.Node{n.GetJoinExpr().Larg, n.GetJoinExpr().Rarg})...)
		default:
			items = append(items, fromItem{})
		}
	}
	return items
}

// relation compares tables of FROM clauses. PostgreSQL shows every schema but
// pg_catalog, and no alias that is the table's own name.
func (d *deparsed) relation(w, h *pg.RangeVar) bool {
	schema := w.Schemaname
	if schema == "" {
		if t := d.db.LookupTable("", w.Relname, d.path); t != nil {
			schema = t.Name.Schema
		}
	}
	return schema == h.Schemaname && schema != "" && w.Relname == h.Relname && w.Catalogname == h.Catalogname && w.Inh == h.Inh &&
		proto.Equal(alias(w), alias(h))
}

func alias(v *pg.RangeVar) *pg.Alias {
	if v.Alias == nil {
		return &pg.Alias{Aliasname: v.Relname}
	}
	return v.Alias
}

// subLink compares sub-selects. What EXISTS selects does not matter, as long as it
// only names columns and constants.
func (d *deparsed) subLink(w, h *pg.SubLink) bool {
	ws, hs := w.GetSubselect().GetSelectStmt(), h.GetSubselect().GetSelectStmt()
	if w.SubLinkType == pg.SubLinkType_EXISTS_SUBLINK && plainTargets(ws) && plainTargets(hs) {
		w, h = proto.Clone(w).(*pg.SubLink), proto.Clone(h).(*pg.SubLink)
		w.GetSubselect().GetSelectStmt().TargetList, h.GetSubselect().GetSelectStmt().TargetList = nil, nil
	}
	return w.SubLinkType == h.SubLinkType && d.same(w.Testexpr, h.Testexpr) && d.same(w.Subselect, h.Subselect) &&
		d.operator(parsetree.Strings(w.OperName), parsetree.Strings(h.OperName))
}

func (d *deparsed) operator(w, h []string) bool {
	return len(w) == 0 && len(h) == 0 || d.sameName(w, h)
}

func plainTargets(s *pg.SelectStmt) bool {
	return s != nil && !slices.ContainsFunc(s.TargetList, func(n *pg.Node) bool {
		v := n.GetResTarget().GetVal()
		return v.GetColumnRef() == nil && v.GetAConst() == nil
	})
}
