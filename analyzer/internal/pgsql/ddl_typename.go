package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ddlBuiltinTypes are the types of pg_catalog (select typname from pg_type, PostgreSQL 17).
var ddlBuiltinTypes = wordSet(`aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange
	anycompatiblenonarray anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange bit bool box bpchar bytea char
	cid cidr circle cstring date datemultirange daterange event_trigger fdw_handler float4 float8 gtsvector index_am_handler
	inet int2 int2vector int4 int4multirange int4range int8 int8multirange int8range internal interval json jsonb jsonpath
	language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid oidvector path
	pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_ddl_command pg_dependencies pg_lsn pg_mcv_list pg_ndistinct
	pg_node_tree pg_snapshot point polygon record refcursor regclass regcollation regconfig regdictionary regnamespace regoper
	regoperator regproc regprocedure regrole regtype table_am_handler text tid time timestamp timestamptz timetz trigger
	tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid varbit varchar void
	xid xid8 xml`)

// ddlSerialTypes are not types but shorthands in column definitions (PostgreSQL manual, 8.1.4).
var ddlSerialTypes = map[string]string{
	"smallserial": "int2", "serial2": "int2", "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8",
}

// ddlSerial returns the integer type behind a serial column type.
func ddlSerial(t *pg.TypeName) (string, bool) {
	names := strings_(t.GetNames())
	if len(names) != 1 || t.GetPctType() {
		return "", false
	}
	base, ok := ddlSerialTypes[names[0]]
	return base, ok
}

func ddlBuiltinType(name string) catalog.TypeRef {
	return catalog.TypeRef{Name: catalog.Name{Schema: ddlSystemSchema, Name: name}}
}

// typeRef resolves the use of a type. A type that nothing declares, such as one
// of an extension, keeps the schema it was written with, which may be none.
func (l *ddlLoader) typeRef(t *pg.TypeName) catalog.TypeRef {
	if t == nil {
		return catalog.TypeRef{}
	}
	n := ddlQualified(t.GetNames())
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
func (l *ddlLoader) typeNamed(n catalog.Name) catalog.TypeRef {
	for _, s := range l.lookupPath(n.Schema) {
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
func (l *ddlLoader) typeExists(n catalog.Name) bool {
	if n.Schema == ddlSystemSchema {
		return ddlBuiltinTypes[n.Name]
	}
	if l.db.Type(n) != nil {
		return true
	}
	r := l.relation(n)
	return r != nil && (r.table != nil || r.view != nil)
}

// columnTypeRef resolves table.column%TYPE.
func (l *ddlLoader) columnTypeRef(names []*pg.Node) catalog.TypeRef {
	s := strings_(names)
	if len(s) < 2 {
		return catalog.TypeRef{}
	}
	r := l.find(ddlQualified(names[:len(names)-1]))
	if r == nil || r.table == nil {
		return catalog.TypeRef{}
	}
	if c := r.table.col(s[len(s)-1]); c != nil {
		return c.Type
	}
	return catalog.TypeRef{}
}

// declaredType returns the user-defined type that names mean.
func (l *ddlLoader) declaredType(names []*pg.Node) (*catalog.Type, error) {
	n := ddlQualified(names)
	for _, s := range l.lookupPath(n.Schema) {
		if t := l.db.Type(catalog.Name{Schema: s, Name: n.Name}); t != nil {
			return t, nil
		}
	}
	return nil, ddlHint(ddlErrorf(-1, "type %q does not exist", n), "no schema file creates it before this statement")
}

// function returns the declared functions that a name means: all overloads in
// the first schema of the path that has any.
func (l *ddlLoader) functions(n catalog.Name) []*catalog.Function {
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
func (l *ddlLoader) functionName(n catalog.Name) catalog.Name {
	if fs := l.functions(n); fs != nil {
		return fs[0].Name
	}
	return n
}

func ddlLastString(nodes []*pg.Node) string {
	if len(nodes) == 0 {
		return ""
	}
	return nodes[len(nodes)-1].GetString_().GetSval()
}
