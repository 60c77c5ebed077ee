package lower

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Predicate is a condition on the rows of one table, as a configuration declares it.
type Predicate struct {
	// Disjuncts are the forms of its conjuncts: a row for which all of one disjunct
	// are true satisfies it.
	Disjuncts [][]string
	Tenants   []TenantUse
	// Condition is all of it, on the columns of the relation Row.
	Condition query.Expr
	Row       query.RelID
}

// TenantUse is a comparison of @Name with a column.
type TenantUse struct {
	Name   string
	Column *catalog.Column
	// Element is true when an element of the column is compared.
	Element bool
}

// Predicate reads a condition that may mention columns of t, constants, built-in
// operators, a few functions that are not volatile, and @name for the tenant.
func (w *Lowerer) Predicate(t *catalog.Table, text string) (*Predicate, error) {
	incomplete := fmt.Errorf("%q is not one complete condition", text)
	head := "SELECT 1 FROM " + catalog.QuoteIdent(t.Name.Schema) + "." + catalog.QuoteIdent(t.Name.Name) + " WHERE "
	units := sqltext.Split(head + text)
	if len(units) != 1 || units[0].Err != nil || !onlyWhere(units[0].Stmt.GetSelectStmt()) {
		return nil, incomplete
	}
	where := units[0].Stmt.GetSelectStmt().GetWhereClause()
	l := &lowerer{Lowerer: w, db: w.DB, text: head + text, base: units[0].Base, path: searchPath(w.DB.SearchPath), running: searchPath(w.DB.SearchPath), start: units[0].Span.Start}
	p := &Predicate{Row: l.newRel()}
	x := &exprs{l: l, sc: &scope{items: []*item{l.tableItem(&query.Base{ID: p.Row, Table: t}, nil)}}}
	p.Condition = x.condition(where)
	for _, disjunct := range parsetree.Operands(where, pg.BoolExprType_OR_EXPR) {
		var forms []string
		for _, atom := range parsetree.Operands(disjunct, pg.BoolExprType_AND_EXPR) {
			form, err := p.atom(x, t, atom)
			if err != nil {
				return nil, err
			}
			forms = append(forms, form)
		}
		p.Disjuncts = append(p.Disjuncts, forms)
	}
	if len(l.opaque) > 0 {
		return nil, fmt.Errorf("%q is not understood: %s", text, l.opaque[0].Reason)
	}
	if len(l.called) > 0 { // though it be read: it may fail for some values
		return nil, fmt.Errorf("uses function %s of the schema's own, and may use built-in ones alone", l.called[0].Name)
	}
	if what := fails(where); what != "" {
		return nil, fmt.Errorf("uses %s, which fails for some values: a row that may not be read could make every query fail", what)
	}
	return p, nil
}

// atom is the form of one condition.
func (p *Predicate) atom(x *exprs, t *catalog.Table, n *pg.Node) (string, error) {
	f := &former{x: x, own: true}
	form, ok := f.write(n)
	switch {
	case !ok:
		return "", fmt.Errorf("mentions %s; it may use columns of its row, constants, built-in operators and, for the current tenant, @<tenant column>", f.why)
	case !f.some:
		return "", fmt.Errorf("has a condition that mentions no column of %s", t.Name)
	case len(f.params) == 0:
		return form, nil
	}
	use, ok := tenantUse(x, t, n)
	if !ok {
		return "", fmt.Errorf("uses the tenant in another way than @%s = column, @%[1]s = ANY (column) or column @> ARRAY[@%[1]s]", strings.TrimPrefix(f.params[0].Text, "@"))
	}
	p.Tenants = append(p.Tenants, use)
	return form, nil
}

// fails names what raises an error for some values of the columns in a condition, such
// as a division by zero, "" when nothing does.
func fails(n *pg.Node) string {
	what := ""
	parsetree.Walk(n, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.A_Expr:
			name := parsetree.OperatorName(m)
			switch {
			case slices.Contains([]string{"+", "-", "*", "/", "%"}, name) && (parsetree.MentionsColumn(m.GetLexpr()) || parsetree.MentionsColumn(m.GetRexpr())):
				what = "operator " + name + " on a column"
			case strings.Contains(name, "~") && parsetree.MentionsColumn(m.GetRexpr()):
				what = "a column as a pattern"
			}
		case *pg.TypeCast:
			to := parsetree.LastString(m.GetTypeName().GetNames())
			if parsetree.MentionsColumn(m.GetArg()) && to != "text" && to != "varchar" {
				what = "a cast of a column to " + to
			}
		case *pg.FuncCall:
			name := parsetree.LastString(m.GetFuncname())
			if slices.Contains([]string{"abs", "array_position", "jsonb_array_length"}, name) || name == "date_trunc" && len(m.GetArgs()) > 0 && parsetree.MentionsColumn(m.GetArgs()[0]) {
				what = "function " + name
			}
		}
	})
	return what
}

// tenantUse recognises the comparisons that mean the same for every spelling of a
// tenant, since they compare values of its own type.
func tenantUse(x *exprs, t *catalog.Table, n *pg.Node) (TenantUse, bool) {
	a := n.GetAExpr()
	if a == nil {
		return TenantUse{}, false
	}
	l, r := a.GetLexpr(), a.GetRexpr()
	kind, name := a.GetKind(), parsetree.OperatorName(a)
	is, any := name == "=" && kind == pg.A_Expr_Kind_AEXPR_OP, name == "=" && kind == pg.A_Expr_Kind_AEXPR_OP_ANY
	if els := r.GetAArrayExpr().GetElements(); name == "@>" && kind == pg.A_Expr_Kind_AEXPR_OP && len(els) == 1 {
		l, r, any = els[0], l, true
	} else if is && l.GetColumnRef() != nil {
		l, r = r, l
	}
	param := parsetree.Strings(l.GetAExpr().GetRexpr().GetColumnRef().GetFields())
	column := parsetree.Strings(r.GetColumnRef().GetFields())
	if !is && !any || l.GetAExpr().GetLexpr() != nil || parsetree.OperatorName(l.GetAExpr()) != "@" || len(param) != 1 || len(column) != 1 {
		return TenantUse{}, false
	}
	use := TenantUse{Name: param[0], Column: t.Column(column[0]), Element: any}
	return use, use.Column != nil
}

// onlyWhere reports whether a statement is nothing but SELECT … FROM … WHERE ….
func onlyWhere(s *pg.SelectStmt) bool {
	if s.GetWhereClause() == nil || len(s.GetTargetList()) != 1 || len(s.GetFromClause()) != 1 {
		return false
	}
	ok := true
	s.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		switch f.Name() {
		case "target_list", "from_clause", "where_clause", "limit_option", "op":
		default:
			ok = false
		}
		return ok
	})
	return ok && s.GetOp() == pg.SetOperation_SETOP_NONE
}
