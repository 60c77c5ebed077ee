package rules_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// rightsBase is what the lines below come after.
const rightsBase = `CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE TABLE notes (org_id uuid NOT NULL REFERENCES orgs, id int NOT NULL, PRIMARY KEY (org_id, id));
CREATE VIEW mine WITH (security_invoker) AS SELECT org_id, id FROM notes;
CREATE VIEW theirs AS SELECT org_id, id FROM notes;
CREATE VIEW shared AS SELECT id FROM plans;
CREATE MATERIALIZED VIEW copies AS SELECT org_id, id FROM notes;
CREATE ROLE boss;
CREATE POLICY tenant_isolation ON notes USING (org_id = '00000000-0000-4000-8000-000000000000');
CREATE POLICY tenant_isolation_floor ON notes AS RESTRICTIVE USING (org_id = '00000000-0000-4000-8000-000000000000');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TABLE boards (org_id uuid NOT NULL REFERENCES orgs, id int NOT NULL, open boolean NOT NULL, PRIMARY KEY (org_id, id));
CREATE POLICY tenant_isolation ON boards USING (org_id = '00000000-0000-4000-8000-000000000000');
CREATE POLICY tenant_isolation_floor ON boards AS RESTRICTIVE USING (org_id = '00000000-0000-4000-8000-000000000000');
CREATE POLICY tenant_isolation_floor_delete ON boards AS RESTRICTIVE FOR DELETE USING (org_id = '00000000-0000-4000-8000-000000000000');
CREATE FUNCTION loud() RETURNS int LANGUAGE plpgsql AS 'BEGIN EXECUTE ''GRANT boss TO app_tenant''; RETURN 1; END';
CREATE FUNCTION quiet() RETURNS int LANGUAGE sql AS 'SELECT 1';
`

// rightsCases say of statements what judges them, "" for what is harmless, and then why.
var rightsCases = []struct{ sql, rule, why string }{
	// Owners.
	{"ALTER TABLE notes OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER TABLE plans OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER VIEW mine OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER TABLE mine OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER MATERIALIZED VIEW copies OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER SCHEMA public OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER DATABASE app OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER FUNCTION quiet() OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER ROUTINE quiet OWNER TO app_tenant", "app-role-owner", ""},
	{"CREATE SEQUENCE s; ALTER SEQUENCE s OWNER TO app_tenant", "app-role-owner", ""},
	{"CREATE TYPE e AS ENUM ('a'); ALTER TYPE e OWNER TO app_tenant", "app-role-owner", ""},
	{"CREATE DOMAIN d AS int; ALTER DOMAIN d OWNER TO app_tenant", "app-role-owner", ""},
	{"ALTER TABLE notes OWNER TO app_cross", "app-role-owner", ""},
	{"ALTER TABLE notes OWNER TO keeper; REASSIGN OWNED BY keeper TO app_tenant", "app-role-owner", ""},
	{"REASSIGN OWNED BY CURRENT_USER TO app_tenant", "app-role-owner", ""},
	{"CREATE SCHEMA s AUTHORIZATION app_tenant", "app-role-owner", ""},
	{"CREATE SCHEMA AUTHORIZATION app_tenant", "app-role-owner", ""},
	{"CREATE SCHEMA s AUTHORIZATION app_tenant CREATE TABLE t (org_id uuid NOT NULL, id int)", "app-role-owner", ""},
	{"SET ROLE app_tenant; CREATE TABLE t (org_id uuid NOT NULL, id int)", "app-role-owner", ""},
	{"SET SESSION AUTHORIZATION app_tenant; CREATE TABLE t (org_id uuid NOT NULL, id int)", "app-role-owner", ""},
	{"SET SESSION AUTHORIZATION 'app_tenant'; SET ROLE none; CREATE VIEW t AS SELECT 1 AS x", "app-role-owner", ""},
	{`SET "Role" = app_tenant; CREATE FUNCTION t() RETURNS int LANGUAGE sql AS 'SELECT 1'`, "app-role-owner", ""},
	{"SET LOCAL ROLE app_tenant; CREATE SCHEMA t", "app-role-owner", ""},
	{"SELECT set_config('role', 'app_tenant', false); CREATE TABLE t (org_id uuid NOT NULL, id int)", "app-role-owner", ""},
	{"ALTER TABLE notes OWNER TO app_old; ALTER ROLE boss RENAME TO spare; CREATE ROLE app_old; ALTER ROLE app_old RENAME TO app_tenant", "app-role-owner", ""},
	{"ALTER TABLE notes OWNER TO app_tenant; ALTER TABLE notes RENAME TO papers", "app-role-owner", ""},
	{"SET ROLE app_tenant; ALTER TABLE notes OWNER TO CURRENT_USER", "app-role-owner", ""},
	{"ALTER TABLE notes OWNER TO keeper", "", "nobody becomes keeper"},
	{"ALTER TABLE notes OWNER TO app_tenant; ALTER TABLE notes OWNER TO CURRENT_USER", "", "the role that runs the migrations has it again"},
	{"SET ROLE app_tenant; RESET ROLE; CREATE SCHEMA t", "", "it belongs to whoever runs the migrations"},
	{"BEGIN; SET LOCAL ROLE app_tenant; COMMIT; CREATE SCHEMA t", "", "SET LOCAL ended with the transaction"},
	// Code that runs as its owner for whoever writes a row.
	{"CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION tf()", "app-role-privileges", ""},
	{"CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION tf(); ALTER FUNCTION tf() SECURITY DEFINER", "app-role-privileges", ""},
	{"CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'; REVOKE ALL ON FUNCTION tf() FROM PUBLIC; CREATE TRIGGER g INSTEAD OF INSERT ON mine FOR EACH ROW EXECUTE FUNCTION tf()", "app-role-privileges", ""},
	{"CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION tf(); ALTER FUNCTION tf() SECURITY INVOKER", "", "it runs as who writes"},
	// What extensions keep for superusers.
	{"CREATE EXTENSION dblink; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO app_tenant", "app-role-privileges", ""},
	{"CREATE EXTENSION pg_walinspect; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO PUBLIC", "app-role-privileges", ""},
	{"CREATE EXTENSION pgcrypto; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO app_tenant", "", "nothing in it is kept for superusers"},
	{"CREATE EXTENSION dblink; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO boss", "", "the application does not become boss"},
	// Memberships.
	{"GRANT pg_read_all_data TO app_tenant", "app-role-membership", ""},
	{"GRANT pg_monitor TO app_tenant", "app-role-membership", ""},
	{"GRANT app_cross TO app_tenant", "app-role-membership", ""},
	{"GRANT nobody_made_it TO app_tenant", "app-role-membership", ""},
	{"ALTER ROLE postgres LOGIN; GRANT postgres TO app_tenant", "app-role-membership", ""},
	{"ALTER ROLE boss BYPASSRLS; GRANT boss TO app_tenant", "app-role-membership", ""},
	{"GRANT boss TO app_tenant; ALTER ROLE boss SUPERUSER", "app-role-membership", ""},
	{"CREATE ROLE b BYPASSRLS ROLE app_tenant", "app-role-membership", ""},
	{"CREATE ROLE b SUPERUSER USER app_tenant", "app-role-membership", ""},
	{"CREATE ROLE b CREATEROLE ADMIN app_tenant", "app-role-membership", ""},
	{"CREATE GROUP b REPLICATION; ALTER GROUP b ADD USER app_tenant", "app-role-membership", ""},
	{"CREATE ROLE app_tenant IN ROLE pg_write_all_data", "app-role-membership", ""},
	{"CREATE USER app_tenant IN GROUP pg_execute_server_program", "app-role-membership", ""},
	{"CREATE ROLE middle IN ROLE pg_read_server_files; GRANT middle TO app_tenant", "app-role-membership", ""},
	{"GRANT pg_maintain TO boss WITH ADMIN OPTION; GRANT boss TO app_tenant WITH INHERIT FALSE, SET FALSE", "app-role-membership", ""},
	{"ALTER TABLE notes OWNER TO boss; GRANT boss TO app_tenant", "app-role-membership", ""},
	{"SET ROLE boss; CREATE SCHEMA t; RESET ROLE; GRANT boss TO app_tenant", "app-role-membership", ""},
	{"SET ROLE app_tenant; GRANT pg_read_all_data TO CURRENT_USER", "app-role-membership", ""},
	{"GRANT boss TO app_tenant", "", "boss may nothing"},
	{"GRANT app_tenant TO boss", "", "boss becomes the application, not the other way"},
	{"GRANT pg_read_all_data TO boss", "", "the application is no member of boss"},
	{"GRANT pg_read_all_data TO app_tenant; REVOKE pg_read_all_data FROM app_tenant", "", "it is taken back"},
	{"CREATE GROUP b BYPASSRLS ROLE app_tenant; ALTER GROUP b DROP USER app_tenant", "", "it is taken back"},
	{"CREATE ROLE b BYPASSRLS ROLE app_tenant; DROP ROLE b", "", "it is gone"},
	// Attributes.
	{"CREATE ROLE app_tenant BYPASSRLS", "app-role-attributes", ""},
	{"ALTER ROLE app_tenant SUPERUSER", "app-role-attributes", ""},
	{"ALTER USER app_tenant CREATEROLE", "app-role-attributes", ""},
	{"ALTER ROLE app_tenant WITH REPLICATION", "app-role-attributes", ""},
	{"ALTER ROLE app_tenant CREATEDB", "app-role-attributes", ""},
	{"CREATE ROLE app_old SUPERUSER; ALTER ROLE app_old RENAME TO app_tenant", "app-role-attributes", ""},
	{"ALTER ROLE app_cross SUPERUSER", "app-role-attributes", ""},
	{"CREATE ROLE app_cross BYPASSRLS CREATEROLE", "app-role-attributes", ""},
	{"CREATE ROLE web LOGIN BYPASSRLS IN ROLE app_tenant", "app-role-attributes", ""},
	{"CREATE ROLE web LOGIN SUPERUSER; GRANT boss TO web; GRANT app_tenant TO boss", "app-role-attributes", ""},
	{"CREATE ROLE app_tenant LOGIN PASSWORD 'x' NOBYPASSRLS CONNECTION LIMIT 5", "", "none of these is a right"},
	{"ALTER ROLE app_tenant BYPASSRLS; ALTER ROLE app_tenant NOBYPASSRLS", "", "it is taken back"},
	{"CREATE ROLE app_cross NOLOGIN BYPASSRLS", "", "cross-tenant queries need it"},
	{"ALTER ROLE boss SUPERUSER", "", "boss is nobody's"},
	// Privileges on tables.
	{"GRANT ALL ON notes TO app_tenant", "app-role-privileges", ""},
	{"GRANT TRUNCATE ON notes TO app_tenant", "app-role-privileges", ""},
	{"GRANT TRIGGER ON plans TO app_tenant", "app-role-privileges", ""},
	{"GRANT REFERENCES (id) ON notes TO app_tenant", "app-role-privileges", ""},
	{"GRANT MAINTAIN ON notes TO app_tenant", "app-role-privileges", ""},
	{"GRANT ALL ON ALL TABLES IN SCHEMA public TO app_tenant", "app-role-privileges", ""},
	{"GRANT SELECT ON notes TO app_tenant WITH GRANT OPTION", "app-role-privileges", ""},
	{"GRANT SELECT ON notes TO app_tenant; GRANT SELECT ON notes TO app_tenant WITH GRANT OPTION", "app-role-privileges", ""},
	{"GRANT TRUNCATE ON notes TO boss; GRANT boss TO app_tenant", "app-role-privileges", ""},
	{"GRANT INSERT ON plans TO boss; GRANT boss TO app_tenant", "app-role-privileges", ""},
	{"GRANT SELECT ON notes TO PUBLIC", "app-role-privileges", ""},
	{"GRANT SELECT (id) ON notes TO PUBLIC", "app-role-privileges", ""},
	{"GRANT INSERT, UPDATE, DELETE ON plans TO PUBLIC", "app-role-privileges", ""},
	{"GRANT SELECT ON mine TO PUBLIC", "app-role-privileges", ""},
	{"GRANT SELECT ON theirs TO app_tenant", "app-role-privileges", ""},
	{"GRANT SELECT ON copies TO app_tenant", "app-role-privileges", ""},
	{"GRANT SELECT ON theirs TO boss; GRANT boss TO app_tenant", "app-role-privileges", ""},
	{"CREATE VIEW s AS SELECT * FROM pg_stats; GRANT SELECT ON s TO app_tenant", "app-role-privileges", ""},
	{"CREATE MATERIALIZED VIEW s AS SELECT * FROM information_schema.columns; GRANT SELECT ON s TO app_tenant", "app-role-privileges", ""},
	{"CREATE VIEW s WITH (security_invoker) AS SELECT * FROM pg_stats; GRANT SELECT ON s TO app_tenant", "", "it shows what the role sees anyway"},
	{"GRANT TRIGGER ON mine TO app_tenant", "app-role-privileges", ""},
	{"GRANT SELECT ON pg_catalog.pg_authid TO app_tenant", "app-role-privileges", ""},
	{"GRANT UPDATE ON pg_catalog.pg_class TO PUBLIC", "app-role-privileges", ""},
	{"GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app_tenant", "", "policies limit it"},
	{"GRANT SELECT ON mine, shared, plans TO app_tenant", "", "the view reads as whoever asks, and plans is everybody's"},
	{"GRANT SELECT ON plans TO PUBLIC", "", "plans is everybody's"},
	{"GRANT TRUNCATE ON notes TO boss", "", "the application is no member of boss"},
	{"GRANT ALL ON notes TO app_tenant; REVOKE TRUNCATE, REFERENCES, TRIGGER ON notes FROM app_tenant", "", "the rest policies limit"},
	{"GRANT SELECT ON notes TO app_tenant WITH GRANT OPTION; REVOKE GRANT OPTION FOR SELECT ON notes FROM app_tenant", "", "it is taken back"},
	{"GRANT USAGE ON SCHEMA public TO app_tenant; CREATE SEQUENCE s; GRANT ALL ON SEQUENCE s TO app_tenant", "", "a sequence holds no rows"},
	// Privileges on other objects.
	{"GRANT CREATE ON SCHEMA public TO app_tenant", "app-role-privileges", ""},
	{"GRANT ALL ON SCHEMA public TO PUBLIC", "app-role-privileges", ""},
	{"GRANT CREATE ON DATABASE app TO app_tenant", "app-role-privileges", ""},
	{"GRANT ALL ON DATABASE app TO PUBLIC", "app-role-privileges", ""},
	{"GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app_tenant", "app-role-privileges", ""},
	{"GRANT EXECUTE ON FUNCTION pg_catalog.lo_import(text) TO PUBLIC", "app-role-privileges", ""},
	{"GRANT EXECUTE ON FUNCTION dblink_connect_u(text) TO app_tenant", "app-role-privileges", ""},
	{"GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO boss; GRANT boss TO app_tenant", "app-role-privileges", ""},
	{"CREATE FUNCTION pg_read_file(text) RETURNS text LANGUAGE sql AS 'SELECT $1'; GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app_tenant", "app-role-privileges", ""},
	{"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO app_tenant", "app-role-privileges", ""},
	{"GRANT EXECUTE ON PROCEDURE elsewhere() TO app_tenant", "app-role-privileges", ""},
	{"GRANT USAGE ON LANGUAGE plpython3u TO app_tenant", "app-role-privileges", ""},
	{"GRANT USAGE ON FOREIGN SERVER s TO app_tenant", "app-role-privileges", ""},
	{"GRANT USAGE ON FOREIGN DATA WRAPPER w TO PUBLIC", "app-role-privileges", ""},
	{"GRANT SET ON PARAMETER session_replication_role TO app_tenant", "app-role-privileges", ""},
	{"GRANT SELECT ON LARGE OBJECT 5 TO app_tenant", "app-role-privileges", ""},
	{"GRANT CREATE ON TABLESPACE t TO app_tenant", "app-role-privileges", ""},
	{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "app-role-privileges", ""},
	{"ALTER FUNCTION quiet() SECURITY DEFINER", "app-role-privileges", ""},
	{"ALTER FUNCTION quiet() SECURITY DEFINER; REVOKE ALL ON FUNCTION quiet() FROM PUBLIC; GRANT EXECUTE ON FUNCTION quiet() TO app_tenant", "app-role-privileges", ""},
	{"ALTER FUNCTION quiet() SECURITY DEFINER; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO boss; GRANT boss TO app_tenant", "app-role-privileges", ""},
	{"CREATE FUNCTION f() RETURNS text LANGUAGE c AS 'x', 'y'", "app-role-privileges", ""},
	{"CREATE FUNCTION f(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'", "app-role-privileges", ""},
	{"CREATE FUNCTION f() RETURNS text LANGUAGE plpython3u AS 'return 1'", "app-role-privileges", ""},
	{"ALTER FUNCTION quiet() LEAKPROOF", "app-role-privileges", ""},
	{"ALTER FUNCTION quiet() SECURITY DEFINER; CREATE OR REPLACE FUNCTION quiet() RETURNS int LANGUAGE sql AS 'SELECT 2'", "", "it was replaced by one that runs as whoever calls it"},
	{"ALTER FUNCTION quiet() OWNER TO app_tenant; CREATE OR REPLACE FUNCTION quiet() RETURNS int LANGUAGE sql AS 'SELECT 2'", "app-role-owner", ""},
	{"GRANT CONNECT, TEMPORARY ON DATABASE app TO app_tenant", "", "it sees what it saw"},
	{"GRANT EXECUTE ON FUNCTION quiet() TO app_tenant", "", "it runs as whoever calls it"},
	{"CREATE TYPE e AS ENUM ('a'); GRANT USAGE ON TYPE e TO app_tenant", "", "a type holds no rows"},
	{"ALTER FUNCTION quiet() SECURITY DEFINER; REVOKE EXECUTE ON FUNCTION quiet() FROM PUBLIC", "", "the application cannot call it"},
	{"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'", "", "no trigger runs it, and nobody calls a trigger function; security-definer warns of it"},
	{"CREATE FUNCTION slugify() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "", "somebody vouches for it"},
	// Default privileges.
	{"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO app_tenant", "app-role-privileges", ""},
	{"ALTER DEFAULT PRIVILEGES FOR ROLE boss GRANT SELECT ON TABLES TO PUBLIC", "app-role-privileges", ""},
	{"ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO app_tenant", "app-role-privileges", ""},
	{"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO boss; GRANT boss TO app_tenant", "app-role-privileges", ""},
	{"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app_tenant; ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM app_tenant", "app-role-privileges", ""},
	{"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app_tenant; CREATE TABLE t (org_id uuid NOT NULL, id int); ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM app_tenant", "app-role-privileges", ""},
	{"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO app_tenant", "", "a sequence holds no rows"},
	{"ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO app_tenant", "", "PUBLIC has it anyway"},
	{"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app_tenant; ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM app_tenant", "", "no table was made meanwhile"},
	// Settings of later sessions.
	{"ALTER ROLE app_tenant SET app.org_id = 'a'", "session-settings", ""},
	{`ALTER ROLE web SET "App.Org_Id" = 'a'`, "session-settings", ""},
	{"ALTER ROLE ALL SET app.org_id = 'a'", "session-settings", ""},
	{"ALTER DATABASE app SET app.org_id TO 'a'", "session-settings", ""},
	{"ALTER ROLE ALL IN DATABASE app SET app.org_id FROM CURRENT", "session-settings", ""},
	{"ALTER ROLE web SET role = 'boss'", "session-settings", ""},
	{"ALTER ROLE web SET session_authorization = 'boss'", "session-settings", ""},
	{"ALTER DATABASE app SET row_security = off", "session-settings", ""},
	{"ALTER ROLE app_tenant SET session_replication_role = replica", "session-settings", ""},
	{"ALTER ROLE app_tenant SET search_path = elsewhere, public", "session-settings", ""},
	{"ALTER ROLE app_tenant SET search_path = public, pg_catalog", "session-settings", ""},
	{"ALTER ROLE app_tenant SET search_path FROM CURRENT", "session-settings", ""},
	{"ALTER ROLE app_tenant SET standard_conforming_strings = off", "session-settings", ""},
	{"ALTER ROLE app_tenant SET local_preload_libraries = 'x'", "session-settings", ""},
	{"ALTER ROLE app_tenant SET transform_null_equals = on", "session-settings", ""},
	{"CREATE POLICY p ON notes AS RESTRICTIVE USING (id = current_setting('my.level')::int); ALTER ROLE web SET my.level = '9'", "session-settings", ""},
	{"ALTER ROLE web SET role = 'app_tenant'", "", "it is the application's role that it becomes"},
	{"ALTER ROLE app_tenant SET search_path = public", "", "proofs are made under it"},
	{"ALTER ROLE app_tenant SET statement_timeout = '5s'; ALTER DATABASE app SET work_mem = '64MB'; ALTER DATABASE app SET timezone = 'UTC'; ALTER ROLE app_tenant SET jit = off", "", "limits, planning and formats"},
	{"ALTER ROLE web SET my.color = 'red'", "", "no code of the schema reads it"},
	{"ALTER ROLE app_tenant SET app.org_id = 'a'; ALTER ROLE app_tenant RESET app.org_id", "", "it is taken back"},
	{"ALTER ROLE app_tenant SET app.org_id = 'a'; ALTER ROLE app_tenant RESET ALL", "", "it is taken back"},
	// Protection.
	{"ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "undone-protection", ""},
	{"ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", "undone-protection", ""},
	{"DROP POLICY tenant_isolation_floor ON notes", "undone-protection", ""},
	{"DROP POLICY IF EXISTS tenant_isolation ON notes", "undone-protection", ""},
	{"DROP POLICY tenant_isolation_floor_delete ON boards", "undone-protection", ""},
	{"DROP POLICY tenant_isolation_floor ON boards", "", "with read_also, each command has a floor of its own"},
	{"ALTER POLICY tenant_isolation_floor ON notes USING (true)", "undone-protection", ""},
	{"ALTER POLICY tenant_isolation_floor ON notes TO boss", "undone-protection", ""},
	{"ALTER POLICY tenant_isolation_floor ON notes RENAME TO other", "undone-protection", ""},
	{"ALTER VIEW mine SET (security_invoker = false)", "undone-protection", ""},
	{"ALTER VIEW mine RESET (security_invoker)", "undone-protection", ""},
	{"ALTER TABLE mine SET (security_invoker = off)", "undone-protection", ""},
	{"CREATE OR REPLACE VIEW mine AS SELECT org_id, id FROM notes", "undone-protection", ""},
	{"CREATE OR REPLACE VIEW mine WITH (security_barrier) AS SELECT org_id, id FROM notes", "undone-protection", ""},
	{"ALTER TABLE notes DISABLE TRIGGER ALL", "undone-protection", ""},
	{"ALTER TABLE notes DISABLE TRIGGER USER", "undone-protection", ""},
	{"CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); ALTER TABLE notes ENABLE REPLICA TRIGGER t", "undone-protection", ""},
	{"CREATE POLICY support ON notes FOR SELECT USING (true)", "wider-policy", ""},
	{"CREATE POLICY support ON notes TO boss USING (true)", "wider-policy", ""},
	{"ALTER TABLE notes DISABLE TRIGGER ALL; ALTER TABLE notes ENABLE TRIGGER ALL", "", "they are on again"},
	{"ALTER TABLE notes DISABLE ROW LEVEL SECURITY; ALTER TABLE notes ENABLE ROW LEVEL SECURITY", "", "it is on again"},
	{"ALTER TABLE plans DISABLE ROW LEVEL SECURITY", "", "plans is everybody's"},
	{"DROP POLICY tenant_isolation ON notes; CREATE POLICY tenant_isolation ON notes USING (true)", "", "generate makes it anew, which --check asks for"},
	{"CREATE POLICY own ON notes AS RESTRICTIVE USING (id > 5)", "", "it lets through less"},
	{"CREATE POLICY own ON plans USING (true)", "", "plans is everybody's"},
	{"CREATE OR REPLACE VIEW mine WITH (security_invoker = true) AS SELECT org_id, id FROM notes", "", "it still reads as whoever asks"},
	// What is not followed.
	{"DO $$ BEGIN EXECUTE 'GRANT boss TO app_tenant'; END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN ALTER TABLE notes DISABLE ROW LEVEL SECURITY; END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN ALTER TABLE notes NO /* x */ FORCE ROW /* y */ LEVEL SECURITY; END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN CREATE ROLE x BYPASSRLS; END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN CREATE ROLE x ROLE app_tenant; END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN ALTER ROLE app_tenant SET app.org_id = 'a'; END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN EXECUTE 'GR' || 'ANT boss TO app_tenant'; END $$", "unmodelled-rights", ""},
	{"DO LANGUAGE plpython3u 'x'", "unmodelled-rights", ""},
	{"DO $$ BEGIN PERFORM loud(); END $$", "unmodelled-rights", ""},
	{"DO $$ BEGIN SET ROLE app_tenant; END $$", "unmodelled-rights", ""},
	{"SELECT loud()", "unmodelled-rights", ""},
	{"INSERT INTO plans VALUES (loud(), 'x')", "unmodelled-rights", ""},
	{"CREATE TABLE t (id int DEFAULT loud(), org_id uuid NOT NULL); INSERT INTO t (org_id) VALUES ('00000000-0000-4000-8000-000000000000')", "unmodelled-rights", ""},
	{"CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM loud(); RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION t(); INSERT INTO plans VALUES (1, 'x')", "unmodelled-rights", ""},
	{"CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM loud(); RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION t()", "unmodelled-rights", ""},
	{"CREATE PROCEDURE p() LANGUAGE sql AS 'REASSIGN OWNED BY boss TO app_tenant'; CALL p()", "unmodelled-rights", ""},
	{"CREATE FUNCTION h() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE ''GRANT ALL ON notes TO PUBLIC''; END'; CREATE EVENT TRIGGER h ON ddl_command_end EXECUTE FUNCTION h()", "unmodelled-rights", ""},
	{"LOAD 'evil'", "unmodelled-rights", ""},
	{"CREATE RULE r AS ON INSERT TO plans DO ALSO DELETE FROM notes", "unmodelled-rights", ""},
	{"CREATE RULE r AS ON DELETE TO plans DO INSTEAD NOTHING", "", "it does nothing"},
	{"UPDATE pg_class SET relrowsecurity = false", "unmodelled-rights", ""},
	{"WITH x AS (UPDATE pg_catalog.pg_authid SET rolbypassrls = true RETURNING 1) SELECT * FROM x", "unmodelled-rights", ""},
	{"CREATE VIEW c AS SELECT * FROM pg_authid; CREATE VIEW d AS SELECT * FROM c; DELETE FROM d", "unmodelled-rights", ""},
	{"COPY pg_auth_members FROM 'x'", "unmodelled-rights", ""},
	{"COPY pg_class TO 'x'", "", "it writes nothing here"},
	{"SELECT set_config('role', current_setting('x'), false)", "unmodelled-rights", ""},
	{"DO $$ BEGIN IF true THEN CREATE ROLE x NOLOGIN NOBYPASSRLS; END IF; END $$", "", "a role without attributes may nothing"},
	{"SELECT quiet()", "", "it changes nothing"},
	{"DO $tenantgen$ BEGIN EXECUTE 'GRANT USAGE ON SEQUENCE s TO app_tenant'; END $tenantgen$", "", "the test takes it for our own"},
	// Global tables.
	{"ALTER TABLE plans ADD COLUMN org_id uuid", "global-with-tenant", ""},
	{"ALTER TABLE plans ADD COLUMN owner uuid REFERENCES orgs", "global-with-tenant", ""},
	{"ALTER TABLE plans ADD COLUMN owner uuid; ALTER TABLE plans ADD FOREIGN KEY (owner) REFERENCES orgs", "global-with-tenant", ""},
	{"ALTER TABLE plans RENAME COLUMN name TO org_id", "global-with-tenant", ""},
	{"ALTER TABLE plans ADD COLUMN organization uuid", "", "it is not what tenants are called"},
	{"ALTER TABLE plans ADD COLUMN org_id uuid; ALTER TABLE plans DROP COLUMN org_id", "", "it is gone"},
}

// rightsOf lists which rules about rights answer statements, each once.
func rightsOf(t *testing.T, sql string) []string {
	t.Helper()
	text := rightsBase + sql + ";"
	db, own, errs := load(t, text, &rules.Rule{})
	for _, e := range errs {
		if !alsoUnreadable(e.Message) {
			t.Fatalf("%s: %s", sql, e.Message)
		}
	}
	var names []string
	for _, f := range rules.CheckApp(db, own, []rules.File{{Path: "schema.sql", Text: text}}, app) {
		if (f.Rule.Excusable || f.Rule.Name == "unneeded-directive") && !slices.Contains(names, f.Rule.Name) {
			names = append(names, f.Rule.Name)
		}
	}
	return names
}

// alsoUnreadable reports an error of what schema files must not do at all, which the rules
// about rights report as well.
func alsoUnreadable(msg string) bool {
	return strings.Contains(msg, "could not be read otherwise") || strings.HasPrefix(msg, "a write to ") || strings.HasPrefix(msg, "set_config ")
}

func TestRights(t *testing.T) {
	for _, c := range rightsCases {
		if (c.rule == "") != (c.why != "") {
			t.Errorf("%s: say which rule, or why it is harmless", c.sql)
		}
		got := rightsOf(t, c.sql)
		if c.rule == "" && len(got) > 0 || c.rule != "" && !slices.Contains(got, c.rule) {
			t.Errorf("%s: reported by %q, want %q", c.sql, got, c.rule)
		}
	}
}

// tenantsRows matches a grant that no rule reports, and that the next migration takes back all the same where no query needs
// it: what a directive is for.
var tenantsRows = regexp.MustCompile(`^GRANT (SELECT|INSERT|UPDATE|DELETE)[A-Z, ]* ON notes TO app_tenant$`)

// A directive above the statement answers for each of these findings, and one that
// nothing needs is a finding itself.
func TestRightsAreAnsweredFor(t *testing.T) {
	for _, c := range rightsCases {
		first, rest, _ := strings.Cut(c.sql, "; ")
		if rest != "" || strings.HasPrefix(c.rule, "global") {
			continue // the directive stands above one statement
		}
		want := ""
		if c.rule == "" && !tenantsRows.MatchString(first) {
			want = "unneeded-directive"
		}
		if got := rightsOf(t, "-- tenantgen:rights it is meant\n"+first); strings.Join(got, " ") != want {
			t.Errorf("%s: with a directive %q, want %q", c.sql, got, want)
		}
	}
	_, _, errs := load(t, "-- tenantgen:rights\nCREATE ROLE x BYPASSRLS;", &rules.Rule{})
	if len(errs) != 1 || errs[0].Message != "no reason is given" {
		t.Error(fmt.Sprint(errs))
	}
}

// The hint takes back what was granted, and what the next migration takes back is marked.
func TestRightsAreTakenBack(t *testing.T) {
	for sql, want := range map[string]string{
		"GRANT TRUNCATE ON notes TO app_tenant":                                          "mended REVOKE TRUNCATE ON notes FROM app_tenant",
		"GRANT TRUNCATE ON plans TO app_tenant":                                          "mended REVOKE TRUNCATE ON plans FROM app_tenant",
		"GRANT SELECT ON theirs TO app_tenant":                                           "mended REVOKE SELECT ON theirs FROM app_tenant",
		"GRANT TRIGGER ON mine TO app_tenant":                                            "REVOKE TRIGGER ON mine FROM app_tenant",
		"GRANT TRUNCATE ON notes TO PUBLIC":                                              "REVOKE TRUNCATE ON notes FROM PUBLIC",
		"GRANT SELECT ON notes TO app_tenant WITH GRANT OPTION":                          "REVOKE SELECT ON notes FROM app_tenant",
		"GRANT SELECT ON pg_catalog.pg_authid TO app_tenant":                             "REVOKE SELECT ON pg_catalog.pg_authid FROM app_tenant",
		"GRANT CREATE ON SCHEMA public TO app_tenant":                                    "REVOKE CREATE ON SCHEMA public FROM app_tenant",
		"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC":                      "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC",
		"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO app_tenant": "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM app_tenant",
		"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO app_tenant":              "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog FROM app_tenant",
		"ALTER TABLE notes DISABLE ROW LEVEL SECURITY":                                   "mended leave it as it is; tenantgen generate puts it back",
		"ALTER TABLE notes DISABLE TRIGGER ALL":                                          "ALTER TABLE notes ENABLE TRIGGER in the same file",
		"ALTER VIEW mine RESET (security_invoker)":                                       "ALTER VIEW mine SET (security_invoker = true)",
		"ALTER ROLE ALL SET app.org_id = 'a'":                                            "reset it: ALTER ROLE ALL RESET app.org_id",
		"ALTER DATABASE app SET app.org_id = 'a'":                                        "reset it: ALTER DATABASE app RESET app.org_id",
		"ALTER ROLE web IN DATABASE app SET app.org_id = 'a'":                            "reset it: ALTER ROLE web IN DATABASE app RESET app.org_id",
		"ALTER ROLE app_tenant BYPASSRLS":                                                "ALTER ROLE app_tenant NOBYPASSRLS",
		"GRANT pg_monitor TO boss; GRANT boss TO app_tenant":                             "REVOKE pg_monitor FROM boss",
	} {
		text := rightsBase + sql + ";"
		db, own, _ := load(t, text, &rules.Rule{})
		var got []string
		for _, f := range rules.CheckApp(db, own, []rules.File{{Path: "schema.sql", Text: text}}, app) {
			hint, _, _ := strings.Cut(f.Hint, "; where it is meant")
			if f.Rule.Excusable && f.Mended {
				hint = "mended " + hint
			}
			if f.Rule.Excusable {
				got = append(got, hint)
			}
		}
		if len(got) == 0 || got[0] != want {
			t.Errorf("%s: hints %q, want %q", sql, got, want)
		}
	}
}
