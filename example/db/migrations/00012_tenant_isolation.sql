-- +goose Up
-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.

-- department_members: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.department_members;
CREATE POLICY tenant_isolation ON public.department_members
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- department_members: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.department_members;
CREATE POLICY tenant_isolation_floor ON public.department_members
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- department_members: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.department_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- department_members: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, DELETE ON public.department_members TO app_tenant;

-- +goose Down

REVOKE SELECT, INSERT, DELETE ON public.department_members FROM app_tenant;

ALTER TABLE public.department_members DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.department_members;

DROP POLICY IF EXISTS tenant_isolation ON public.department_members;
