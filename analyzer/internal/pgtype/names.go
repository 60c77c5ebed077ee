// Package pgtype knows what PostgreSQL's own catalogs say of types, operators, casts and
// functions, as far as an analysis rests on it, and looks up what the schema declares of
// them.
package pgtype

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// BuiltinTypes are the types of pg_catalog (select typname from pg_type, PostgreSQL 17).
var BuiltinTypes = sqltext.Words(`aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange
	anycompatiblenonarray anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange bit bool box bpchar bytea char
	cid cidr circle cstring date datemultirange daterange event_trigger fdw_handler float4 float8 gtsvector index_am_handler
	inet int2 int2vector int4 int4multirange int4range int8 int8multirange int8range internal interval json jsonb jsonpath
	language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid oidvector path
	pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_ddl_command pg_dependencies pg_lsn pg_mcv_list pg_ndistinct
	pg_node_tree pg_snapshot point polygon record refcursor regclass regcollation regconfig regdictionary regnamespace regoper
	regoperator regproc regprocedure regrole regtype table_am_handler text tid time timestamp timestamptz timetz trigger
	tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid varbit varchar void
	xid xid8 xml`)

// BuiltinType is the type of pg_catalog of a name.
func BuiltinType(name string) catalog.TypeRef {
	return catalog.TypeRef{Name: catalog.Name{Schema: SystemSchema, Name: name}}
}

// SystemSchema has what PostgreSQL brings along.
const SystemSchema = "pg_catalog"

// IsCatalogName reports whether a relation's name is one that PostgreSQL keeps for its catalogs.
func IsCatalogName(name string) bool { return len(name) > 3 && name[:3] == "pg_" }
