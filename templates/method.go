package templates

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// method decides the method for a query.
func (b *builder) method(q sqlc.Query) (Method, error) {
	f := b.facts[q.Name]
	m := Method{Name: q.Name, Query: q.Name, Verdict: f.Verdict, Doc: doc(q, f), Result: q.Result, Infallible: q.BatchResults != "",
		Command: strings.TrimPrefix(q.Cmd, ":"), Write: f.Write}
	if f.Verdict == CrossTenant || f.Verdict == OfTenants {
		m.Category = f.Category
	}
	tenants := b.tenantArgs(q)
	m.IDs = b.levels(f)
	if err := b.visible(q); err != nil {
		return Method{}, err
	}
	switch {
	case q.Slice && q.ParamsStruct != nil:
		return m, b.each(&m, q, tenants)
	case q.Slice && len(tenants) > 0:
		return Method{}, errNoParameter
	case q.ParamsStruct == nil:
		b.plain(&m, q, tenants)
	case len(tenants) > 0:
		b.withoutTenants(&m, q, tenants)
	default:
		b.wholeStruct(&m, q)
	}
	return m, nil
}

// levels are those whose ids the method of a query takes.
func (b *builder) levels(f QueryFacts) []int {
	var list []int
	for level, n := range f.TenantParams {
		if f.Verdict == Scoped && n != 0 {
			list = append(list, level)
		}
	}
	return list
}

// reserved are the names that a method's body needs.
func (b *builder) reserved() map[string]bool {
	names := map[string]bool{"ctx": true, "r": true, "arg": true, "tenant": true, "gen": true, "conn": true, sqlcgen: true}
	for _, id := range b.model.IDs {
		names[id.Arg] = true
	}
	return names
}

// idExpr is the expression that hands a tenant's id to sqlc.
func (b *builder) idExpr(t tenantArg) string {
	if t.set {
		return b.model.IDs[t.level].exprs(t.one())
	}
	return b.model.IDs[t.level].expr(t.Type)
}

// plain takes sqlc's own parameters, without the tenants.
func (b *builder) plain(m *Method, q sqlc.Query, tenants []tenantArg) {
	taken, fields := b.reserved(), map[string]bool{}
	var rest []sqlc.Field
	var places []int // of rest, among the arguments
	for _, p := range q.Params {
		if i := slices.IndexFunc(tenants, func(t tenantArg) bool { return t.Param == p.Name }); i >= 0 {
			m.Args = append(m.Args, Arg{Expr: b.idExpr(tenants[i])})
			continue
		}
		// sqlc lowers the first letter only: ID → iD.
		name := freeName(variable(upperFirst(p.Name)), taken)
		taken[name] = true
		m.Params = append(m.Params, Param{Name: name, Type: p.Type})
		places = append(places, len(m.Args))
		m.Args = append(m.Args, Arg{Expr: name})
		field := freeName(exported(words(upperFirst(p.Name))), fields)
		fields[field] = true
		rest = append(rest, sqlc.Field{Name: field, Type: p.Type})
	}
	if len(tenants) == 0 || b.opts.ParameterLimit == nil || len(rest) <= *b.opts.ParameterLimit {
		return
	}
	for i, place := range places {
		m.Args[place].Expr = "arg." + rest[i].Name
	}
	b.takeStruct(m, q.Name+"Params", rest)
}

// takeStruct makes a struct of its own the method's parameter.
func (b *builder) takeStruct(m *Method, name string, fields []sqlc.Field) {
	m.Struct = &ParamsStruct{Name: name, Fields: fields}
	m.Params = []Param{{Name: "arg", Type: sqlc.Type{Expr: name}}}
	b.claims.add(name, "the parameters of query "+m.Name)
}

// plainLimit is how many parameters of sqlc's struct are taken plainly.
func (b *builder) plainLimit() int {
	if b.opts.ParameterLimit != nil {
		return *b.opts.ParameterLimit
	}
	return 1
}

// withoutTenants takes the fields of sqlc's struct without the tenants: one as a
// plain parameter, several as a struct of their own, unless the limit is another.
func (b *builder) withoutTenants(m *Method, q sqlc.Query, tenants []tenantArg) {
	rest, exprOf := b.split(q, tenants)
	if len(rest) > b.plainLimit() {
		b.takeStruct(m, q.ParamsStruct.Name, rest)
		for _, f := range rest {
			exprOf[f.Name] = "arg." + f.Name
		}
	} else {
		taken := b.reserved()
		for _, f := range rest {
			name := freeName(variable(f.Name), taken)
			taken[name] = true
			m.Params = append(m.Params, Param{Name: name, Type: f.Type})
			exprOf[f.Name] = name
		}
	}
	m.Args = []Arg{literal(q, exprOf)}
}

// literal is sqlc's struct of parameters, by the expressions of its fields.
func literal(q sqlc.Query, exprOf map[string]string) Arg {
	arg := Arg{Struct: q.ParamsStruct.Name, Pointer: q.ParamsPointer}
	for _, f := range q.ParamsStruct.Fields {
		arg.Fields = append(arg.Fields, FieldValue{Name: f.Name, Expr: exprOf[f.Name]})
	}
	return arg
}

// split parts the fields of sqlc's struct: those that are no tenant, and the
// expressions for those that are.
func (b *builder) split(q sqlc.Query, tenants []tenantArg) (rest []sqlc.Field, exprOf map[string]string) {
	exprOf = map[string]string{}
	for _, t := range tenants {
		exprOf[t.Field] = b.idExpr(t)
	}
	rest = slices.DeleteFunc(slices.Clone(q.ParamsStruct.Fields), func(f sqlc.Field) bool { return exprOf[f.Name] != "" })
	return rest, exprOf
}

// wholeStruct takes sqlc's struct as it is. It is taken by value even when sqlc
// takes a pointer, for sqlc's code would panic on a nil one.
func (b *builder) wholeStruct(m *Method, q sqlc.Query) {
	m.Struct = &ParamsStruct{Name: q.ParamsStruct.Name, Alias: true}
	m.Params = []Param{{Name: "arg", Type: sqlc.Type{Expr: m.Struct.Name}}}
	m.Args = []Arg{{Expr: "arg"}}
	if q.ParamsPointer {
		m.Args[0].Expr = "&arg"
	}
	b.claims.add(m.Struct.Name, "the parameters of query "+q.Name)
}

// variable makes a variable's name of a field's: OrgID → orgID, ID → id.
func variable(field string) string {
	list := words(field)
	if len(list) == 0 {
		return "value"
	}
	name := unexported(list)
	if !token.IsIdentifier(name) || predeclared(name) {
		return name + "Value"
	}
	return name
}

// predeclared reports names of types and constants that a parameter should not
// hide; those of functions, such as new and max, are common parameters.
func predeclared(name string) bool {
	object := types.Universe.Lookup(name)
	_, function := object.(*types.Builtin)
	return object != nil && !function
}

// visible refuses types that callers of the emitted package could not name.
func (b *builder) visible(q sqlc.Query) error {
	var all []sqlc.Type
	for _, p := range q.Params {
		all = append(all, p.Type)
	}
	if q.ParamsStruct != nil {
		for _, f := range q.ParamsStruct.Fields {
			all = append(all, f.Type)
		}
	}
	if q.Result != nil {
		all = append(all, *q.Result)
	}
	for _, t := range all {
		if err := b.known(t); err != nil {
			return err
		}
	}
	return nil
}

// known checks that every type of sqlc's package in t is re-exported.
func (b *builder) known(t sqlc.Type) error {
	expr, err := parser.ParseExpr(t.Expr)
	if err != nil {
		return fmt.Errorf("type %s: %w", t.Expr, err)
	}
	ast.Inspect(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false // of another package
		case *ast.Ident:
			if types.Universe.Lookup(n.Name) == nil && !ast.IsExported(n.Name) {
				err = fmt.Errorf("sqlc's type %s is not exported; give it a name with \"rename\" in sqlc.yaml", n.Name)
			}
		case *ast.StarExpr, *ast.ArrayType, *ast.MapType, *ast.IndexExpr, *ast.BasicLit, *ast.InterfaceType, *ast.FieldList, nil:
		default:
			err = fmt.Errorf("type %s is not supported", t.Expr)
		}
		return true
	})
	return err
}

// doc composes the doc comment: what the author wrote, then why the method is
// safe to call.
func doc(q sqlc.Query, f QueryFacts) []string {
	lines := authored(f.Comments)
	if len(lines) == 0 {
		lines = []string{fmt.Sprintf("%s runs the query %s of %s.", q.Name, q.Name, q.File)}
	}
	if q.BatchResults != "" {
		lines = append(lines, "", "It is sent at once, as one transaction: what it returns has to be read or closed.")
	}
	switch f.Verdict {
	case Scoped:
		if c := oneLine(f.Certificate); c != "" {
			lines = append(lines, "", c)
		}
		if a := oneLine(f.Assumes); a != "" {
			lines = append(lines, a)
		}
	case OfTenants:
		lines = append(lines, "", strings.TrimRight(oneLine("Of several tenants: "+f.Reason), ":. ")+".")
		if c := oneLine(f.Certificate); c != "" {
			lines = append(lines, c)
		}
		if a := oneLine(f.Assumes); a != "" {
			lines = append(lines, a)
		}
	case Global:
		lines = append(lines, "", "No tenant: it touches only tables that all tenants share.")
	case Unproved:
		lines = append(lines, "", "Not proved to be confined to the tenant: row-level security alone confines it.")
	case CrossTenant:
		lines = append(lines, "", strings.TrimRight(oneLine("Cross-tenant ("+f.Category+"): "+f.Reason), ":.")+".")
	}
	return lines
}

// authored returns the author's lines without tenantgen's directives and without
// empty lines around them.
func authored(comments []string) []string {
	var lines []string
	for _, c := range comments {
		c = strings.TrimRight(strings.TrimPrefix(strings.ReplaceAll(c, "\r", ""), " "), " \t")
		if strings.HasPrefix(strings.TrimSpace(c), "tenantgen:") || c == "" && len(lines) == 0 {
			continue
		}
		lines = append(lines, c)
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
