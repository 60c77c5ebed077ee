package lower

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// formFunctions are built-in functions that give one result for the same arguments
// throughout a statement: immutable or stable ones (PostgreSQL manual, 38.7).
var formFunctions = sqltext.Words("lower upper btrim ltrim rtrim length char_length abs left right starts_with cardinality " +
	"array_length array_position jsonb_array_length now transaction_timestamp date_trunc")

// formOperators are operators whose built-in variants are immutable or stable.
var formOperators = sqltext.Words("= <> < > <= >= + - * / % ~ ~* !~ !~* ~~ ~~* !~~ !~~* && @> <@ -> ->> #> #>> ? ?| ?& ||")

// formTimes are the SQL value functions that tell the time: they are stable.
var formTimes = []pg.SQLValueFunctionOp{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE, pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP, pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP,
}

// former writes the form of one condition. It reads every field that the parser fills
// in the few nodes that it knows; any other node has no form.
type former struct {
	x      *exprs
	rel    query.RelID // of the columns so far
	some   bool        // there was a column
	params []*query.Param
	own    bool   // columns go by their bare names, as in a policy
	why    string // what has no form, for messages
}

// note records the form of a condition, so that it can be recognised where it stands
// for what read_also declares. e is what n was lowered to.
func (x *exprs) note(n *pg.Node, e query.Expr) {
	if !x.l.Forms || isOpaque(e) {
		return
	}
	if _, known := x.l.forms[e]; known {
		return
	}
	f := &former{x: x}
	if text, ok := f.write(n); ok && f.some {
		if x.l.forms == nil {
			x.l.forms = map[query.Expr]query.Form{}
		}
		x.l.forms[e] = query.Form{Rel: f.rel, Text: text, Params: f.params}
	}
}

// none reports what keeps a condition from having a form.
func (f *former) none(format string, args ...any) (string, bool) {
	if f.why == "" {
		f.why = fmt.Sprintf(format, args...)
	}
	return "", false
}

func (f *former) write(n *pg.Node) (string, bool) {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return f.column(e.ColumnRef)
	case *pg.Node_ParamRef:
		return f.param(e.ParamRef.GetLocation())
	case *pg.Node_AConst:
		return f.constant(e.AConst)
	case *pg.Node_TypeCast:
		arg, ok := f.write(e.TypeCast.GetArg())
		return f.cast(arg, ok, e.TypeCast)
	case *pg.Node_BoolExpr:
		return f.all(e.BoolExpr.GetBoolop().String(), e.BoolExpr.GetArgs())
	case *pg.Node_AExpr:
		return f.operator(e.AExpr)
	case *pg.Node_FuncCall:
		return f.call(e.FuncCall)
	case *pg.Node_NullTest:
		return f.all(e.NullTest.GetNulltesttype().String(), []*pg.Node{e.NullTest.GetArg()})
	case *pg.Node_BooleanTest:
		return f.all(e.BooleanTest.GetBooltesttype().String(), []*pg.Node{e.BooleanTest.GetArg()})
	case *pg.Node_List:
		return f.all("list", e.List.GetItems())
	case *pg.Node_AArrayExpr:
		return f.all("array", e.AArrayExpr.GetElements())
	case *pg.Node_CoalesceExpr:
		return f.all("coalesce", e.CoalesceExpr.GetArgs())
	case *pg.Node_SqlvalueFunction:
		if op := e.SqlvalueFunction.GetOp(); slices.Contains(formTimes, op) {
			return op.String(), true
		}
		return f.none("%s", strings.ToLower(strings.TrimPrefix(e.SqlvalueFunction.GetOp().String(), "SVFOP_")))
	case *pg.Node_CaseExpr:
		return f.none("CASE")
	case *pg.Node_RowExpr:
		return f.none("ROW")
	case *pg.Node_SubLink:
		return f.none("a subquery")
	}
	return f.none("%s", parsetree.SyntaxTitle(n))
}

// all writes an operation with its arguments in their order.
func (f *former) all(name string, args []*pg.Node) (string, bool) {
	parts := make([]string, len(args))
	for i, a := range args {
		part, ok := f.write(a)
		if !ok {
			return "", false
		}
		parts[i] = part
	}
	return name + "(" + strings.Join(parts, ",") + ")", true
}

// column writes a column by its position in its table.
func (f *former) column(c *pg.ColumnRef) (string, bool) {
	fields, l := parsetree.Strings(c.GetFields()), f.x.l
	if len(fields) == 0 || len(fields) != len(c.GetFields()) {
		return f.none("a whole row")
	}
	if f.own && len(fields) > 1 {
		return f.none("%s; write the column's bare name", strings.Join(fields, "."))
	}
	mark := len(l.depth)
	e, _ := f.x.columnRef(c)
	l.depth = l.depth[:mark]
	col, ok := e.(*query.Col)
	if !ok {
		return f.none("%s, which is no column of the table", strings.Join(fields, "."))
	}
	if f.some && col.Rel != f.rel {
		return f.none("columns of two relations")
	}
	f.rel, f.some = col.Rel, true
	return "column " + strconv.Itoa(col.Index), true
}

// param writes the parameter at a place; its number is settled later.
func (f *former) param(at int32) (string, bool) {
	if f.x.l.via == nil { // places are those of the query's own text
		for _, use := range f.x.l.params {
			if use.at == at {
				f.params = append(f.params, use.node)
				return query.FormParam, true
			}
		}
	}
	return f.none("a parameter")
}

func (f *former) constant(c *pg.A_Const) (string, bool) {
	if c.GetIsnull() {
		return "null", true
	}
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.GetIval())), true
	case *pg.A_Const_Fval:
		return "float " + strconv.Quote(v.Fval.GetFval()), true
	case *pg.A_Const_Boolval:
		return strconv.FormatBool(v.Boolval.GetBoolval()), true
	case *pg.A_Const_Sval:
		return strconv.Quote(v.Sval.GetSval()), true
	}
	return f.none("a bit string")
}

// cast writes a cast to a built-in type without a modifier; others may run functions.
func (f *former) cast(arg string, ok bool, c *pg.TypeCast) (string, bool) {
	if !ok {
		return "", false
	}
	ref := f.x.l.typeRef(c.GetTypeName())
	if ref.Name.Schema != "pg_catalog" || ref.Modified {
		return f.none("a cast to %s", strings.Join(parsetree.Strings(c.GetTypeName().GetNames()), "."))
	}
	return fmt.Sprintf("cast(%s,%q,%t)", arg, ref.Name.Name, ref.Array), true
}

func (f *former) operator(a *pg.A_Expr) (string, bool) {
	name := parsetree.OperatorName(a)
	if name == "@" && a.GetLexpr() == nil {
		if len(parsetree.Strings(a.GetRexpr().GetColumnRef().GetFields())) == 1 {
			return f.param(a.GetLocation())
		}
		return f.none("a cast of the tenant")
	}
	full := parsetree.Strings(a.GetName())
	like := a.GetKind() == pg.A_Expr_Kind_AEXPR_LIKE || a.GetKind() == pg.A_Expr_Kind_AEXPR_ILIKE
	switch a.GetKind() {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL, pg.A_Expr_Kind_AEXPR_IN,
		pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		if len(full) != 1 || !like && !formOperators[name] {
			return f.none("operator %s", strings.Join(full, "."))
		}
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
	default:
		return f.none("%s", strings.ToLower(name))
	}
	args := []*pg.Node{a.GetLexpr(), a.GetRexpr()}
	if a.GetLexpr() == nil {
		args = args[1:]
	}
	return f.all(a.GetKind().String()+" "+strconv.Quote(name), args)
}

func (f *former) call(c *pg.FuncCall) (string, bool) {
	full := parsetree.Strings(c.GetFuncname())
	if len(full) == 2 && full[0] == "sqlc" && full[1] == "arg" {
		return f.param(c.GetLocation())
	}
	name := strings.Join(full, ".")
	if len(full) != 1 || !formFunctions[name] || !parsetree.Plain(c) {
		return f.none("function %s", name)
	}
	return f.all("call "+name, c.GetArgs())
}
