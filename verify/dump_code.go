package verify

import (
	"fmt"
	"strings"
)

// planted keeps out the code of extensions, but for what ALTER EXTENSION … ADD may have made
// a member: code of no type of an extension, in a language that is not C, that has the name
// of other functions. Extensions have such code, but not such names.
func planted(class, id, types, function string) string {
	return strings.TrimSuffix(members(class, id), ")") + ` AND NOT (e.deptype = 'e' AND NOT EXISTS (SELECT FROM pg_depend y WHERE y.classid = 'pg_type'::regclass AND y.objid = ANY (` + types + `) AND y.deptype = 'e')
		AND EXISTS (SELECT FROM pg_proc q JOIN pg_language l ON l.oid = q.prolang WHERE q.oid = ` + function + ` AND l.lanname NOT IN ('c', 'internal')
		  AND ('` + class + `' <> 'pg_proc' OR EXISTS (SELECT FROM pg_proc b WHERE b.proname = q.proname AND b.oid <> q.oid)))))`
}

// codeDefinitions makes functions, and what calls functions without naming them.
func (r *reader) codeDefinitions() {
	for _, q := range []struct{ what, sql string }{
		{"pg_proc", `SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', rtrim(pg_get_functiondef(p.oid), E'\n')
			FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind <> 'a' AND ` + ours + ` ` + planted("pg_proc", "p.oid", "p.proargtypes::oid[]", "p.oid") + ` ORDER BY p.oid`},
		{"pg_aggregate", `SELECT 'aggregate ' || p.proname, format('CREATE AGGREGATE %I.%I(%s) (SFUNC = %s, STYPE = %s%s)', n.nspname, p.proname, coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'),
			  a.aggtransfn::regproc, format_type(a.aggtranstype, NULL), CASE WHEN a.aggfinalfn <> 0 THEN ', FINALFUNC = ' || a.aggfinalfn::regproc END)
			FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ` + ours + ` ` + members("pg_proc", "p.oid") + ` ORDER BY p.oid`},
		{"pg_type", `SELECT 'type ' || t.typname, format('CREATE TYPE %I.%I (INPUT = %s, OUTPUT = %s)', n.nspname, t.typname, t.typinput::regproc, t.typoutput::regproc)
			FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'b' AND t.typelem = 0 AND ` + ours + ` ` + members("pg_type", "t.oid") + ` ORDER BY t.oid`},
		{"pg_operator", `SELECT 'operator ' || o.oprname, format('CREATE OPERATOR %I.%s (FUNCTION = %s%s%s)', n.nspname, o.oprname, o.oprcode::regproc,
			  ', LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL), ', RIGHTARG = ' || format_type(nullif(o.oprright, 0), NULL))
			FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oprcode <> 0 AND ` + ours + ` ` + planted("pg_operator", "o.oid", "ARRAY[o.oprleft, o.oprright]", "o.oprcode") + ` ORDER BY o.oid`},
		{"pg_cast", `SELECT 'cast from ' || format_type(c.castsource, NULL) || ' to ' || format_type(c.casttarget, NULL), format('CREATE CAST (%s AS %s) %s%s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
			  CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
			  CASE c.castcontext WHEN 'i' THEN ' AS IMPLICIT' WHEN 'a' THEN ' AS ASSIGNMENT' END)
			FROM pg_cast c WHERE c.oid >= 16384 ` + planted("pg_cast", "c.oid", "ARRAY[c.castsource, c.casttarget]", "c.castfunc") + ` ORDER BY c.oid`},
		{"pg_opclass", `SELECT 'operator class ' || o.opcname, format('CREATE OPERATOR CLASS %I.%I %sFOR TYPE %s USING %I AS %s', n.nspname, o.opcname, CASE WHEN o.opcdefault THEN 'DEFAULT ' END, format_type(o.opcintype, NULL), m.amname,
			  (SELECT string_agg(format('FUNCTION %s %s', s.amprocnum, s.amproc::regprocedure), ', ' ORDER BY s.amprocnum) FROM pg_amproc s WHERE s.amprocfamily = o.opcfamily AND s.amproclefttype = o.opcintype AND s.amprocrighttype = o.opcintype))
			FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE ` + ours + ` ` + members("pg_opclass", "o.oid") + `
			  AND EXISTS (SELECT FROM pg_amproc s WHERE s.amprocfamily = o.opcfamily AND s.amproclefttype = o.opcintype AND s.amprocrighttype = o.opcintype) ORDER BY o.oid`},
		{"defaults", fmt.Sprintf(columnDefaults, "TABLE", "c.relkind IN ('r', 'p', 'f')")},
	} {
		r.define(q.what, q.sql)
	}
}

// constraintDefinitions makes constraints and indexes: keys before what refers to them. A
// partition has those of its parent. What is not enforced is left out.
func (r *reader) constraintDefinitions() {
	enforced := ""
	if r.live.version >= 180000 {
		enforced = "AND k.conenforced"
	}
	constraints := func(types string) string {
		return `SELECT 'constraint ' || k.conname || ' of ' || c.relname, format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
			FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE k.conparentid = 0 AND (k.conislocal OR k.coninhcount = 0) AND k.contype IN (` + types + `) AND ` + ours + ` ` + enforced + ` ORDER BY k.oid`
	}
	for _, q := range []struct{ what, sql string }{
		{"pg_constraint", `SELECT 'domain ' || t.typname, format('ALTER DOMAIN %I.%I ADD CONSTRAINT %I %s', n.nspname, t.typname, k.conname, pg_get_constraintdef(k.oid))
			FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE k.contype = 'c' AND ` + ours + ` ` + members("pg_type", "t.oid") + ` ORDER BY k.oid`},
		{"keys", constraints("'p', 'u'")},
		{"pg_index", `SELECT 'index ' || x.relname, pg_get_indexdef(i.indexrelid)
			FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE i.indisvalid AND c.relkind IN ('r', 'p') AND ` + ours + ` AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
			  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) ORDER BY i.indexrelid`},
		{"checks", constraints("'c', 'x'")},
		{"foreign keys", constraints("'f'")},
		{"pg_statistic_ext", `SELECT 'statistics ' || s.stxname, pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ` + ours + ` ORDER BY s.oid`},
	} {
		r.define(q.what, q.sql)
	}
}

// triggerDefinitions makes rules and triggers, and says which foreign keys are switched off.
func (r *reader) triggerDefinitions() {
	for _, q := range []struct{ what, sql string }{
		{"pg_rewrite", `SELECT 'rule ' || w.rulename || ' of ' || c.relname, rtrim(pg_get_ruledef(w.oid), '; ') FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE w.rulename <> '_RETURN' AND ` + ours + ` ORDER BY w.oid`},
		{"pg_trigger", `SELECT 'trigger ' || t.tgname || ' of ' || c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ` + ours + ` ORDER BY t.oid`},
		{"disabled triggers", `SELECT DISTINCT 'table ' || c.relname, format('ALTER TABLE %I.%I DISABLE TRIGGER ALL', n.nspname, c.relname) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled IN ('D', 'R') AND ` + ours + ` ORDER BY 2`},
	} {
		r.define(q.what, q.sql)
	}
}
