package templates

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// Isolation is the test that calls every scoped method beside another tenant's rows.
type Isolation struct {
	// ImportPath is that of the package of repositories; the test is in the package
	// beside it.
	ImportPath string
	// Inner are the tables of each level within the outermost.
	Inner  [][]string
	Groups []ArgGroup
	Calls  []IsolationCall
}

// ArgGroup are the values that the methods of one repository are called with: one
// for each name of a parameter, whichever method takes it.
type ArgGroup struct {
	Repository string
	Fields     []Param
}

// IsolationCall calls a method of a repository.
type IsolationCall struct {
	Repository string
	Method     Method
	Args       []TestValue
}

// TestValue is an argument: the field of a group, or a struct or slice of such.
type TestValue struct {
	// Field is the field, or, within a struct, the value of the member Name. Pointer
	// reports that its address is passed, nil for the zero value.
	Name, Field string
	Pointer     bool
	// Slice is the type of a slice with one element, Struct the name of a struct.
	Slice   *sqlc.Type
	Struct  string
	Members []TestValue
}

// isolation settles the test.
func (b *builder) isolation() {
	if b.opts.TestImportPath == "" {
		return
	}
	test := &Isolation{ImportPath: b.opts.TestImportPath, Inner: b.opts.InnerTables}
	for _, r := range b.model.Repositories {
		var uses argUses
		for _, m := range r.Methods {
			if m.Verdict == Scoped {
				uses.method(m)
			}
		}
		if fields := uses.fields(); len(fields) > 0 {
			test.Groups = append(test.Groups, ArgGroup{Repository: r.Field, Fields: fields})
		}
		for _, m := range r.Methods {
			if m.Verdict == Scoped {
				test.Calls = append(test.Calls, IsolationCall{Repository: r.Field, Method: m, Args: uses.arguments(m)})
			}
		}
	}
	b.model.Isolation = test
}

// argUses are the parameters of a repository's methods.
type argUses []argUse

type argUse struct {
	name string // as a field
	base sqlc.Type
	// plain reports a use that is no pointer: then the field is none.
	plain bool
}

func (u *argUses) method(m Method) {
	switch {
	case m.Struct != nil:
		for _, f := range m.Struct.Fields {
			u.add(f.Name, f.Type)
		}
	case m.Each != nil:
		u.add(m.Each.Var, element(m.Params[0].Type))
	default:
		for _, p := range m.Params {
			u.add(p.Name, p.Type)
		}
	}
}

func element(slice sqlc.Type) sqlc.Type {
	slice.Expr = strings.TrimPrefix(slice.Expr, "[]")
	return slice
}

func (u *argUses) add(name string, t sqlc.Type) {
	base, pointer := pointee(t)
	if i := u.find(name, base); i >= 0 {
		(*u)[i].plain = (*u)[i].plain || !pointer
		return
	}
	*u = append(*u, argUse{name: fieldName(name), base: base, plain: !pointer})
}

func pointee(t sqlc.Type) (base sqlc.Type, pointer bool) {
	t.Expr, pointer = strings.CutPrefix(t.Expr, "*")
	return t, pointer
}

func fieldName(name string) string { return exported(words(name)) }

func (u argUses) find(name string, base sqlc.Type) int {
	return slices.IndexFunc(u, func(have argUse) bool { return have.name == fieldName(name) && have.base.Expr == base.Expr })
}

// field is the name of the field for a use. Fields of several types under one name
// carry the type in it, each of them: none is to change its name for another.
func (u argUses) field(i int) string {
	for j := range u {
		if j != i && u[j].name == u[i].name {
			return u[i].name + typeName(u[i].base.Expr)
		}
	}
	return u[i].name
}

// typeName is a type as a part of a name: pgtype.Text → PgtypeText, []string → StringSlice.
func typeName(expr string) string {
	element, slice := strings.CutPrefix(expr, "[]")
	if slice {
		return typeName(element) + "Slice"
	}
	return fieldName(element)
}

func (u argUses) fields() []Param {
	var list []Param
	for i, use := range u {
		t := use.base
		if !use.plain {
			t.Expr = "*" + t.Expr
		}
		list = append(list, Param{Name: u.field(i), Type: t})
	}
	slices.SortFunc(list, func(x, y Param) int { return strings.Compare(x.Name, y.Name) })
	return list
}

// arguments are those of a method after the tenant.
func (u argUses) arguments(m Method) []TestValue {
	value := func(name string, t sqlc.Type) TestValue {
		base, pointer := pointee(t)
		i := u.find(name, base)
		return TestValue{Name: name, Field: u.field(i), Pointer: pointer && u[i].plain}
	}
	var list []TestValue
	switch {
	case m.Struct != nil:
		arg := TestValue{Struct: m.Struct.Name}
		for _, f := range m.Struct.Fields {
			arg.Members = append(arg.Members, value(f.Name, f.Type))
		}
		if m.Each != nil {
			arg = TestValue{Slice: &sqlc.Type{Expr: m.Struct.Name}, Members: []TestValue{arg}}
		}
		list = append(list, arg)
	case m.Each != nil:
		t := element(m.Params[0].Type)
		list = append(list, TestValue{Slice: &t, Members: []TestValue{value(m.Each.Var, t)}})
	default:
		for _, p := range m.Params {
			list = append(list, value(p.Name, p.Type))
		}
	}
	return list
}
