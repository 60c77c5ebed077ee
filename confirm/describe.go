package confirm

import (
	"context"
	"strings"
)

// described are the questions to pg_catalog. Each row is an object, what is said of it, and what.
// Objects that belong to an extension are none of the schema files'. Names are as catalog.Name
// writes them: without the schema when that is public.
var described = []string{
	`SELECT 'table ' || c.name, 'it', pg_catalog.format('inherits from (%s), partition %s, partitioned by "%s"',
		coalesce((SELECT pg_catalog.string_agg(p.name, ', ' ORDER BY p.name COLLATE "C") FROM pg_catalog.pg_inherits i JOIN object p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid), ''), bool(c.relispartition),
		coalesce((SELECT CASE p.partstrat WHEN 'l' THEN 'list' WHEN 'r' THEN 'range' ELSE 'hash' END FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = c.oid), ''))
	FROM object c WHERE c.relkind IN ('r', 'p', 'f')`,
	`SELECT 'table ' || c.name, 'row-level security', bool(c.relrowsecurity) || ', forced ' || bool(c.relforcerowsecurity) FROM object c WHERE c.relkind IN ('r', 'p', 'f')`,
	`SELECT 'table ' || c.name, 'rules', bool(EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid)) || ', on SELECT ' ||
		bool(EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '1')) FROM object c WHERE c.relkind IN ('r', 'p', 'f')`,
	`SELECT 'table ' || c.name, 'column ' || a.attname, pg_catalog.format('number %s, %s%s%s, not null %s, default %s, generated %s, identity %s',
		pg_catalog.row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), typ(a.atttypid), CASE WHEN a.atttypmod >= 0 THEN ' with a modifier' ELSE '' END,
		CASE WHEN NOT l.collisdeterministic THEN ' under a nondeterministic collation' ELSE '' END,
		bool(a.attnotnull), bool(a.atthasdef AND a.attgenerated = ''), bool(a.attgenerated <> ''), bool(a.attidentity <> ''))
	FROM pg_catalog.pg_attribute a JOIN object c ON c.oid = a.attrelid LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
	WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped`,
	// The functions of the schema that defaults, checks, generated columns, indexes, statistics, triggers and policies run,
	// operators' and those behind a domain's checks included.
	`WITH part (classid, oid, relid) AS (
		SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, oid, adrelid FROM pg_catalog.pg_attrdef
		UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, conrelid FROM pg_catalog.pg_constraint WHERE conrelid <> 0
		UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, a.attrelid FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.atttypid = k.contypid
		UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, indexrelid, indrelid FROM pg_catalog.pg_index
		UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, partrelid, partrelid FROM pg_catalog.pg_partitioned_table
		UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid, stxrelid FROM pg_catalog.pg_statistic_ext
		UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, oid, polrelid FROM pg_catalog.pg_policy
		UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid, tgrelid FROM pg_catalog.pg_trigger)
	SELECT DISTINCT 'table ' || c.name, 'runs ' || nam(p.pronamespace, p.proname), 'yes' FROM object c JOIN part x ON x.relid = c.oid
	JOIN pg_catalog.pg_depend d ON d.classid = x.classid AND d.objid = x.oid LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
	JOIN pg_catalog.pg_proc p ON p.oid = CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END
	WHERE c.relkind IN ('r', 'p', 'f') AND p.oid >= 16384 AND NOT brought('pg_catalog.pg_proc', p.oid)`,
	// What ours says of few columns only: a generated column that is another.
	`SELECT 'table ' || c.name, 'claim value of ' || a.attname, 'column ' || b.attname
	FROM pg_catalog.pg_attrdef d JOIN object c ON c.oid = d.adrelid JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_catalog.pg_attribute b ON b.attrelid = d.adrelid
	WHERE a.attgenerated <> '' AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) IN (pg_catalog.quote_ident(b.attname), '(' || pg_catalog.quote_ident(b.attname) || ')')`,
	`SELECT 'table ' || c.name, 'policy ' || p.polname, pg_catalog.format('for %s to %s, restrictive %s', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
		(SELECT pg_catalog.string_agg(coalesce(r.rolname, 'public'), ', ' ORDER BY coalesce(r.rolname, 'public') COLLATE "C") FROM pg_catalog.unnest(p.polroles) o LEFT JOIN pg_catalog.pg_roles r ON r.oid = o), bool(NOT p.polpermissive))
	FROM pg_catalog.pg_policy p JOIN object c ON c.oid = p.polrelid`,
	`SELECT 'table ' || c.name, 'unique key ' || x.relname, pg_catalog.format('over (%s), primary %s, constraint %s, partial %s, expressions %s, deferrable %s, nulls not distinct %s',
		(SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY k.n) FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.n <= i.indnkeyatts),
		bool(i.indisprimary), bool(o.oid IS NOT NULL), bool(i.indpred IS NOT NULL), bool(i.indexprs IS NOT NULL), bool(NOT i.indimmediate OR coalesce(o.condeferrable, false)),
		bool(coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false)))
	FROM pg_catalog.pg_index i JOIN object c ON c.oid = i.indrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid LEFT JOIN pg_catalog.pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u')
	WHERE i.indisunique AND i.indisvalid AND c.relkind IN ('r', 'p', 'f')`,
	`SELECT 'table ' || c.name, 'foreign key ' || f.conname, pg_catalog.format('(%s) to %s (%s), on delete "%s" (%s), on update "%s", not valid %s, deferrable %s', cols(f.conrelid, f.conkey), r.name, cols(f.confrelid, f.confkey),
		act(f.confdeltype), cols(f.conrelid, (SELECT pg_catalog.array_agg(e::int2) FROM pg_catalog.jsonb_array_elements_text(CASE WHEN pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(f) -> 'confdelsetcols') = 'array' THEN pg_catalog.to_jsonb(f) -> 'confdelsetcols' END) e)), act(f.confupdtype), bool(NOT f.convalidated), bool(f.condeferrable))
	FROM pg_catalog.pg_constraint f JOIN object c ON c.oid = f.conrelid JOIN object r ON r.oid = f.confrelid WHERE f.contype = 'f' AND (f.conparentid = 0 OR f.conrelid <> (SELECT p.conrelid FROM pg_catalog.pg_constraint p WHERE p.oid = f.conparentid))`,
	`SELECT 'table ' || c.name, 'exclusion constraint ' || x.conname, 'over (' || (SELECT pg_catalog.string_agg(coalesce(a.attname, ''), ', ' ORDER BY k.n) FROM pg_catalog.unnest(x.conkey) WITH ORDINALITY k(attnum, n) LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = k.attnum) || ')'
	FROM pg_catalog.pg_constraint x JOIN object c ON c.oid = x.conrelid WHERE x.contype = 'x'`,
	`SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view ' ELSE 'table ' END || c.name, 'trigger ' || t.tgname, pg_catalog.format('%s %s (%s), for each row %s, when %s, runs %s',
		CASE WHEN t.tgtype & 64 <> 0 THEN 'instead of' WHEN t.tgtype & 2 <> 0 THEN 'before' ELSE 'after' END,
		pg_catalog.concat_ws(', ', CASE WHEN t.tgtype & 8 <> 0 THEN 'delete' END, CASE WHEN t.tgtype & 4 <> 0 THEN 'insert' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'truncate' END, CASE WHEN t.tgtype & 16 <> 0 THEN 'update' END),
		coalesce((SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attname COLLATE "C") FROM pg_catalog.unnest(t.tgattr::int2[]) n JOIN pg_catalog.pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = n), ''),
		bool(t.tgtype & 1 <> 0), bool(t.tgqual IS NOT NULL), nam(p.pronamespace, p.proname))
	-- of partitions, the copies of a partitioned table's, which PostgreSQL 14 calls internal
	FROM pg_catalog.pg_trigger t JOIN object c ON c.oid = t.tgrelid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal OR t.tgparentid <> 0 AND t.tgconstraint = 0`,
	`SELECT 'view ' || c.name, 'it', pg_catalog.format('materialized %s, security_invoker %s', bool(c.relkind = 'm'), bool(coalesce((SELECT o.option_value::bool FROM pg_catalog.pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker'), false)))
	FROM object c WHERE c.relkind IN ('v', 'm')`,
	`SELECT 'function ' || nam(p.pronamespace, p.proname), 'of (' || coalesce((SELECT pg_catalog.string_agg(typ(a), ', ' ORDER BY n) FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY t(a, n)), '') || ')',
		CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_catalog.format('%s in %s, %s, strict %s, security definer %s, leakproof %s, returns a set %s', CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' WHEN 'p' THEN 'procedure' ELSE 'function' END, l.lanname,
		CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END, bool(p.proisstrict), bool(p.prosecdef), bool(p.proleakproof), bool(p.proretset)) END
	FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.oid >= 16384 AND NOT brought('pg_catalog.pg_proc', p.oid) AND p.pronamespace <> pg_catalog.pg_my_temp_schema()
		AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i')`,
	`SELECT 'type ' || nam(t.typnamespace, t.typname), 'it', CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'composite' END ||
		CASE WHEN t.typtype = 'd' THEN ' over ' || typ(t.typbasetype) || CASE WHEN t.typtypmod >= 0 THEN ' with a modifier' ELSE '' END || CASE WHEN NOT l.collisdeterministic THEN ' under a nondeterministic collation' ELSE '' END ELSE '' END ||
		' (' || coalesce((SELECT pg_catalog.string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '') || ')'
	FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid LEFT JOIN pg_catalog.pg_collation l ON l.oid = t.typcollation
	WHERE t.oid >= 16384 AND (t.typtype IN ('e', 'd') OR t.typtype = 'c' AND c.relkind = 'c') AND NOT brought('pg_catalog.pg_type', t.oid) AND t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace`,
}

// helpers are functions that the questions use. They go with the session.
const helpers = `
CREATE FUNCTION pg_temp.bool(b bool) RETURNS text LANGUAGE sql AS 'SELECT CASE WHEN b THEN ''true'' ELSE ''false'' END';
CREATE FUNCTION pg_temp.nam(schema oid, name name) RETURNS text LANGUAGE sql AS 'SELECT CASE WHEN n.nspname IN (''public'', ''pg_catalog'') THEN '''' ELSE n.nspname || ''.'' END || name FROM pg_catalog.pg_namespace n WHERE n.oid = schema';
CREATE FUNCTION pg_temp.typ(t oid) RETURNS text LANGUAGE sql AS 'SELECT CASE WHEN y.typcategory = ''A'' AND y.typelem <> 0 THEN pg_temp.typ1(y.typelem) || ''[]'' ELSE pg_temp.typ1(t) END FROM pg_catalog.pg_type y WHERE y.oid = t';
CREATE FUNCTION pg_temp.cols(rel oid, nums int2[]) RETURNS text LANGUAGE sql AS 'SELECT coalesce(pg_catalog.string_agg(a.attname, '', '' ORDER BY k.n), '''') FROM pg_catalog.unnest(nums) WITH ORDINALITY k(attnum, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = rel AND a.attnum = k.attnum';
CREATE FUNCTION pg_temp.act(a "char") RETURNS text LANGUAGE sql AS 'SELECT CASE a WHEN ''c'' THEN ''cascade'' WHEN ''n'' THEN ''set null'' WHEN ''d'' THEN ''set default'' WHEN ''r'' THEN ''restrict'' ELSE '''' END';
CREATE FUNCTION pg_temp.brought(class text, object oid) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = class::pg_catalog.regclass AND d.objid = object AND d.deptype = ''e'')';
CREATE VIEW pg_temp.object AS SELECT c.*, pg_temp.nam(c.relnamespace, c.relname) AS name FROM pg_catalog.pg_class c
	WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace) AND NOT pg_temp.brought('pg_catalog.pg_class', c.oid)`

// describe writes the server's catalog as describe of ours does.
func (s *server) describe(ctx context.Context) (said, error) {
	first := `CREATE FUNCTION pg_temp.typ1(t oid) RETURNS text LANGUAGE sql AS 'SELECT CASE WHEN n.nspname IN (''pg_catalog'', ''public'') THEN '''' ELSE n.nspname || ''.'' END || y.typname FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace WHERE y.oid = t'`
	if err := s.do(ctx, first+";"+helpers); err != nil {
		return nil, err
	}
	out := said{}
	for _, sql := range described {
		for _, fn := range []string{"bool(", "nam(", "typ(", "cols(", "act(", "brought("} {
			sql = callsOf(sql, fn)
		}
		rows, err := s.rows(ctx, strings.ReplaceAll(strings.ReplaceAll(sql, "JOIN object ", "JOIN pg_temp.object "), "FROM object ", "FROM pg_temp.object "))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out.add(r[0], r[1], "%s", r[2])
		}
	}
	return out, s.claims(ctx, out)
}

// callsOf writes the schema in front of the helpers: pg_temp is searched for no function.
func callsOf(sql, fn string) string {
	for _, before := range []string{" ", "(", "\t", "\n"} {
		sql = strings.ReplaceAll(sql, before+fn, before+"pg_temp."+fn)
	}
	return sql
}
