package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// oldest is the first version that is supported: reltype and catalog columns that the
// queries use are there from then on.
const oldest = 140000

// reader runs queries; after an error it does nothing more.
type reader struct {
	ctx  context.Context
	tx   pgx.Tx
	live *live
	err  error
	// reading is called before each query.
	reading func(what string)
}

// read reads everything that the rules look at. Names in the queries and in what they
// return are resolved in pg_catalog alone, so that nobody's objects stand in for it.
func read(ctx context.Context, tx pgx.Tx, tenants []string, progress func(Progress)) (*live, error) {
	if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog, pg_temp"); err != nil {
		return nil, explain("the session", err)
	}
	r := &reader{ctx: ctx, tx: tx, reading: func(string) {}, live: &live{roles: map[oid]*role{}, schemas: map[oid]*schema{}, relations: map[oid]*relation{},
		byName: map[catalog.Name]*relation{}, otherwiseOwned: map[oid][]string{}, builtins: map[string]bool{}, db: &catalog.Database{}}}
	r.server()
	if r.err == nil && r.live.version < oldest {
		return nil, fmt.Errorf("PostgreSQL %s is older than 14, which verify knows nothing of", r.live.serverVersion)
	}
	steps := []func(){
		r.roles, r.memberships, r.schemas, r.schemaGrants, r.tables, r.columns, r.inheritance, r.tableGrants, r.policies,
		r.keys, r.foreignKeys, r.triggers, r.rules, r.views, r.peeks, r.indexColumns, r.functions, r.defaultGrants, r.settings, func() { r.sessions(tenants) },
		r.owners, r.systemGrants, r.otherGrants, r.databaseGrants, r.loginTriggers, r.subscriptions, r.publications, r.outwards, r.builtins, r.leakproofs, r.definitions, r.shards,
	}
	for i, step := range steps {
		r.reading = func(what string) { progress(Progress{"read " + what, i, len(steps) + len(checks)}) }
		step()
	}
	r.live.steps = len(steps)
	r.live.db.Index()
	return r.live, r.err
}

// explain says which catalog could not be read. Without it there is no verdict.
func explain(what string, err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
		return fmt.Errorf("%s cannot be read: %s; grant SELECT on it to the role that verify connects as", what, pg.Message)
	}
	return fmt.Errorf("%s cannot be read: %w", what, err)
}

// each runs a query about something and calls f for each row, scanned into dest.
func (r *reader) each(what, sql string, dest []any, f func()) {
	if r.err != nil {
		return
	}
	r.reading(what)
	rows, err := r.tx.Query(r.ctx, sql)
	if err == nil {
		_, err = pgx.ForEachRow(rows, dest, func() error {
			f()
			return nil
		})
	}
	if err != nil {
		r.err = explain(what, err)
	}
}

func (r *reader) server() {
	l := r.live
	r.each("the server's version", `SELECT current_setting('server_version_num')::int4, current_setting('server_version'), current_user::text, d.datname::text, d.datdba
		FROM pg_database d WHERE d.datname = current_database()`,
		[]any{&l.version, &l.serverVersion, &l.user, &l.database, &l.databaseOwner}, func() {})
}

func (r *reader) roles() {
	var v role
	r.each("pg_roles", `SELECT oid, rolname::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin FROM pg_roles`,
		[]any{&v.oid, &v.name, &v.superuser, &v.bypassRLS, &v.createRole, &v.createDB, &v.replication, &v.login}, func() {
			one := v
			r.live.roles[one.oid] = &one
		})
}

// memberships reads who is a member of what. Before PostgreSQL 16 every member can
// SET ROLE; since then each grant says so, and whether its privileges are inherited.
func (r *reader) memberships() {
	usable := "true"
	if r.live.version >= 160000 {
		usable = "m.inherit_option OR m.set_option"
	}
	var member, of oid
	var can, admin bool
	r.each("pg_auth_members", `SELECT m.member, m.roleid, bool_or(`+usable+`), bool_or(m.admin_option) FROM pg_auth_members m GROUP BY 1, 2 ORDER BY 1, 2`,
		[]any{&member, &of, &can, &admin}, func() {
			if who := r.live.roles[member]; who != nil && r.live.roles[of] != nil {
				who.memberOf = append(who.memberOf, membership{r.live.roles[of], can, admin})
			}
		})
}

func (r *reader) schemas() {
	var id oid
	var s schema
	r.each("pg_namespace", `SELECT oid, nspname::text, nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
		[]any{&id, &s.name, &s.owner}, func() {
			one := s
			r.live.schemas[id] = &one
		})
}

func (r *reader) schemaGrants() {
	var id oid
	var g grant
	r.each("the grants on schemas", `SELECT n.oid, a.grantee, lower(a.privilege_type), a.is_grantable
		FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a ORDER BY 1, 2, 3`,
		[]any{&id, &g.grantee, &g.privilege, &g.grantable}, func() {
			if s := r.live.schemas[id]; s != nil {
				s.grants = append(s.grants, g)
			}
		})
}

// sessions tells which settings hold a value in this session, which nobody has set one in:
// those of the server's configuration and of event triggers. Those of roles are read elsewhere.
func (r *reader) sessions(names []string) {
	for _, name := range names {
		var set bool
		r.each("the session's settings", "SELECT coalesce(current_setting("+migrate.QuoteLiteral(name)+", true), '') <> '' AND NOT EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) c "+
			"WHERE s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user)) AND lower(split_part(c, '=', 1)) = lower("+migrate.QuoteLiteral(name)+"))", []any{&set}, func() {
			if set {
				r.live.started = append(r.live.started, name)
			}
		})
	}
}

func (r *reader) settings() {
	var name, value string
	r.live.builtin = map[string]string{}
	r.each("pg_settings", `SELECT name, coalesce(boot_val, '') FROM pg_settings WHERE name IN ('jit', 'jit_above_cost')`, []any{&name, &value}, func() { r.live.builtin[name] = value })
	var s roleSetting
	r.each("pg_db_role_setting", `SELECT s.setrole, s.setdatabase <> 0, false, split_part(c, '=', 1), substr(c, position('=' IN c) + 1)
		FROM pg_db_role_setting s, unnest(s.setconfig) c
		WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) UNION ALL
		SELECT 0, false, true, name, reset_val FROM pg_settings WHERE source IN ('configuration file', 'command line', 'environment variable') ORDER BY 1, 2, 3, 4`,
		[]any{&s.role, &s.database, &s.server, &s.name, &s.value}, func() { r.live.settings = append(r.live.settings, s) })
}

func (r *reader) defaultGrants() {
	var d defaultGrant
	var kind string
	r.each("pg_default_acl", `SELECT d.defaclrole, coalesce(n.nspname::text, ''), d.defaclobjtype::text, a.grantee, lower(a.privilege_type), a.is_grantable
		FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
		WHERE d.defaclobjtype IN ('r', 'n', 'L') ORDER BY 1, 2, 3, 4`,
		[]any{&d.creator, &d.schema, &kind, &d.grantee, &d.privilege, &d.grantable}, func() {
			d.kind = kind[0]
			r.live.defaults = append(r.live.defaults, d)
		})
}

// functions reads those that run with the rights of their owner, or in a language that
// nothing holds back. A trigger function cannot be called, and which triggers there are is judged elsewhere. What
// an aggregate or an operator class is made of runs without a privilege of its own: who may
// call the aggregate, or everybody.
func (r *reader) functions() {
	var f function
	var id, last oid
	var g grant
	r.each("pg_proc", `SELECT p.oid, n.nspname::text, p.proname::text, pg_get_function_identity_arguments(p.oid), p.prokind = 'p', p.proowner,
		  EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'),
		  p.prosecdef, a.grantee, 'execute', a.grantable, a.via
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang, LATERAL (
		  SELECT e.grantee, e.is_grantable AS grantable, '' AS via FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) e
		  UNION SELECT e.grantee, false, format('%I.%I(%s)', gn.nspname, g.proname, pg_get_function_identity_arguments(g.oid)) FROM pg_depend d JOIN pg_proc g ON g.oid = d.objid AND g.prokind = 'a' JOIN pg_namespace gn ON gn.oid = g.pronamespace,
		    aclexplode(coalesce(g.proacl, acldefault('f', g.proowner))) e WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
		  UNION SELECT 0, false, 'an operator class' FROM pg_amproc m WHERE m.amproc = p.oid) a
		WHERE p.oid >= 16384 AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
		  AND (p.prosecdef OR (l.lanname IN ('c', 'internal') OR l.lanispl AND NOT l.lanpltrusted) AND p.prokind <> 'a' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')))
		ORDER BY n.nspname, p.proname, p.oid, a.grantee, a.via`,
		[]any{&id, &f.name.Schema, &f.name.Name, &f.args, &f.procedure, &f.owner, &f.extension, &f.definer, &g.grantee, &g.privilege, &g.grantable, &g.via}, func() {
			if id != last || len(r.live.functions) == 0 {
				one := f
				r.live.functions, last = append(r.live.functions, &one), id
			}
			at := r.live.functions[len(r.live.functions)-1]
			at.grants = append(at.grants, g)
		})
}
