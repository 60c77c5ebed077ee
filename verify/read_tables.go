package verify

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// tables reads the relations that hold rows or show them, without those of the
// system and of other sessions. What somebody put into the system's schemas counts.
func (r *reader) tables() {
	var c relation
	var kind, strategy string
	var rls, force, partition bool
	r.each("pg_class", `SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
		  EXISTS (SELECT FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND coalesce(o.option_value, 'true')::bool),
		  coalesce((SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'), ''),
		  coalesce((SELECT p.partstrat::text FROM pg_partitioned_table p WHERE p.partrelid = c.oid), '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' OR n.nspname IN ('pg_catalog', 'information_schema') AND c.oid >= 16384
		  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
		ORDER BY n.nspname, c.relname`,
		[]any{&c.oid, &c.name.Schema, &c.name.Name, &kind, &c.owner, &rls, &force, &partition, &c.invoker, &c.memberOf, &strategy}, func() {
			one := c
			one.kind, one.extension = kind[0], c.memberOf != ""
			one.table = &catalog.Table{Name: c.name, RLS: rls, ForceRLS: force, IsPartition: partition, PartitionBy: strategies[strategy]}
			r.live.relations[one.oid], r.live.byName[one.name] = &one, &one
			if one.isTable() {
				r.live.db.Tables = append(r.live.db.Tables, one.table)
			}
		})
}

var strategies = map[string]string{"l": "list", "r": "range", "h": "hash"}

func (r *reader) columns() {
	var id oid
	var c catalog.Column
	var generated, identity string
	r.each("pg_attribute", `SELECT a.attrelid, a.attname::text, tn.nspname::text, t.typname::text, t.oid <> a.atttypid, a.atttypmod >= 0,
		  a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum]), a.atthasdef,
		  a.attgenerated::text, a.attidentity::text, EXISTS (SELECT FROM pg_collation l WHERE l.oid = a.attcollation AND NOT l.collisdeterministic)
		FROM pg_attribute a JOIN pg_type own ON own.oid = a.atttypid
		JOIN pg_type t ON t.oid = CASE WHEN own.typelem <> 0 AND own.typlen = -1 AND own.typcategory = 'A' THEN own.typelem ELSE own.oid END
		JOIN pg_namespace tn ON tn.oid = t.typnamespace
		WHERE `+madeHere("a.attrelid")+` AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum`,
		[]any{&id, &c.Name, &c.Type.Name.Schema, &c.Type.Name.Name, &c.Type.Array, &c.Type.Modified, &c.NotNull, &c.HasDefault, &generated, &identity, &c.Type.Nondeterministic}, func() {
			if rel := r.live.relations[id]; rel != nil {
				one := c
				one.Generated, one.Identity = generated != "", identity != ""
				rel.table.Columns = append(rel.table.Columns, &one)
			}
		})
}

func (r *reader) inheritance() {
	var child, parent oid
	r.each("pg_inherits", `SELECT inhrelid, inhparent FROM pg_inherits ORDER BY inhrelid, inhseqno`, []any{&child, &parent}, func() {
		c, p := r.live.relations[child], r.live.relations[parent]
		if c == nil || p == nil {
			return
		}
		c.parents, p.children = append(c.parents, p), append(p.children, c)
		c.table.Parents, p.table.Children = append(c.table.Parents, p.name), append(p.table.Children, c.name)
	})
}

// tableGrants reads the privileges on tables and on their columns. An owner's own are
// left out: ownership is judged as such.
func (r *reader) tableGrants() {
	var id oid
	var g grant
	r.each("the grants on tables", `SELECT c.oid, a.grantee, lower(a.privilege_type), '' AS col, a.is_grantable
		FROM pg_class c, aclexplode(c.relacl) a WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.grantee <> c.relowner
		UNION ALL
		SELECT c.oid, a.grantee, lower(a.privilege_type), t.attname::text, a.is_grantable
		FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped, aclexplode(t.attacl) a
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.grantee <> c.relowner ORDER BY 1, 2, 3, 4`,
		[]any{&id, &g.grantee, &g.privilege, &g.column, &g.grantable}, func() {
			if rel := r.live.relations[id]; rel != nil {
				rel.grants = append(rel.grants, g)
			}
		})
}

var commands = map[string]string{"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}

func (r *reader) policies() {
	var id oid
	var p catalog.Policy
	var command string
	var roles []oid
	r.each("pg_policy", `SELECT polrelid, polname::text, NOT polpermissive, polcmd::text, polroles, coalesce(pg_get_expr(polqual, polrelid), ''),
		  coalesce(pg_get_expr(polwithcheck, polrelid), '') FROM pg_policy ORDER BY polrelid, polname`,
		[]any{&id, &p.Name, &p.Restrictive, &command, &roles, &p.Using, &p.Check}, func() {
			rel := r.live.relations[id]
			if rel == nil {
				return
			}
			one := p
			one.Command, one.Roles = commands[command], nil
			for _, who := range roles {
				name := "public" // a role may be called PUBLIC
				if who != public {
					name = r.live.roleName(who)
				}
				one.Roles = append(one.Roles, name)
			}
			rel.table.Policies = append(rel.table.Policies, &one)
		})
}

func (r *reader) triggers() {
	var id oid
	var t trigger
	var enabled string
	r.each("pg_trigger", `SELECT t.tgrelid, t.tgname::text, n.nspname::text, p.proname::text, t.tgenabled::text, t.tgparentid <> 0
		FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE NOT t.tgisinternal OR t.tgparentid <> 0 AND t.tgconstraint = 0 ORDER BY 1, 2`,
		[]any{&id, &t.name, &t.function.Schema, &t.function.Name, &enabled, &t.copied}, func() {
			t.enabled = enabled[0]
			if rel := r.live.relations[id]; rel != nil {
				rel.triggers = append(rel.triggers, t)
			}
		})
}

// peeks reads what views show that is no relation of ours: catalogs that not everybody may
// read, and in materialized views, which their owner fills, statistics and functions. Names
// that stand in a string count, too.
func (r *reader) peeks() {
	var id oid
	var name string
	r.each("pg_get_viewdef", `SELECT c.oid, m[1] FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, regexp_matches(pg_get_viewdef(c.oid),
		  '\m(' || (SELECT string_agg(s.relname, '|') FROM pg_class s WHERE s.relnamespace = 'pg_catalog'::regnamespace AND s.relkind IN ('r', 'v') AND s.relacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(s.relacl) a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT'))
		  || CASE c.relkind WHEN 'm' THEN '|pg_stats|pg_stats_ext|pg_stats_ext_exprs|pg_stat_activity|pg_stat_statements|\w+_to_xml\w*|ts_stat|dblink\w*|lo_\w+|loread|pg_read_\w+|pg_ls_\w+' ELSE '' END || ')\M', 'g') m
		WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384 AND n.nspname !~ '^pg_t'
		UNION SELECT w.ev_class, p.proname::text FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class AND c.relkind = 'm'
		JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_proc'::regclass JOIN pg_proc p ON p.oid = d.refobjid
		WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e') ORDER BY 1, 2`, []any{&id, &name}, func() {
		if rel := r.live.relations[id]; rel != nil {
			rel.peeks = append(rel.peeks, name)
		}
	})
}

// rules reads rewrite rules, and on which relations there are any.
func (r *reader) rules() {
	var id oid
	var name string
	r.each("pg_rewrite", `SELECT ev_class, rulename::text FROM pg_rewrite WHERE rulename <> '_RETURN' ORDER BY 1, 2`, []any{&id, &name}, func() {
		if rel := r.live.relations[id]; rel != nil {
			rel.rules = append(rel.rules, name)
		}
	})
}

// views reads which relations each view's query names.
func (r *reader) views() {
	var id, reads oid
	r.each("pg_depend", `SELECT DISTINCT w.ev_class, d.refobjid FROM pg_rewrite w
		JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
		WHERE w.rulename = '_RETURN' AND d.refobjid <> w.ev_class ORDER BY 1, 2`, []any{&id, &reads}, func() {
		if rel, of := r.live.relations[id], r.live.relations[reads]; rel != nil && of != nil {
			rel.reads = append(rel.reads, of)
		}
	})
}

// madeHere is a condition for relations that initdb did not make, or that were moved out of
// its schemas: its own have thousands of columns, which nobody asks for.
func madeHere(relation string) string {
	return relation + ` IN (SELECT m.oid FROM pg_class m WHERE m.oid >= 16384 OR m.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace, 'information_schema'::regnamespace))`
}
