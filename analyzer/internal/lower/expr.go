package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/spelling"
)

// exprs lowers the expressions of one level.
type exprs struct {
	l   *lowerer
	sc  *scope
	env *cteEnv
}

// condition lowers an optional condition.
func (x *exprs) condition(n *pg.Node) query.Expr {
	if n == nil {
		return nil
	}
	e, _ := x.expr(n)
	return e
}

// expr lowers one expression and tells its type.
func (x *exprs) expr(n *pg.Node) (query.Expr, query.Type) {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return x.columnRef(e.ColumnRef)
	case *pg.Node_ParamRef:
		if x.l.body != nil {
			if arg, t, ok := x.l.body.arg(int(e.ParamRef.GetNumber()) - 1); ok {
				return arg, t
			}
			return x.l.refuse(e.ParamRef.GetLocation(), "unsupported-syntax", "the function has no such parameter", ""), query.Unknown
		}
		return x.param(&paramUse{at: e.ParamRef.GetLocation()}, int(e.ParamRef.GetNumber()))
	case *pg.Node_AConst:
		return x.constant(e.AConst)
	case *pg.Node_TypeCast:
		out, t := x.cast(e.TypeCast)
		return x.l.raising(n, out), t
	case *pg.Node_BoolExpr:
		return x.boolean(e.BoolExpr), "bool"
	case *pg.Node_AExpr:
		out, t := x.aExpr(n, e.AExpr)
		return x.l.raising(n, out), t
	case *pg.Node_SubLink:
		return x.subLink(e.SubLink)
	case *pg.Node_FuncCall:
		out, t := x.call(e.FuncCall)
		return x.l.raising(n, out), t
	case *pg.Node_NullTest:
		return x.nullTest(e.NullTest), "bool"
	case *pg.Node_BooleanTest:
		return x.booleanTest(e.BooleanTest), "bool"
	}
	return x.opExpr(n)
}

// opExpr lowers the expressions that only compute a value from others.
func (x *exprs) opExpr(n *pg.Node) (query.Expr, query.Type) {
	switch e := n.GetNode().(type) {
	case *pg.Node_CaseExpr:
		return x.caseOf(e.CaseExpr), query.Unknown
	case *pg.Node_CoalesceExpr:
		all := x.operands(e.CoalesceExpr.GetArgs()...)
		x.l.share(all)
		o := x.l.orTruth(all)
		if o == nil {
			o = &query.Op{}
			x.l.coalesced(o, all)
		}
		o.Args, o.Text, o.Chooses, o.Pos = exprsOf(all), "coalesce", true, x.l.token(e.CoalesceExpr.GetLocation())
		return o, query.Unknown
	case *pg.Node_MinMaxExpr:
		x.l.known(e.MinMaxExpr.GetLocation(), "GREATEST and LEAST", e.MinMaxExpr.GetOp())
		return x.compared("greatest", e.MinMaxExpr.GetArgs()...), query.Unknown
	case *pg.Node_RowExpr:
		x.l.known(e.RowExpr.GetLocation(), "ROW", e.RowExpr.GetRowFormat())
		return x.op("ROW", e.RowExpr.GetArgs()...), query.Unknown
	case *pg.Node_AArrayExpr:
		x.l.spreads(e.AArrayExpr.GetLocation())
		return x.compared("ARRAY", e.AArrayExpr.GetElements()...), query.Unknown
	case *pg.Node_CollateClause:
		// A collation changes what equal means, so this is no longer the column.
		x.l.names(e.CollateClause.GetCollname(), "COLLATE")
		return x.op("COLLATE", e.CollateClause.GetArg()), query.Unknown
	case *pg.Node_AIndirection:
		return x.indirection(e.AIndirection), query.Unknown
	case *pg.Node_List:
		return x.op("list", e.List.GetItems()...), query.Unknown
	case *pg.Node_NamedArgExpr:
		return x.op("=>", e.NamedArgExpr.GetArg()), query.Unknown
	case *pg.Node_GroupingFunc:
		return x.op("grouping", e.GroupingFunc.GetArgs()...), query.Unknown
	case *pg.Node_SqlvalueFunction:
		x.l.known(e.SqlvalueFunction.GetLocation(), "expression", e.SqlvalueFunction.GetOp())
		return &query.Op{Text: "current_" + strings.ToLower(e.SqlvalueFunction.GetOp().String()), Mutable: true, Filled: tellsTime(e.SqlvalueFunction), Pos: x.l.token(e.SqlvalueFunction.GetLocation())}, query.Unknown
	case *pg.Node_XmlExpr:
		x.l.known(e.XmlExpr.GetLocation(), "XML expression", e.XmlExpr.GetOp())
		x.l.known(e.XmlExpr.GetLocation(), "XML expression", e.XmlExpr.GetXmloption())
		return x.op("xml", append(e.XmlExpr.GetNamedArgs(), e.XmlExpr.GetArgs()...)...), query.Unknown
	case *pg.Node_XmlSerialize:
		x.l.known(e.XmlSerialize.GetLocation(), "XMLSERIALIZE", e.XmlSerialize.GetXmloption())
		x.l.typeRef(e.XmlSerialize.GetTypeName())
		return x.op("xmlserialize", e.XmlSerialize.GetExpr()), query.Unknown
	case *pg.Node_ResTarget: // XMLFOREST(a AS b)
		if len(e.ResTarget.GetIndirection()) > 0 {
			x.l.odd(e.ResTarget.GetLocation(), "XML expression")
		}
		return x.op("AS", e.ResTarget.GetVal()), query.Unknown
	case *pg.Node_JsonObjectConstructor:
		x.l.jsonOutput(e.JsonObjectConstructor.GetOutput())
		return x.op("json_object", e.JsonObjectConstructor.GetExprs()...), query.Unknown
	case *pg.Node_JsonArrayConstructor:
		x.l.jsonOutput(e.JsonArrayConstructor.GetOutput())
		return x.op("json_array", e.JsonArrayConstructor.GetExprs()...), query.Unknown
	case *pg.Node_JsonKeyValue:
		x.l.jsonFormat(e.JsonKeyValue.GetValue().GetFormat())
		return x.op("json", e.JsonKeyValue.GetKey(), jsonValue(e.JsonKeyValue.GetValue())), query.Unknown
	case *pg.Node_JsonValueExpr:
		x.l.jsonFormat(e.JsonValueExpr.GetFormat())
		return x.op("json", e.JsonValueExpr.GetRawExpr()), query.Unknown
	case *pg.Node_JsonIsPredicate:
		x.l.known(e.JsonIsPredicate.GetLocation(), "IS JSON", e.JsonIsPredicate.GetItemType())
		x.l.jsonFormat(e.JsonIsPredicate.GetFormat())
		return x.op("IS JSON", e.JsonIsPredicate.GetExpr()), "bool"
	case *pg.Node_SetToDefault:
		return &query.Op{Text: "DEFAULT", Default: true}, query.Unknown
	}
	return x.l.unsupported(n), query.Unknown
}

func jsonValue(v *pg.JsonValueExpr) *pg.Node { return v.GetRawExpr() }

// op lowers arguments under an operation that never pins; nil nodes are skipped.
func (x *exprs) op(text string, nodes ...*pg.Node) *query.Op {
	o := &query.Op{Text: text}
	for _, n := range nodes {
		if n != nil {
			e, _ := x.expr(n)
			o.Args = append(o.Args, e)
		}
	}
	return o
}

// indirection lowers (row).field and array[i].
func (x *exprs) indirection(a *pg.A_Indirection) query.Expr {
	mark := len(x.l.depth)
	o := x.op("[]", a.GetArg())
	for _, n := range a.GetIndirection() {
		switch i := n.GetNode().(type) {
		case *pg.Node_AIndices:
			for _, bound := range []*pg.Node{i.AIndices.GetLidx(), i.AIndices.GetUidx()} {
				if bound != nil {
					e, _ := x.expr(bound)
					o.Args = append(o.Args, e)
				}
			}
		case *pg.Node_String_:
			if refused := x.attribute(i.String_.GetSval(), parsetree.LocationOf(a.GetArg())); refused != nil {
				return refused
			}
			if refused := x.mayFold(i.String_.GetSval(), o, x.l.depth[mark:], parsetree.LocationOf(a.GetArg())); refused != nil {
				return refused
			}
		case *pg.Node_AStar:
		default:
			return x.l.unsupported(n)
		}
	}
	return o
}

// attribute refuses (x).name where it may call a user's function of that name with x,
// as it does when x has no such field (PostgreSQL manual, 8.16.5), or cast x to a type of that name.
func (x *exprs) attribute(name string, at int32) *query.Opaque {
	x.l.signature([]string{name}, at)
	if !pgtype.HasFunction(x.l.db.Functions, catalog.Name{Name: name}) && pgtype.Dangerous[name] == "" {
		return nil
	}
	_, refused := x.function([]string{name}, at)
	return refused
}

func (x *exprs) constant(c *pg.A_Const) (query.Expr, query.Type) {
	pos := x.l.token(c.GetLocation())
	text := "NULL"
	t := pgtype.AnyType
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Ival, *pg.A_Const_Fval:
		t = "numeric"
		if _, ok := v.(*pg.A_Const_Ival); ok {
			t = "int"
		}
	case *pg.A_Const_Boolval:
		t = "bool"
	}
	if pos.Known() && x.l.via == nil {
		text = x.l.text[pos.Start:pos.End]
	}
	out := &query.Const{Text: text, Null: c.GetIsnull(), Pos: pos}
	x.l.constantOf(c, out)
	if value, ok := parsetree.Literal(c); ok {
		out.Literal = slices.Index(x.l.Literals, value) + 1
		if out.Literal > 0 && x.l.via != nil {
			out.Text = "'" + strings.ReplaceAll(value, "'", "''") + "'"
		}
	}
	return out, t
}

// unknownLevel is the level of a reference that is not resolved: any enclosing one.
const unknownLevel = -1

// columnRef resolves x, t.x, s.t.x and whole-row references.
func (x *exprs) columnRef(c *pg.ColumnRef) (query.Expr, query.Type) {
	fields := parsetree.Strings(c.GetFields())
	at := c.GetLocation()
	if n := len(c.GetFields()); fields == nil && (n == 0 || c.GetFields()[n-1].GetAStar() == nil || parsetree.Strings(c.GetFields()[:n-1]) == nil) {
		return x.l.refuse(at, "unsupported-syntax", "tenantgen does not know this form of column reference", ""), query.Unknown
	}
	if fields == nil { // t.* as a row value
		x.l.spreads(at)
		level := unknownLevel
		if ref := parsetree.Strings(c.GetFields()[:len(c.GetFields())-1]); len(ref) == 1 {
			if _, sc := x.sc.relation("", ref[0]); sc != nil {
				level = sc.level
			}
		}
		x.l.depth = append(x.l.depth, level)
		return &query.Op{Text: "*"}, query.Unknown
	}
	var found lookup
	switch len(fields) {
	case 1:
		found = x.sc.column(fields[0])
		if found.col == nil && !found.ambiguous && !found.unknown {
			if it, sc := x.sc.relation("", fields[0]); it != nil {
				x.l.spreads(at)
				x.l.depth = append(x.l.depth, sc.level)
				return &query.Op{Text: fields[0]}, query.Unknown // whole row
			}
		}
	case 2, 3:
		schema, rel := "", fields[len(fields)-2]
		if len(fields) == 3 {
			schema = fields[0]
		}
		it, sc := x.sc.relation(schema, rel)
		if it == nil {
			if arg, t, ok := x.ownParameter(fields); ok {
				return arg, t
			}
			return x.l.refuse(at, "unknown-column", "there is no "+strings.Join(fields[:len(fields)-1], ".")+" in scope here", x.meant(rel)), query.Unknown
		}
		found = it.column(fields[len(fields)-1])
		found.level = sc.level
	default:
		return x.l.refuse(at, "unknown-column", "tenantgen does not know "+strings.Join(fields, "."), ""), query.Unknown
	}
	return x.resolved(found, fields, at)
}

func (x *exprs) resolved(found lookup, fields []string, at int32) (query.Expr, query.Type) {
	name := strings.Join(fields, ".")
	if found.col != nil || found.unknown {
		x.l.depth = append(x.l.depth, found.level)
	}
	switch {
	case found.ambiguous:
		return x.l.refuse(at, "unknown-column", "column "+name+" is ambiguous", "qualify it with a table alias"), query.Unknown
	case found.unknown:
		if refused := x.attribute(fields[len(fields)-1], at); refused != nil {
			return refused, query.Unknown
		}
		o := &query.Op{Text: name}
		if refused := x.mayFold(fields[len(fields)-1], o, []int{found.level}, at); refused != nil {
			return refused, query.Unknown
		}
		return o, query.Unknown
	case found.col == nil:
		if len(fields) == 1 {
			if arg, t, ok := x.l.body.named(fields[0]); ok {
				return arg, t
			}
		}
		if physicalColumns[fields[len(fields)-1]] {
			return x.l.refuse(at, "unsupported-syntax", "system column "+name+" shows how the rows of all tenants are stored", "use the primary key"), query.Unknown
		}
		if systemColumns[fields[len(fields)-1]] {
			return &query.Op{Text: name, Strict: true}, query.Unknown
		}
		relation := ""
		if len(fields) > 1 {
			relation = fields[len(fields)-2]
		}
		hint := "check its spelling, and that its migration is listed in sqlc.yaml"
		if len(x.l.opaque) < maxRefusals { // those that are told
			hint = spelling.Meant(fields[len(fields)-1], x.sc.columnNames(relation), hint)
		}
		return x.l.refuse(at, "unknown-column", "column "+name+" does not exist in the schema files", hint), query.Unknown
	}
	if col, ok := found.col.expr.(*query.Col); ok {
		at := x.l.relationName(at)
		return &query.Col{Rel: col.Rel, Index: col.Index, Text: col.Text, Pos: at}, found.col.typ
	}
	return found.col.expr, found.col.typ
}

// System columns (PostgreSQL manual, 5.5). Where a row is stored and which transaction
// wrote it depends on what every tenant did; which table it is in does not.
var (
	physicalColumns = sqltext.Words("ctid xmin xmax cmin cmax")
	systemColumns   = sqltext.Words("tableoid")
)

// cast lowers a cast. A parameter stays a parameter under casts that keep its value,
// and a column under a cast to its own type.
func (x *exprs) cast(c *pg.TypeCast) (query.Expr, query.Type) {
	e, from := x.expr(c.GetArg())
	ref := x.l.typeRef(c.GetTypeName())
	to := pgtype.Family(x.l.db, ref)
	x.l.given(e, from, c, ref)
	again := from != pgtype.AnyType && x.l.db.OwnCasts() // it is cast twice, and that may be by a cast of the schema's own
	switch e := e.(type) {
	case *query.Param:
		// text → uuid keeps one parameter one value; uuid → text would not, since
		// two spellings of one uuid are two texts.
		if x.l.keepsLiteral(ref) && !again && (from == pgtype.AnyType || from == "text" || from == to) {
			return e, to
		}
	case *query.Const:
		delete(x.l.strings, e) // what is written in two ways may be one value of another type
		if again || !x.l.keepsLiteral(ref) {
			e.Literal, e.Recast = 0, true
		}
		return e, to
	case *query.Col:
		if to != query.Unknown && from == to && !pgtype.Modified(x.l.db, ref) && to != "int" {
			return e, to
		}
	case *query.Opaque:
		return e, query.Unknown
	case nil, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull:
	default:
		panic(query.Unexpected(e))
	}
	o := &query.Op{Args: []query.Expr{e}, Strict: true, Text: "::" + ref.Name.Name, Mutable: pgtype.BySession(from, to)}
	if from == "bool" {
		if same := x.l.truthCast(e, ref, o); same != nil {
			return same, "bool"
		}
	}
	x.l.prints(o, e, from, ref)
	return o, query.Unknown
}

// equality builds l = r where it proves something: both sides have one known
// family, or one is a parameter or literal that takes the other's type.
func (l *lowerer) equality(a query.Expr, ta query.Type, b query.Expr, tb query.Type, pos query.Span) query.Expr {
	l.met(a, ta, b, tb)
	if ta == pgtype.AnyType {
		ta = tb
	}
	if tb == pgtype.AnyType {
		tb = ta
	}
	if ta != tb || ta == query.Unknown || ta == pgtype.AnyType {
		return &query.Op{Args: []query.Expr{a, b}, Strict: true, Text: "="}
	}
	return &query.Eq{L: a, R: b, Text: Text(a) + " = " + Text(b), Pos: pos}
}

// Text renders a short expression for messages and certificates.
func Text(e query.Expr) string {
	switch e := e.(type) {
	case *query.Col:
		return e.Text
	case *query.Param:
		return e.Text
	case *query.Const:
		return e.Text
	case *query.Op:
		return e.Text
	case nil, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.IsNotNull, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return "(…)"
}
