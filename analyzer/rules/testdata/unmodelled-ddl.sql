CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
DO 'BEGIN END'; -- want "tenantgen does not follow what this does to the schema: DO block"
CREATE RULE quiet AS ON DELETE TO notes DO INSTEAD NOTHING; -- want "tenantgen does not follow what this does to the schema: CREATE RULE (notes)"
INSERT INTO notes VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002');
DO $tenantgen$ BEGIN CREATE ROLE app_tenant; END $tenantgen$;
  DO LANGUAGE plpgsql $tenantgen$ BEGIN END $tenantgen$; -- want "tenantgen does not follow what this does to the schema: DO block"
