package confirm

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// functions makes sure that every function that the statement runs, or that writing its tables
// does, is built in and touches no rows, has been read by both, or is vouched for.
func (m *matcher) functions(tree nodetree.Value) {
	m.known = known(m.q.Statement)
	r := &reach{m: m, seen: map[uint32]bool{}, bad: map[string]string{}}
	r.tree(tree)
	for id, rel := range m.w.rels {
		for command := range m.writes[rel.name] {
			r.writing(id, command)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.bad)) {
		m.differ(query.Span{}, "the functions that run", "none like "+name, r.bad[name])
	}
}

// reach follows what runs, and notes what must not.
type reach struct {
	m    *matcher
	seen map[uint32]bool
	bad  map[string]string
}

// writing follows what a command on a table runs.
func (r *reach) writing(rel uint32, command string) {
	for _, x := range r.m.w.onWrite[rel] {
		if strings.Contains(x.when, command) {
			r.functions(x.fn)
			r.functions(r.m.w.onMake[x.typ]...)
		}
	}
}

func (r *reach) tree(v nodetree.Value) {
	nodetree.Walk(v, func(n *nodetree.Node) bool {
		r.functions(r.m.calls(n)...)
		for _, field := range makes[n.Name] {
			r.functions(r.m.w.onMake[n.OID(field)]...)
		}
		return true
	})
}

// makes are the fields that name the type of a value which a node makes, so that the checks of a domain
// in it run.
var makes = map[string][]string{"COERCETODOMAIN": {"resulttype"}, "COERCEVIAIO": {"resulttype"}, "FUNCEXPR": {"funcresulttype"}, "ROWEXPR": {"row_typeid"}, "PARAM": {"paramtype"}, "CONVERTROWTYPEEXPR": {"resulttype"}}

func (r *reach) functions(ids ...uint32) {
	for _, id := range ids {
		f := r.m.w.procs[id]
		if f == nil || r.seen[id] {
			continue
		}
		r.seen[id] = true
		if why := r.judge(id, f); why != "" {
			r.bad[f.name.String()] = why
		}
	}
}

// judge says why a function must not run, "" when it may. Of what an extension or a type of ranges
// brings, what is immutable reads nothing but what it is given, and what extensionsTouchNothing lists, beside that, the session or chance. What ours has read must be harmless
// for the second reader, too: a body of SQL that ours laid beside the server's or that names no
// relation, one of PL/pgSQL in which no statement of SQL stands.
func (r *reach) judge(id uint32, f *proc) string {
	body := r.m.bodies[id]
	switch {
	case f.builtin && slices.Contains(touchesNothing, f.name.Name), f.brought && (f.volatile == "i" || slices.Contains(strings.Fields(extensionsTouchNothing[f.extension]), f.name.Name)), r.m.w.vouched[id]:
		return ""
	case f.builtin:
		return "one that PostgreSQL brings, and that may touch rows or settings"
	case !r.m.known[f.name]:
		return "one that ours does not know to run"
	case f.name.Name == catalog.FollowTrigger, f.language == "plpgsql" && !statements.MatchString(f.source):
		return ""
	case f.language == "sql" && (r.m.laid[id] || body != nil && !names(body)):
		r.tree(body)
		if changes(body) && r.m.perRow {
			return "one that changes rows, for rows that conditions would leave out"
		}
		return ""
	}
	return "one whose body may touch rows of any tenant"
}

// statements are the words with which a statement of SQL begins in a body, or goes on.
var statements = regexp.MustCompile(`(?i)\b(select|insert|update|delete|merge|execute|perform|call|copy|from|truncate|table)\b`)

// names reports whether a tree names a relation.
func names(tree *nodetree.Node) bool {
	found := false
	nodetree.Walk(tree, func(n *nodetree.Node) bool {
		found = found || n.Name == "RANGETBLENTRY" && n.Int("rtekind", -1) == rteRelation
		return !found
	})
	return found
}

// changes reports whether a tree changes rows.
func changes(tree *nodetree.Node) bool {
	found := false
	nodetree.Walk(tree, func(n *nodetree.Node) bool {
		found = found || n.Name == "QUERY" && n.Int("commandType", cmdSelect) != cmdSelect
		return !found
	})
	return found
}

// calls are the functions that one node runs.
func (m *matcher) calls(n *nodetree.Node) []uint32 {
	switch n.Name {
	case "FUNCEXPR":
		return []uint32{n.OID("funcid")}
	case "AGGREF":
		return []uint32{n.OID("aggfnoid")}
	case "WINDOWFUNC":
		return []uint32{n.OID("winfnoid")}
	case "OPEXPR", "DISTINCTEXPR", "NULLIFEXPR", "SCALARARRAYOPEXPR":
		if o := m.w.ops[n.OID("opno")]; o != nil {
			return []uint32{o.code}
		}
	case "SORTGROUPCLAUSE":
		var all []uint32
		for _, field := range []string{"eqop", "sortop"} {
			if o := m.w.ops[n.OID(field)]; o != nil {
				all = append(all, o.code)
			}
		}
		return all
	}
	return nil
}

// known are the functions of the schema that ours says the statement runs.
func known(st *query.Statement) map[catalog.Name]bool {
	known := map[catalog.Name]bool{}
	for _, f := range st.Calls {
		known[f.Name] = true
	}
	for _, f := range st.Fired {
		known[f.Trigger.Function] = true
	}
	add := func(t *catalog.Table) {
		for _, f := range runs(t) {
			known[f] = true
		}
	}
	for _, t := range st.Targets {
		add(t)
	}
	var visit func(query.Node)
	visit = func(n query.Node) {
		if b, ok := n.(*query.Base); ok {
			add(b.Table)
		}
		query.Children(n, visit)
	}
	visit(st.Root)
	return known
}

// touchesNothing are the built-in functions that are not immutable and touch no rows: they depend on
// the time, the session or chance, convert values, or number what is new. This list is the second
// reader's own.
var touchesNothing = strings.Fields(`
age anytextcat array_to_json array_to_string clock_timestamp concat concat_ws convert convert_from convert_to current_database current_schema current_schemas
current_setting current_user currval date date_cmp_timestamptz date_eq_timestamptz date_ge_timestamptz date_gt_timestamptz date_le_timestamptz date_lt_timestamptz
date_ne_timestamptz date_part date_trunc enum_first enum_last enum_range extract format gen_random_uuid generate_series get_current_ts_config getdatabaseencoding in_range
interval_pl_timestamptz json_agg json_build_array json_build_object json_object_agg json_populate_record json_populate_recordset json_to_record json_to_recordset
json_to_tsvector jsonb_agg jsonb_build_array jsonb_build_object jsonb_object_agg jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_array_tz
jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset jsonb_to_record jsonb_to_recordset jsonb_to_tsvector length make_timestamptz
money nextval now numeric overlaps pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_backend_pid pg_notify pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_typeof
phraseto_tsquery plainto_tsquery quote_literal quote_nullable random row_to_json session_user statement_timestamp textanycat time timeofday timestamp timestamp_cmp_timestamptz
timestamp_eq_timestamptz timestamp_ge_timestamptz timestamp_gt_timestamptz timestamp_le_timestamptz timestamp_lt_timestamptz timestamp_ne_timestamptz timestamptz
timestamptz_cmp_date timestamptz_cmp_timestamp timestamptz_eq_date timestamptz_eq_timestamp timestamptz_ge_date timestamptz_ge_timestamp timestamptz_gt_date
timestamptz_gt_timestamp timestamptz_le_date timestamptz_le_timestamp timestamptz_lt_date timestamptz_lt_timestamp timestamptz_mi_interval timestamptz_ne_date
timestamptz_ne_timestamp timestamptz_pl_interval timetz timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp
tsvector_update_trigger tsvector_update_trigger_column uuidv4 uuidv7 version websearch_to_tsquery xmlagg json_agg_strict jsonb_agg_strict json_object_agg_strict json_object_agg_unique
json_object_agg_unique_strict jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict random_normal date_add date_subtract`)

// extensionsTouchNothing are, of extensions that applications commonly install, the functions that
// are not immutable and touch no rows: they depend on the session's settings, a dictionary, the time or chance.
var extensionsTouchNothing = map[string]string{
	"moddatetime": "moddatetime",
	"pg_trgm":     "similarity_op strict_word_similarity_commutator_op strict_word_similarity_op word_similarity_commutator_op word_similarity_op",
	"pgcrypto":    "gen_random_bytes gen_random_uuid gen_salt pgp_pub_encrypt pgp_pub_encrypt_bytea pgp_sym_encrypt pgp_sym_encrypt_bytea",
	"unaccent":    "unaccent",
	"uuid-ossp":   "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4",
}
