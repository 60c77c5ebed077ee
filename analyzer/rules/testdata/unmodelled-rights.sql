CREATE ROLE boss;
DO $$ BEGIN CREATE ROLE plain; END $$;
DO $$ BEGIN GRANT boss TO app_tenant; END $$; -- want "tenantgen does not follow what this does to rights: DO block with GRANT"
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT f();
