package pgsql

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// anyCount is the number of arguments of a call that does not say it.
const anyCount = -1

// meanings are the functions that a name can mean at a place.
type meanings struct {
	declared []*catalog.Function // by the schema files
	system   bool                // pg_catalog has functions of the name, too
}

// resolve finds the functions that a call by name can mean, as PostgreSQL looks them up
// (manual, 10.3): of all schemas of the path, pg_catalog too, those that take so many
// arguments. Which of several it is depends on types that are not modelled, and in a view
// on what there was when it was created: all count.
func resolve(all []*catalog.Function, name catalog.Name, path []string, args int) meanings {
	m := meanings{system: (name.Schema == "" || name.Schema == ddlSystemSchema) && isSystemFunction(name.Name)}
	path = append([]string{ddlSystemSchema}, path...)
	if name.Schema != "" {
		path = []string{name.Schema}
	}
	elsewhere := []*catalog.Function{}
	for _, f := range all {
		switch {
		case f.Name.Name != name.Name || !takesCount(f, args):
		case slices.Contains(path, f.Name.Schema):
			m.declared = append(m.declared, f)
		case name.Schema == "":
			elsewhere = append(elsewhere, f)
		}
	}
	if len(m.declared) == 0 && !m.system {
		m.declared = elsewhere // the session may have another path than is known
	}
	return m
}

// takesCount reports whether a call with so many arguments can mean f, defaults and
// VARIADIC counted (PostgreSQL manual, 10.3).
func takesCount(f *catalog.Function, args int) bool {
	in := inputs(f)
	most, least := len(in), 0
	for _, a := range in {
		if !a.HasDefault && a.Mode != "variadic" {
			least++
		}
		if a.Mode == "variadic" {
			most = max(args, most)
		}
	}
	return args == anyCount || least <= args && args <= most
}

func isSystemFunction(name string) bool {
	_, harmless := builtins[name]
	return harmless || otherBuiltins[name] || dangerous[name] != ""
}
