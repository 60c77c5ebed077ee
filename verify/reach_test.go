package verify_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var roleDamage = []damage{
	{"a superuser", "ALTER ROLE app_tenant SUPERUSER", []string{"role app_tenant: role-attributes: has SUPERUSER"}, false},
	{"every attribute", "ALTER ROLE app_tenant BYPASSRLS REPLICATION CREATEROLE", []string{"role app_tenant: role-attributes: has BYPASSRLS, REPLICATION, CREATEROLE"}, false},
	{"harmless attributes", "ALTER ROLE app_tenant LOGIN CREATEDB NOINHERIT", nil, false},
	{"a role that has a powerful member", "CREATE ROLE verify_a; CREATE ROLE verify_b BYPASSRLS IN ROLE verify_a; GRANT verify_a TO app_tenant", nil, false},
	{"a member of a member", "CREATE ROLE verify_b BYPASSRLS; CREATE ROLE verify_a IN ROLE verify_b; GRANT verify_a TO app_tenant", []string{"role app_tenant: role-membership: can become verify_b, which has BYPASSRLS"}, false},
	{"a member of the owner", "CREATE ROLE verify_a; ALTER TABLE tags OWNER TO verify_a; GRANT verify_a TO app_tenant", []string{"role app_tenant: role-membership: can become verify_a, which owns table tags"}, false},
	{"a member that does not inherit", "CREATE ROLE verify_b CREATEROLE; ALTER ROLE app_tenant NOINHERIT; GRANT verify_b TO app_tenant", []string{"role app_tenant: role-membership: can become verify_b, which has CREATEROLE"}, false},
	{"a member of nobody in particular", "CREATE ROLE verify_a; GRANT verify_a, pg_read_all_settings TO app_tenant", nil, false},
	{"programs", "GRANT pg_execute_server_program TO app_tenant", []string{"role app_tenant: role-membership: can become pg_execute_server_program, which runs programs on the server"}, false},
	{"a schema", "CREATE SCHEMA app AUTHORIZATION app_tenant", []string{"role app_tenant: role-owns: owns schema app"}, true},
	{"the database", "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO app_tenant', current_database()); END $$", []string{"role app_tenant: role-owns: owns database "}, true},
	{"a login above", "CREATE ROLE verify_a LOGIN SUPERUSER IN ROLE app_tenant; CREATE ROLE verify_b LOGIN IN ROLE app_tenant", []string{"role verify_a: login-role: can become app_tenant, and itself has SUPERUSER"}, false},
	{"a login through another", "CREATE ROLE verify_b IN ROLE app_tenant; CREATE ROLE verify_a LOGIN IN ROLE verify_b; ALTER TABLE tags OWNER TO verify_a; GRANT SELECT, INSERT, UPDATE, DELETE ON tags TO app_tenant", []string{"role verify_a: login-role: can become app_tenant, and itself owns table tags"}, true},
	{"a login with grants of its own", "CREATE ROLE verify_a LOGIN IN ROLE app_tenant; GRANT SELECT, TRUNCATE ON notes TO verify_a; GRANT UPDATE (name) ON plans TO verify_a; CREATE MATERIALIZED VIEW m AS SELECT * FROM notes; GRANT SELECT ON m TO verify_a",
		[]string{"role verify_a: login-role: can become app_tenant, and itself may SELECT m, TRUNCATE notes, UPDATE plans"}, false},
	{"a login in a group above", "CREATE ROLE verify_b BYPASSRLS; CREATE ROLE verify_a LOGIN IN ROLE app_tenant, verify_b", []string{"role verify_a: login-role: can become app_tenant, and itself can become verify_b, which has BYPASSRLS"}, false},
	{"an ordinary login", "CREATE ROLE verify_a LOGIN IN ROLE app_tenant; GRANT SELECT, UPDATE ON notes TO verify_a; GRANT SELECT ON plans TO verify_a", nil, false},
	{"an administrator of the role", "CREATE ROLE verify_a LOGIN SUPERUSER; GRANT app_tenant TO verify_a WITH ADMIN OPTION", nil, false},
	{"a tenant for the database", "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.org_id = ''x''', current_database()); END $$", []string{": preset-tenant: starts its sessions with a value of app.org_id"}, false},
	{"a tenant for a login", "CREATE ROLE verify_a LOGIN IN ROLE app_tenant; DO $$ BEGIN EXECUTE format('ALTER ROLE verify_a IN DATABASE %I SET app.org_id = ''x''', current_database()); END $$", []string{"role verify_a: preset-tenant"}, false},
	{"a tenant for somebody else", "CREATE ROLE verify_a LOGIN; ALTER ROLE verify_a SET app.org_id = 'x'; ALTER ROLE app_tenant SET app.other = 'x'", nil, false},
	{"no role", "DROP OWNED BY app_tenant; ALTER ROLE app_tenant RENAME TO verify_gone", []string{"role app_tenant: missing-role"}, true},
}

var grantDamage = []damage{
	{"of everybody", "GRANT TRUNCATE ON notes TO PUBLIC", []string{"notes: excess-grant: the application's role may do more than it should; no policy limits that"}, false},
	{"of a column", "GRANT REFERENCES (id) ON notes TO app_tenant", []string{"notes: excess-grant"}, false},
	{"of a group", "CREATE ROLE verify_a; GRANT TRUNCATE, TRIGGER ON notes TO verify_a; GRANT verify_a TO app_tenant", []string{"notes: excess-grant"}, false},
	{"of a stranger", "CREATE ROLE verify_a; GRANT ALL ON notes TO verify_a", nil, false},
	{"to hand on", "GRANT SELECT ON notes TO app_tenant WITH GRANT OPTION", []string{"notes: excess-grant"}, false},
	{"writes of what is shared", "GRANT UPDATE (name) ON plans TO app_tenant", []string{"plans: excess-grant: the application's role may do more than it should; every tenant shares the table"}, false},
	{"truncating what is shared and written", "GRANT TRUNCATE ON users TO app_tenant", []string{"users: excess-grant"}, false},
	{"a column is not the table", "REVOKE SELECT ON notes FROM app_tenant; GRANT SELECT (id) ON notes TO app_tenant", []string{"notes: missing-grant: app_tenant lacks SELECT"}, false},
	{"a group has it", "CREATE ROLE verify_a; REVOKE SELECT ON notes FROM app_tenant; GRANT SELECT ON notes TO verify_a; GRANT verify_a TO app_tenant", nil, false},
	{"no schema", "REVOKE ALL ON SCHEMA public FROM PUBLIC, app_tenant", []string{"schema public: missing-grant: app_tenant lacks USAGE"}, false},
	{"everybody creates", "GRANT CREATE ON SCHEMA public TO PUBLIC", []string{"schema public: schema-create"}, false},
	{"a schema that is nobody's", "CREATE SCHEMA scratch; GRANT ALL ON SCHEMA scratch TO app_tenant", []string{"schema scratch: schema-create: a role of the application may create objects in it"}, false},
	{"everybody reads a column", "GRANT SELECT (id), UPDATE (id) ON notes TO PUBLIC", []string{"notes: public-grant: everybody who can connect may SELECT, UPDATE"}, false},
	{"tables to come", "CREATE ROLE verify_a; ALTER DEFAULT PRIVILEGES FOR ROLE verify_a GRANT SELECT, INSERT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE verify_a IN SCHEMA public GRANT SELECT ON TABLES TO app_tenant",
		[]string{"role verify_a: default-privileges: the tables that it creates in every schema are granted to PUBLIC", "role verify_a: default-privileges: the tables that it creates in schema public are granted to app_tenant"}, false},
	{"tables to come for others", "CREATE ROLE verify_a; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO verify_a; ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO app_tenant", nil, false},
	{"odd names", `CREATE ROLE "50%s ""x"; CREATE TABLE "a%d b" (id int); GRANT SELECT ON "a%d b" TO "50%s ""x"; GRANT TRUNCATE ON notes TO "50%s ""x"; GRANT "50%s ""x" TO app_tenant`, []string{"table a%d b: stray-table", "notes: excess-grant"}, false},
}

var viewDamage = []damage{
	{"of a superuser", "CREATE VIEW v AS SELECT * FROM notes; GRANT SELECT ON v TO app_tenant", []string{"view v: view-without-security-invoker: reads notes as postgres, whom no policy holds back (error)"}, false},
	{"of an ordinary owner", "CREATE ROLE verify_a; GRANT SELECT ON notes TO verify_a; CREATE VIEW v AS SELECT * FROM notes; ALTER VIEW v OWNER TO verify_a; GRANT SELECT (id) ON v TO PUBLIC",
		[]string{"view v: view-without-security-invoker: reads notes as its owner verify_a, whom the policies hold back"}, false},
	{"switched off", "CREATE VIEW v WITH (security_invoker = off) AS SELECT * FROM notes; GRANT DELETE ON v TO app_tenant", []string{"view v: view-without-security-invoker: reads notes as postgres, whom no policy holds back (error)"}, false},
	{"security_invoker", "CREATE VIEW v WITH (security_invoker) AS SELECT * FROM notes; GRANT SELECT ON v TO app_tenant", nil, false},
	{"out of reach", "CREATE VIEW v AS SELECT * FROM notes; CREATE MATERIALIZED VIEW m AS SELECT * FROM notes", nil, false},
	{"of shared tables", "CREATE VIEW v AS SELECT * FROM plans; GRANT SELECT ON v TO app_tenant; CREATE MATERIALIZED VIEW m AS SELECT * FROM users; GRANT SELECT ON m TO app_tenant", nil, false},
	{"of a view", "CREATE ROLE verify_a; CREATE VIEW below AS SELECT * FROM note_comments; CREATE VIEW v AS SELECT * FROM below; GRANT SELECT ON below TO verify_a; ALTER VIEW v OWNER TO verify_a; GRANT SELECT ON v TO app_tenant",
		[]string{"view v: view-without-security-invoker: reads note_comments as postgres, whom no policy holds back (error)"}, true},
	{"of a subquery", "CREATE VIEW v AS SELECT (SELECT count(*) FROM notes) AS n FROM plans; GRANT SELECT ON v TO app_tenant", []string{"view v: view-without-security-invoker: reads notes as postgres, whom no policy holds back (error)"}, false},
	{"materialized", "CREATE MATERIALIZED VIEW m AS SELECT * FROM notes; GRANT SELECT ON m TO app_tenant", []string{"view m: materialized-view: holds copies of rows of notes, which row-level security does not reach (error)"}, false},
	{"of an heir nobody knows", "CREATE TABLE t (org_id uuid PRIMARY KEY); CREATE MATERIALIZED VIEW m AS SELECT * FROM t; GRANT SELECT ON m TO app_tenant", []string{"table t: stray-table", "view m: materialized-view: holds copies of rows of t, which row-level security does not reach (error)"}, true},
	{"of an heir of a child table", "CREATE TABLE heir () INHERITS (note_comments); CREATE MATERIALIZED VIEW m AS SELECT * FROM heir; GRANT SELECT ON m TO app_tenant", []string{"table heir: unprotected-partition", "view m: materialized-view: holds copies of rows of heir, which row-level security does not reach (error)"}, false},
	{"a function of a superuser", "CREATE FUNCTION f(n integer, OUT m bigint) LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM notes'", []string{"function f(n integer, OUT m bigint): security-definer: runs as its owner postgres, whom no policy holds back (error)"}, false},
	{"a procedure of an ordinary owner", "CREATE ROLE verify_a; CREATE PROCEDURE f() LANGUAGE sql SECURITY DEFINER AS ''; ALTER PROCEDURE f() OWNER TO verify_a", []string{"procedure f(): security-definer: runs as its owner verify_a, whom the policies hold back"}, false},
	{"functions out of reach", "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; CREATE FUNCTION g() RETURNS integer LANGUAGE sql AS 'SELECT 1'", nil, false},
	{"a trigger function", "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'", nil, false},
}

func TestRoleDamage(t *testing.T)  { testDamage(t, roleDamage) }
func TestGrantDamage(t *testing.T) { testDamage(t, grantDamage) }
func TestViewDamage(t *testing.T)  { testDamage(t, viewDamage) }

// A function that somebody vouched for is left out.
func TestVouchedFunction(t *testing.T) {
	conn := connection(t, newExample(t))
	damaged(t, conn, "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", func(tx pgx.Tx) {
		o := options(t)
		o.Vouched = func(n catalog.Name, _ string) bool { return n == catalog.Name{Schema: "public", Name: "f"} }
		expect(t, inspect(t, tx, o), nil)
	})
}

// Since PostgreSQL 16 a membership says whether it is inherited and whether SET ROLE
// is possible.
func TestMembershipOptions(t *testing.T) {
	conn := connection(t, newExample(t))
	options16 := map[string]bool{" WITH INHERIT FALSE, SET FALSE": false, " WITH INHERIT TRUE, SET FALSE": true, " WITH INHERIT FALSE, SET TRUE": true}
	if serverVersion(t, conn) < 160000 {
		options16 = map[string]bool{"": true}
	}
	for option, usable := range options16 {
		damaged(t, conn, "CREATE ROLE verify_a BYPASSRLS; GRANT verify_a TO app_tenant"+option, func(tx pgx.Tx) {
			if found := inspect(t, tx, options(t)); (len(found) == 1) != usable {
				t.Errorf("%q: found:\n%s", option, briefs(found))
			}
		})
	}
}

// A warning is set by the configuration; an error is not, whatever it says.
func TestSeverity(t *testing.T) {
	conn := connection(t, newExample(t))
	damaged(t, conn, "ALTER TABLE notes DISABLE ROW LEVEL SECURITY; CREATE POLICY more ON notes USING (true); CREATE INDEX ON notes (org_id, status)", func(tx pgx.Tx) {
		o := options(t)
		o.Severity = map[string]string{"rls-disabled": "off", "extra-policy": "error", "non-leakproof-index": "off"}
		expect(t, inspect(t, tx, o), []string{"notes: extra-policy: policy more is not ours; the restrictive floor keeps it from letting through more (error)", "notes: rls-disabled"})
	})
}
