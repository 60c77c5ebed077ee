package ddl

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// serialTypes are not types but shorthands in column definitions (PostgreSQL manual, 8.1.4).
var serialTypes = map[string]string{
	"smallserial": "int2", "serial2": "int2", "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8",
}

// serial returns the integer type behind a serial column type.
func serial(t *pg.TypeName) (string, bool) {
	names := parsetree.Strings(t.GetNames())
	if len(names) != 1 || t.GetPctType() {
		return "", false
	}
	base, ok := serialTypes[names[0]]
	return base, ok
}

// typeRef resolves the use of a type. A type that nothing declares, such as one
// of an extension, keeps the schema it was written with, which may be none.
func (l *loader) typeRef(t *pg.TypeName) catalog.TypeRef {
	if t == nil {
		return catalog.TypeRef{}
	}
	n := parsetree.Qualified(t.GetNames())
	if t.GetPctType() {
		return l.columnTypeRef(t.GetNames())
	}
	ref := l.typeNamed(n)
	ref.Array = ref.Array || len(t.GetArrayBounds()) > 0
	ref.Modified = len(t.GetTypmods()) > 0
	return ref
}

// typeNamed resolves a type name along the search path; _x is how PostgreSQL
// names the array of x.
func (l *loader) typeNamed(n catalog.Name) catalog.TypeRef {
	ref := l.typeIn(l.lookupPath(n.Schema), n)
	if n.Schema == "" {
		l.apart(n.Name, ref.Name.String(), func(path []string) string {
			return l.typeIn(append([]string{tempSchema, pgtype.SystemSchema}, path...), n).Name.String()
		})
	}
	return ref
}

func (l *loader) typeIn(path []string, n catalog.Name) catalog.TypeRef {
	for _, s := range path {
		full := catalog.Name{Schema: s, Name: n.Name}
		if l.typeExists(full) {
			return catalog.TypeRef{Name: full}
		}
		full.Name = strings.TrimPrefix(n.Name, "_")
		if full.Name != n.Name && l.typeExists(full) {
			return catalog.TypeRef{Name: full, Array: true}
		}
	}
	return catalog.TypeRef{Name: n}
}

// typeExists says whether a type has that name; every table and view is a type too.
func (l *loader) typeExists(n catalog.Name) bool {
	if n.Schema == pgtype.SystemSchema {
		return pgtype.BuiltinTypes[n.Name]
	}
	if l.db.Type(n) != nil {
		return true
	}
	r := l.relation(n)
	return r != nil && (r.table != nil || r.view != nil)
}

// columnTypeRef resolves table.column%TYPE.
func (l *loader) columnTypeRef(names []*pg.Node) catalog.TypeRef {
	s := parsetree.Strings(names)
	if len(s) < 2 {
		return catalog.TypeRef{}
	}
	r := l.find(parsetree.Qualified(names[:len(names)-1]))
	if r == nil || r.table == nil {
		return catalog.TypeRef{}
	}
	if c := r.table.col(s[len(s)-1]); c != nil {
		return c.Type
	}
	return catalog.TypeRef{}
}

// declaredType returns the user-defined type that names mean.
func (l *loader) declaredType(names []*pg.Node) (*catalog.Type, error) {
	n := parsetree.Qualified(names)
	for _, s := range l.lookupPath(n.Schema) {
		if t := l.db.Type(catalog.Name{Schema: s, Name: n.Name}); t != nil {
			return t, nil
		}
	}
	return nil, withHint(errorf(-1, "type %q does not exist", n), "no schema file creates it before this statement")
}

// function returns the declared functions that a name means: all overloads in
// the first schema of the path that has any.
func (l *loader) functions(n catalog.Name) []*catalog.Function {
	path := []string{n.Schema}
	if n.Schema == "" {
		path = l.path // functions are never looked up in pg_temp
	}
	for _, s := range path {
		var found []*catalog.Function
		for _, f := range l.db.Functions {
			if f.Name == (catalog.Name{Schema: s, Name: n.Name}) {
				found = append(found, f)
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// functionName returns the full name of a function when a schema file declares
// it, and otherwise the name as written: it is built in or an extension's.
func (l *loader) functionName(n catalog.Name) catalog.Name {
	if fs := l.functions(n); fs != nil {
		return fs[0].Name
	}
	return n
}
