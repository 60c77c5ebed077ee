CREATE ROLE boss BYPASSRLS;
CREATE ROLE middle;
CREATE ROLE reports;
CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE ROLE keeper;
ALTER TABLE notes OWNER TO keeper;
GRANT boss TO middle; -- want "role app_tenant can become boss, which has BYPASSRLS"
GRANT middle TO app_tenant;
GRANT reports TO app_tenant;
GRANT keeper TO app_tenant; -- want "role app_tenant can become keeper, which owns table notes"
GRANT pg_signal_backend TO app_tenant; -- want "role app_tenant can become pg_signal_backend, which PostgreSQL predefines"
GRANT pg_read_all_data TO app_tenant; -- want "role app_tenant can become pg_read_all_data, which reads every table"
GRANT somebody TO app_tenant; -- want "role app_tenant can become somebody, which no schema file makes, so that what it may do is not known"
GRANT app_cross TO app_tenant; -- want "role app_tenant can become app_cross, which no policy binds"
