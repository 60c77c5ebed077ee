CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE VIEW theirs AS SELECT org_id FROM notes;
GRANT SELECT, TRUNCATE ON notes TO app_tenant; -- want "TRUNCATE on table notes for app_tenant: no policy limits that"
GRANT SELECT ON notes TO PUBLIC; -- want "SELECT on table notes for PUBLIC: every role that can connect may then name any tenant"
GRANT DELETE ON plans TO PUBLIC; -- want "DELETE on table plans for PUBLIC: every tenant shares the table"
GRANT SELECT ON theirs TO app_tenant; -- want "SELECT on table theirs for app_tenant: the view reads tenant tables with the rights of its owner"
GRANT CREATE ON SCHEMA public TO app_tenant; -- want "CREATE on schema public for app_tenant: objects of its own can stand in for those that others mean, and have no policies"
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app_tenant; -- want "SELECT on tables in schema public for app_tenant: tables are usable before their policies are there"
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app_tenant; -- want "EXECUTE on function pg_read_file for app_tenant: it is PostgreSQL's own, or an extension's, and no policy stands before it"
