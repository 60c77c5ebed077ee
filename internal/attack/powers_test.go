package attack

const noPrivilege = "no privilege"

var powers = []attack{
	{name: "TRUNCATE", does: changes, stop: noPrivilege, without: granting("TRUNCATE ON note_comments"),
		steps: []string{"TRUNCATE note_comments"}},
	{name: "DISABLE ROW LEVEL SECURITY", does: reads, stop: "the application owns no table", without: owning("notes"),
		steps: []string{"ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "SELECT title FROM notes ORDER BY 1"}},
	{name: "NO FORCE ROW LEVEL SECURITY", does: reads, stop: "the application owns no table", without: owning("notes"),
		steps: []string{"ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", "SELECT title FROM notes ORDER BY 1"}},
	{name: "DROP or ALTER POLICY", does: reads, stop: "the application owns no table", without: owning("notes"),
		steps: []string{"ALTER POLICY tenant_isolation ON notes USING (true)", "DROP POLICY tenant_isolation_floor ON notes", "SELECT title FROM notes ORDER BY 1"}},
	{name: "CREATE POLICY", does: reads, stop: "the application owns no table", without: control{sql: "alter table notes owner to attack_app; drop policy tenant_isolation_floor on notes"},
		steps: []string{"CREATE POLICY open ON notes USING (true)", "SELECT title FROM notes ORDER BY 1"}},
	{name: "CREATE POLICY by the owner: a wider one", does: reads, stop: "the restrictive floor", without: control{sql: "drop policy tenant_isolation_floor on notes"},
		schema: "CREATE POLICY open ON notes USING (true) WITH CHECK (true)",
		steps:  []string{"SELECT title FROM notes ORDER BY 1"}},
	{name: "SET ROLE, SET SESSION AUTHORIZATION", does: reads, stop: "member of no such role", without: control{as: "attack_member"},
		steps: []string{"SET ROLE attack_bypass", "SELECT title FROM notes ORDER BY 1", "SET SESSION AUTHORIZATION attack_super", "SELECT title FROM notes ORDER BY 1"}},
	{name: "RESET ROLE", does: reads, stop: "the application logs in as a plain role", without: control{as: "attack_super"},
		steps: []string{"SET ROLE app_tenant", "RESET ROLE", "SELECT title FROM notes ORDER BY 1"}},
	{name: "RESET ROLE where the login is a superuser", does: reads, as: "attack_super", report: report{other: "reported by `repos.Verify` at start-up"},
		steps: []string{"SET ROLE app_tenant", "SELECT title FROM notes ORDER BY 1", "RESET ROLE", "SELECT title FROM notes ORDER BY 1"}},
	{name: "SET row_security = off", does: reads, stop: "PostgreSQL: it makes such a query an error", without: policies,
		steps: []string{"SET row_security = off", "SELECT title FROM notes ORDER BY 1", "COPY notes (title) TO STDOUT"}},
	{name: "SET session_replication_role, to switch triggers off", does: changes, stop: noPrivilege, without: control{as: "attack_super"},
		schema: `CREATE TABLE entries (org_id uuid, name text);
			CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
			CREATE TRIGGER refuse BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION refuse(); GRANT INSERT ON entries TO app_tenant`,
		steps: []string{"SET session_replication_role = replica", "INSERT INTO entries VALUES ('$B', 'planted')"}},
	{name: "ALTER ROLE … BYPASSRLS", does: reads, stop: noPrivilege, without: control{as: "attack_super"},
		steps: []string{"ALTER ROLE attack_spare BYPASSRLS", "SET ROLE attack_spare", "SELECT title FROM notes ORDER BY 1", "RESET ROLE", "ALTER ROLE attack_spare NOBYPASSRLS"}},
	{name: "CREATE TRIGGER, which runs in another tenant's transaction", does: reads, stop: noPrivilege, without: granting("TRIGGER ON notes"),
		steps: []string{"LISTEN spy", "CREATE FUNCTION pg_temp.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('spy', NEW.title); RETURN NEW; END $$",
			"CREATE TRIGGER spy BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION pg_temp.spy()", "globex: UPDATE notes SET body = body", "SELECT pg_sleep(0.1)", "SELECT"}},
	{name: "Files of the server", does: reads, stop: noPrivilege, without: control{as: "attack_super", sql: "checkpoint"},
		steps: []string{"SELECT position('alpha'::bytea IN pg_read_binary_file(pg_relation_filepath('tags'))) > 0", "COPY notes TO PROGRAM 'cat'"}},
	{name: "Logical decoding", does: reads, needs: "wal_level=logical", stop: noPrivilege, without: control{as: "attack_super"},
		steps: []string{"SET lock_timeout = '20s'", "CREATE PUBLICATION spy FOR TABLE notes", "SELECT count(*) FROM pg_create_logical_replication_slot(current_database()::text, 'pgoutput')",
			"globex: SET synchronous_commit = on", "globex: UPDATE notes SET body = body",
			"SELECT position('alpha'::bytea IN string_agg(data, ''::bytea)) > 0 FROM pg_logical_slot_get_binary_changes(current_database()::text, NULL, NULL, 'proto_version', '1', 'publication_names', 'spy')",
			"SELECT pg_drop_replication_slot(current_database()::text)"}},
}
