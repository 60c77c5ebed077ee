package pgtype

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// AnyCount is the number of arguments of a call that does not say it.
const AnyCount = -1

// meanings are the functions that a name can mean at a place.
type meanings struct {
	Declared []*catalog.Function // by the schema files
	System   bool                // pg_catalog has functions of the name, too
}

// Resolve finds the functions that a call by name can mean, as PostgreSQL looks them up
// (manual, 10.3): of all schemas of the path, pg_catalog too, those that take so many
// arguments. Which of several it is depends on types that are not modelled, and in a view
// on what there was when it was created: all count.
func Resolve(all []*catalog.Function, name catalog.Name, path []string, args int) meanings {
	m := meanings{System: (name.Schema == "" || name.Schema == SystemSchema) && IsSystemFunction(name.Name)}
	path = append([]string{SystemSchema}, path...)
	if name.Schema != "" {
		path = []string{name.Schema}
	}
	elsewhere := []*catalog.Function{}
	for _, f := range all {
		switch {
		case f.Name.Name != name.Name || !takesCount(f, args):
		case slices.Contains(path, f.Name.Schema):
			m.Declared = append(m.Declared, f)
		case name.Schema == "":
			elsewhere = append(elsewhere, f)
		}
	}
	if len(m.Declared) == 0 && !m.System {
		m.Declared = elsewhere // the session may have another path than is known
	}
	return m
}

// takesCount reports whether a call with so many arguments can mean f, defaults and
// VARIADIC counted (PostgreSQL manual, 10.3).
func takesCount(f *catalog.Function, args int) bool {
	in := Inputs(f)
	most, least := len(in), 0
	for _, a := range in {
		if !a.HasDefault && a.Mode != "variadic" {
			least++
		}
		if a.Mode == "variadic" {
			most = max(args, most)
		}
	}
	return args == AnyCount || least <= args && args <= most
}

// IsSystemFunction reports whether pg_catalog has functions of a name.
func IsSystemFunction(name string) bool {
	_, harmless := Builtins[name]
	return harmless || otherBuiltins[name] || Dangerous[name] != ""
}

// Inputs are the arguments that a call gives.
func Inputs(fn *catalog.Function) []catalog.Arg {
	return slices.DeleteFunc(slices.Clone(fn.Args), func(a catalog.Arg) bool { return a.Mode == "out" || a.Mode == "table" })
}

// HasFunction reports whether any of the functions has the name; one without a schema is in all of them.
func HasFunction(all []*catalog.Function, name catalog.Name) bool {
	return slices.ContainsFunc(all, func(f *catalog.Function) bool {
		return f.Name.Name == name.Name && (name.Schema == "" || f.Name.Schema == name.Schema)
	})
}
