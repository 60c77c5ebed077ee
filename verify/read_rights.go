package verify

// privilege is one that somebody granted on an object of the system: PostgreSQL itself
// and the scripts of extensions grant others (pg_init_privs, PostgreSQL manual, 53.28).
type privilege struct {
	on  string // as GRANT and REVOKE name it: "TABLE pg_catalog.pg_statistic"
	say string // what it leads to
	grant
}

// initially is what was granted on an object from the start, to its grantee or to all.
const initially = `EXISTS (SELECT FROM aclexplode(coalesce((SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = g.class AND i.objoid = g.id AND i.objsubid = g.sub), g.usual)) d
	WHERE d.privilege_type = g.privilege_type AND d.grantee IN (0, g.grantee))`

// systemGrants reads privileges on catalogs, on their columns and tables behind, on
// functions of the system and of extensions, and on its schemas. The views of
// information_schema show everybody what is its own.
func (r *reader) systemGrants() {
	r.privileges("the grants on system objects", `SELECT g.kind || ' ' || g.name, g.say, g.grantee, lower(g.privilege_type), g.col, g.is_grantable FROM (
		SELECT 'pg_class'::regclass AS class, c.oid AS id, 0 AS sub, 'TABLE' AS kind, format('%I.%I', n.nspname, c.relname) AS name, '' AS col, 'what catalogs and statistics hold of every tenant''s rows' AS say,
		  a.*, c.relowner AS owner, acldefault('r', c.relowner) AS usual
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a WHERE n.nspname IN ('pg_catalog', 'pg_toast') AND c.relkind <> 'S'
		UNION ALL
		SELECT 'pg_class'::regclass, c.oid, t.attnum, 'TABLE', format('%I.%I', n.nspname, c.relname), t.attname::text, 'what catalogs and statistics hold of every tenant''s rows', a.*, c.relowner, acldefault('c', c.relowner)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL, aclexplode(t.attacl) a
		WHERE n.nspname IN ('pg_catalog', 'pg_toast') AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) w WHERE w.grantee = 0 AND w.privilege_type = a.privilege_type)
		UNION ALL
		SELECT 'pg_proc'::regclass, p.oid, 0, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), '',
		  'what PostgreSQL lets superusers and predefined roles call', a.*, p.proowner, acldefault('f', p.proowner)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
		WHERE n.nspname = 'pg_catalog' OR EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid)
		UNION ALL
		SELECT 'pg_namespace'::regclass, n.oid, 0, 'SCHEMA', format('%I', n.nspname), '', 'what every session finds first', a.*, n.nspowner, acldefault('n', n.nspowner)
		FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname IN ('pg_catalog', 'pg_toast') OR n.nspname = 'information_schema' AND a.privilege_type = 'CREATE') g
		WHERE g.grantee <> g.owner AND NOT `+initially+` ORDER BY 1, 3, 4, 5`)
}

// otherGrants reads privileges on foreign servers, large objects, untrusted languages and
// the server's parameters. Those of the last kind that change what is logged or measured
// are left out.
func (r *reader) otherGrants() {
	parameters := ""
	if r.live.version >= 150000 {
		parameters = `UNION ALL SELECT 'PARAMETER ' || p.parname, 'settings that are a superuser''s, such as whether foreign keys and triggers fire', a.grantee, lower(a.privilege_type), '', a.is_grantable
		FROM pg_parameter_acl p, aclexplode(p.paracl) a WHERE a.grantee <> a.grantor AND NOT (a.privilege_type = 'SET' AND p.parname ~ '^(log_|track_|auto_explain\.|pg_stat_statements\.|deadlock_timeout$|temp_file_limit$)')`
	}
	r.privileges("the grants on servers, languages and parameters", `SELECT 'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname), 'other databases, through servers of its own', a.grantee, lower(a.privilege_type), '', a.is_grantable
		FROM pg_foreign_data_wrapper w, aclexplode(w.fdwacl) a WHERE a.grantee <> w.fdwowner
		UNION ALL SELECT 'FOREIGN SERVER ' || quote_ident(s.srvname), 'another database, which knows nothing of the tenant', a.grantee, lower(a.privilege_type), '', a.is_grantable
		FROM pg_foreign_server s, aclexplode(s.srvacl) a WHERE a.grantee <> s.srvowner
		UNION ALL SELECT 'LARGE OBJECT ' || l.oid, 'bytes that no policy is about', a.grantee, lower(a.privilege_type), '', a.is_grantable
		FROM pg_largeobject_metadata l, aclexplode(l.lomacl) a WHERE a.grantee <> l.lomowner
		UNION ALL SELECT 'LANGUAGE ' || quote_ident(l.lanname), 'code that nothing holds back', a.grantee, lower(a.privilege_type), '', a.is_grantable
		FROM pg_language l, aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) a WHERE l.lanpltrusted AND (l.lanname IN ('c', 'internal') OR l.lanispl AND l.lanname LIKE '%u') AND a.grantee <> l.lanowner
		`+parameters+` ORDER BY 1, 3, 4`)
}

func (r *reader) privileges(what, sql string) {
	var p privilege
	r.each(what, sql, []any{&p.on, &p.say, &p.grantee, &p.privilege, &p.column, &p.grantable}, func() { r.live.privileges = append(r.live.privileges, p) })
}

// databaseGrants reads who may create schemas.
func (r *reader) databaseGrants() {
	var g grant
	r.each("the grants on the database", `SELECT a.grantee, lower(a.privilege_type), a.is_grantable FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
		WHERE d.datname = current_database() AND a.grantee <> d.datdba ORDER BY 1, 2`,
		[]any{&g.grantee, &g.privilege, &g.grantable}, func() { r.live.databaseGrants = append(r.live.databaseGrants, g) })
}

// loginTriggers reads event triggers that run when a session begins, of PostgreSQL 17 and later.
func (r *reader) loginTriggers() {
	var name, function string
	r.each("pg_event_trigger", `SELECT evtname::text, evtfoid::regproc::text FROM pg_event_trigger WHERE evtevent = 'login' AND evtenabled <> 'D' ORDER BY 1`,
		[]any{&name, &function}, func() { r.live.loginTriggers = append(r.live.loginTriggers, [2]string{name, function}) })
}

// builtins reads which functions of pg_catalog and of extensions have namesakes, and what in
// pg_catalog is neither PostgreSQL's, whose objects have small oids and no language that can be
// changed, nor an extension's (src/include/access/transam.h, FirstNormalObjectId).
func (r *reader) builtins() {
	var name string
	r.each("pg_proc", `SELECT DISTINCT b.proname::text FROM pg_proc p JOIN pg_proc b ON b.proname = p.proname AND b.oid <> p.oid
		WHERE (p.oid >= 16384 OR p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)) AND (b.pronamespace = 'pg_catalog'::regnamespace AND p.pronamespace <> b.pronamespace OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = b.oid AND d.deptype = 'e'))`,
		[]any{&name}, func() { r.live.builtins[name] = true })
	r.each("pg_proc", `SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'pg_catalog'::regnamespace
		AND (p.oid >= 16384 OR l.lanname NOT IN ('internal', 'c', 'sql')) `+members("pg_proc", "p.oid")+`
		UNION ALL SELECT 'operator ' || o.oprname FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oid >= 16384 `+members("pg_operator", "o.oid")+` ORDER BY 1`,
		[]any{&name}, func() { r.live.planted = append(r.live.planted, name) })
}

// subscriptions reads which tables get rows from another server.
func (r *reader) subscriptions() {
	var id oid
	var name string
	r.each("pg_subscription", `SELECT t.srrelid, s.subname::text FROM pg_subscription_rel t JOIN pg_subscription s ON s.oid = t.srsubid AND s.subenabled ORDER BY 1, 2`, []any{&id, &name}, func() {
		if rel := r.live.relations[id]; rel != nil {
			rel.subscriptions = append(rel.subscriptions, name)
		}
	})
}
