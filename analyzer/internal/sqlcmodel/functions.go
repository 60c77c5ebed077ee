package sqlcmodel

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// functionText is what the pinned sqlc knows of functions; a test makes it from sqlc's source.
//
//go:embed functions.txt
var functionText string

// function is one that sqlc's catalog knows.
type function struct {
	name     string
	params   []parameter
	returns  *typeName
	required int // how many arguments a call has to have
	variadic bool
	in       int
}

// parameter is one of a function's.
type parameter struct {
	name       string
	typ        typeName
	in, out    bool // out: OUT, and not a column of RETURNS TABLE
	hasDefault bool
	variadic   bool
}

// knownFunctions holds the functions of functions.txt by extension, then by name in lower
// case; the extension of PostgreSQL's own is "-".
var knownFunctions = sync.OnceValue(func() map[string]map[string][]*function {
	all := map[string]map[string][]*function{}
	for line := range strings.Lines(functionText) {
		f := strings.Fields(line)
		if len(f) < 6 || f[0] == "#" {
			continue
		}
		if all[f[0]] == nil {
			all[f[0]] = map[string][]*function{}
		}
		fn := knownFunction(f[1:])
		all[f[0]][strings.ToLower(fn.name)] = append(all[f[0]][strings.ToLower(fn.name)], fn)
	}
	return all
})

func knownFunction(f []string) *function {
	args, _ := strconv.Atoi(f[1])
	defaults, _ := strconv.Atoi(f[2])
	fn := &function{name: f[0], variadic: f[3] == "v", in: args, params: make([]parameter, args)}
	fn.required = args - defaults
	if fn.variadic {
		fn.required--
	}
	if f[4] != "-" {
		fn.returns = &typeName{name: strings.ReplaceAll(f[4], "_", " ")}
	}
	for i := range fn.params {
		fn.params[i].in = true
		if i < len(f)-5 {
			fn.params[i].name = f[5+i]
		}
	}
	return fn
}

// settle counts what calls are compared with.
func (f *function) settle() {
	f.in, f.required, f.variadic = 0, 0, false
	for _, p := range f.params {
		if !p.in {
			continue
		}
		f.in++
		f.variadic = f.variadic || p.variadic
		if !p.hasDefault && !p.variadic {
			f.required++
		}
	}
}

// takes reports whether a call fits, as catalog.ResolveFuncCall decides: by the number of
// its arguments and the names that they are given.
func (f *function) takes(args int, names []string) bool {
	if args < f.required || !f.variadic && args > f.in {
		return false
	}
	for _, n := range names {
		known := false
		for _, p := range f.params {
			known = known || p.in && p.name == n
		}
		if !known {
			return false
		}
	}
	return true
}

// functionsNamed lists the functions of a name as catalog.ListFuncsByName does: those of
// PostgreSQL, then those of the schema that the call names, or of public.
func (m *Model) functionsNamed(schema, name string) []*function {
	s := m.schema(orPublic(schema))
	if s == nil {
		return nil
	}
	lower := strings.ToLower(name)
	list := knownFunctions()["-"][lower]
	list = list[:len(list):len(list)]
	for _, s := range []*schemaOf{m.schema("pg_catalog"), s} {
		for _, f := range s.functions {
			if strings.ToLower(f.name) == lower {
				list = append(list, f)
			}
		}
	}
	return list
}

// resolve finds the function of a call (catalog.ResolveFuncCall). known is false when sqlc
// knows none of the name, which it takes; a nil function with known is an error.
func (m *Model) resolve(call *pg.FuncCall) (f *function, known bool) {
	schema, name := lastTwo(call.Funcname)
	all := m.functionsNamed(schema, name)
	if len(all) == 0 {
		return nil, false
	}
	var names []string
	for _, a := range call.Args {
		if n := a.GetNamedArgExpr(); n != nil {
			names = append(names, n.Name)
		} else if len(names) > 0 {
			return nil, true
		}
	}
	for _, f := range all {
		if f.takes(len(call.Args), names) {
			return f, true
		}
	}
	return nil, true
}
