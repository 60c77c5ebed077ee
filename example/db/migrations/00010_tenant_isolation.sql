-- +goose Up
-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.

-- integrations: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.integrations;
CREATE POLICY tenant_isolation ON public.integrations
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- integrations: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.integrations;
CREATE POLICY tenant_isolation_floor ON public.integrations
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- integrations: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.integrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- shared_notes: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.shared_notes;
CREATE POLICY tenant_isolation ON public.shared_notes
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- shared_notes: tenant_isolation_read lets the current tenant read what read_also says.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_read ON public.shared_notes;
CREATE POLICY tenant_isolation_read ON public.shared_notes
    AS PERMISSIVE FOR SELECT TO PUBLIC
    USING (template or NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid = any (shared_with));

-- shared_notes: tenant_isolation_floor_select keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor_select ON public.shared_notes;
CREATE POLICY tenant_isolation_floor_select ON public.shared_notes
    AS RESTRICTIVE FOR SELECT TO PUBLIC
    USING ((org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid) OR (template or NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid = any (shared_with)));

-- shared_notes: tenant_isolation_floor_insert keeps new rows the current tenant's.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor_insert ON public.shared_notes;
CREATE POLICY tenant_isolation_floor_insert ON public.shared_notes
    AS RESTRICTIVE FOR INSERT TO PUBLIC
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- shared_notes: tenant_isolation_floor_update keeps updates to the current tenant's rows.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor_update ON public.shared_notes;
CREATE POLICY tenant_isolation_floor_update ON public.shared_notes
    AS RESTRICTIVE FOR UPDATE TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- shared_notes: tenant_isolation_floor_delete keeps deletes to the current tenant's rows.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor_delete ON public.shared_notes;
CREATE POLICY tenant_isolation_floor_delete ON public.shared_notes
    AS RESTRICTIVE FOR DELETE TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- shared_notes: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.shared_notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- integrations: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.integrations TO app_tenant;

-- shared_notes: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.shared_notes TO app_tenant;

-- +goose Down

REVOKE SELECT, INSERT, UPDATE ON public.shared_notes FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.integrations FROM app_tenant;

ALTER TABLE public.shared_notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor_delete ON public.shared_notes;

DROP POLICY IF EXISTS tenant_isolation_floor_update ON public.shared_notes;

DROP POLICY IF EXISTS tenant_isolation_floor_insert ON public.shared_notes;

DROP POLICY IF EXISTS tenant_isolation_floor_select ON public.shared_notes;

DROP POLICY IF EXISTS tenant_isolation_read ON public.shared_notes;

DROP POLICY IF EXISTS tenant_isolation ON public.shared_notes;

ALTER TABLE public.integrations DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.integrations;

DROP POLICY IF EXISTS tenant_isolation ON public.integrations;
