package confirm

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// functions makes sure that every function that the statement runs is one that ours knows to run
// there, has read or somebody vouches for, or a built-in one that touches no rows.
func (m *matcher) functions(tree nodetree.Value) {
	known := m.known()
	unknown := map[string]bool{}
	var visit func(v nodetree.Value)
	seen := map[uint32]bool{}
	visit = func(v nodetree.Value) {
		nodetree.Walk(v, func(n *nodetree.Node) bool {
			for _, id := range m.calls(n) {
				f := m.w.procs[id]
				if f == nil || seen[id] {
					continue
				}
				seen[id] = true
				if !m.harmless(f, known) {
					unknown[f.name.String()] = true
				}
				if m.bodies[id] != nil && !m.q.vouched(f.name) {
					visit(m.bodies[id])
				}
			}
			return true
		})
	}
	visit(tree)
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		m.differ(query.Span{}, "the functions that run", "none called "+name, "one")
	}
}

// vouched reports whether somebody vouches for the functions of a name.
func (q *Query) vouched(name catalog.Name) bool { return slices.Contains(q.Vouched, name) }

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
func (m *matcher) known() map[catalog.Name]bool {
	known := map[catalog.Name]bool{}
	for _, f := range m.q.Statement.Calls {
		known[f.Name] = true
	}
	for _, f := range m.q.Statement.Fired {
		known[f.Trigger.Function] = true
	}
	for _, b := range m.bases {
		for _, f := range runs(b.Table) {
			known[f] = true
		}
	}
	return known
}

// harmless reports whether a function may run. Of what an extension or
// a type of ranges brings, what is immutable reads nothing
// but what it is given.
func (m *matcher) harmless(f *proc, known map[catalog.Name]bool) bool {
	switch {
	case f.builtin:
		return slices.Contains(touchesNothing, f.name.Name)
	case f.brought && f.volatile == "i":
		return true
	}
	return known[f.name] || m.q.vouched(f.name)
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
