-- +goose Up
-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.

-- Create the role bench_app, which the application's queries run as, where it is missing. It cannot log in: grant it to the role that does, and give that one ALTER ROLE … SET jit = off, because a setting counts for the role that logs in only. Undoing this migration keeps it, because other databases may use it.
-- Cause: app_role is bench_app
-- +goose StatementBegin
DO $tenantgen$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'bench_app') THEN
        BEGIN
            CREATE ROLE bench_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of the cluster created it in this moment
        END;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'bench_app' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is not subject to row-level security', 'bench_app'
            USING HINT = 'ALTER ROLE ... NOSUPERUSER NOBYPASSRLS, or choose another app_role';
    END IF;
END
$tenantgen$;
-- +goose StatementEnd

-- notes: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.notes;
CREATE POLICY tenant_isolation ON public.notes
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- notes: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.notes;
CREATE POLICY tenant_isolation_floor ON public.notes
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- notes: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- orgs: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column id
DROP POLICY IF EXISTS tenant_isolation ON public.orgs;
CREATE POLICY tenant_isolation ON public.orgs
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- orgs: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.orgs;
CREATE POLICY tenant_isolation_floor ON public.orgs
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- orgs: policies apply, to the table's owner too.
-- Cause: tenant column id
ALTER TABLE public.orgs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- bench_app may look up names in the schema public.
-- Cause: it holds tables that queries use
GRANT USAGE ON SCHEMA public TO bench_app;

-- notes: bench_app may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, UPDATE ON public.notes TO bench_app;

-- +goose Down

REVOKE SELECT, UPDATE ON public.notes FROM bench_app;

REVOKE USAGE ON SCHEMA public FROM bench_app;

ALTER TABLE public.orgs DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.orgs;

DROP POLICY IF EXISTS tenant_isolation ON public.orgs;

ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.notes;

DROP POLICY IF EXISTS tenant_isolation ON public.notes;
