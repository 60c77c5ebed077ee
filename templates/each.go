package templates

import (
	"errors"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

var errNoParameter = errors.New("it takes nothing but the tenant, so that it would do the same thing for each element; use another command, such as :exec")

// each takes a slice for sqlc's slice of structs: without the tenant, which is
// one for all elements, or of sqlc's own structs.
func (b *builder) each(m *Method, q sqlc.Query, tenants []tenantArg) error {
	if len(tenants) == 0 {
		b.wholeStructs(m, q)
		return nil
	}
	taken := b.reserved()
	for _, local := range []string{"params", "i"} {
		taken[local] = true
	}
	rest, exprOf := b.split(q, tenants)
	e := Each{Param: "args", Var: "arg", Struct: q.ParamsStruct.Name, Pointer: q.ParamsPointer}
	switch {
	case len(rest) == 0:
		return errNoParameter
	case len(rest) == 1 && b.plainLimit() > 0:
		e.Var = freeName(variable(rest[0].Name), taken)
		taken[e.Var] = true
		e.Param = freeName(plural(e.Var), taken)
		m.Params = []Param{{Name: e.Param, Type: sliceOf(rest[0].Type)}}
		exprOf[rest[0].Name] = e.Var
	default:
		b.takeStruct(m, q.ParamsStruct.Name, rest)
		m.Params = []Param{{Name: e.Param, Type: sliceOf(m.Params[0].Type)}}
		for _, f := range rest {
			exprOf[f.Name] = e.Var + "." + f.Name
		}
	}
	e.Value = literal(q, exprOf)
	m.Each, m.Args = &e, []Arg{{Expr: "params"}}
	return nil
}

// wholeStructs takes a slice of sqlc's struct, by value even when sqlc takes
// pointers, as wholeStruct does.
func (b *builder) wholeStructs(m *Method, q sqlc.Query) {
	b.wholeStruct(m, q)
	m.Params = []Param{{Name: "args", Type: sqlc.Type{Expr: "[]" + m.Struct.Name}}}
	m.Args = []Arg{{Expr: "args"}}
	if q.ParamsPointer {
		m.Each = &Each{Param: "args", Struct: q.ParamsStruct.Name, Pointer: true, Value: Arg{Expr: "&args[i]"}}
		m.Args = []Arg{{Expr: "params"}}
	}
}

func sliceOf(t sqlc.Type) sqlc.Type {
	t.Expr = "[]" + t.Expr
	return t
}

// plural makes a name for several of what a variable is one of.
func plural(name string) string {
	stem, y := strings.CutSuffix(name, "y")
	switch last := name[len(name)-1:]; {
	case y && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeiou"):
		return stem + "ies"
	case strings.Contains("sxz", last) || strings.HasSuffix(name, "ch") || strings.HasSuffix(name, "sh"):
		return name + "es"
	}
	return name + "s"
}
