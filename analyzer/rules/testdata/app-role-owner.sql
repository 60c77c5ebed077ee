CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE SCHEMA other AUTHORIZATION app_cross; -- want "role app_cross owns schema other, and may do with it whatever it likes"
ALTER TABLE notes OWNER TO app_tenant; -- want "role app_tenant owns table notes, and may do with it whatever it likes"
SET ROLE app_tenant;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; -- want "role app_tenant owns function f, and may do with it whatever it likes"
