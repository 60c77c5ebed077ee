-- +goose Up
-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.

-- Create the role app_tenant, which the application's queries run as, where it is missing. It cannot log in: grant it to the role that does, and give that one ALTER ROLE … SET jit = off, because a setting counts for the role that logs in only. Undoing this migration keeps it, because other databases may use it.
-- Cause: app_role is app_tenant
-- +goose StatementBegin
DO $tenantgen$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'app_tenant') THEN
        BEGIN
            CREATE ROLE app_tenant NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of the cluster created it in this moment
        END;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'app_tenant' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is not subject to row-level security', 'app_tenant'
            USING HINT = 'ALTER ROLE ... NOSUPERUSER NOBYPASSRLS, or choose another app_role';
    END IF;
END
$tenantgen$;
-- +goose StatementEnd

-- api_tokens: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.api_tokens;
CREATE POLICY tenant_isolation ON public.api_tokens
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- api_tokens: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.api_tokens;
CREATE POLICY tenant_isolation_floor ON public.api_tokens
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- api_tokens: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.api_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- departments: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.departments;
CREATE POLICY tenant_isolation ON public.departments
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- departments: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.departments;
CREATE POLICY tenant_isolation_floor ON public.departments
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- departments: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.departments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- invitations: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.invitations;
CREATE POLICY tenant_isolation ON public.invitations
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- invitations: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.invitations;
CREATE POLICY tenant_isolation_floor ON public.invitations
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- invitations: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- memberships: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.memberships;
CREATE POLICY tenant_isolation ON public.memberships
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- memberships: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.memberships;
CREATE POLICY tenant_isolation_floor ON public.memberships
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- memberships: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.memberships ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- note_tags: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.note_tags;
CREATE POLICY tenant_isolation ON public.note_tags
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- note_tags: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.note_tags;
CREATE POLICY tenant_isolation_floor ON public.note_tags
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- note_tags: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.note_tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

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

-- organization_domains: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.organization_domains;
CREATE POLICY tenant_isolation ON public.organization_domains
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- organization_domains: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.organization_domains;
CREATE POLICY tenant_isolation_floor ON public.organization_domains
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- organization_domains: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.organization_domains ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- organizations: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column id
DROP POLICY IF EXISTS tenant_isolation ON public.organizations;
CREATE POLICY tenant_isolation ON public.organizations
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- organizations: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.organizations;
CREATE POLICY tenant_isolation_floor ON public.organizations
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- organizations: policies apply, to the table's owner too.
-- Cause: tenant column id
ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- projects: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.projects;
CREATE POLICY tenant_isolation ON public.projects
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- projects: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.projects;
CREATE POLICY tenant_isolation_floor ON public.projects
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- projects: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tags: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tags;
CREATE POLICY tenant_isolation ON public.tags
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tags: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tags;
CREATE POLICY tenant_isolation_floor ON public.tags
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tags: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- usage_counters: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.usage_counters;
CREATE POLICY tenant_isolation ON public.usage_counters
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- usage_counters: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.usage_counters;
CREATE POLICY tenant_isolation_floor ON public.usage_counters
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- usage_counters: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.usage_counters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- note_comments: tenant_isolation lets the current tenant's rows through: those that belong to a row which the policies of notes let through, so row-level security must stay forced there.
-- Cause: child of a tenant table
DROP POLICY IF EXISTS tenant_isolation ON public.note_comments;
CREATE POLICY tenant_isolation ON public.note_comments
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (EXISTS (SELECT 1 FROM public.notes AS parent WHERE parent.id = note_comments.note_id))
    WITH CHECK (EXISTS (SELECT 1 FROM public.notes AS parent WHERE parent.id = note_comments.note_id));

-- note_comments: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: child of a tenant table
DROP POLICY IF EXISTS tenant_isolation_floor ON public.note_comments;
CREATE POLICY tenant_isolation_floor ON public.note_comments
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (EXISTS (SELECT 1 FROM public.notes AS parent WHERE parent.id = note_comments.note_id))
    WITH CHECK (EXISTS (SELECT 1 FROM public.notes AS parent WHERE parent.id = note_comments.note_id));

-- note_comments: policies apply, to the table's owner too.
-- Cause: child of a tenant table
ALTER TABLE public.note_comments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- app_tenant may look up names in the schema public.
-- Cause: it holds tables that queries use
GRANT USAGE ON SCHEMA public TO app_tenant;

-- api_tokens: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.api_tokens TO app_tenant;

-- departments: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.departments TO app_tenant;

-- invitations: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.invitations TO app_tenant;

-- memberships: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.memberships TO app_tenant;

-- note_comments: app_tenant may use the rows that the policies leave.
-- Cause: child of a tenant table
GRANT SELECT, INSERT, UPDATE, DELETE ON public.note_comments TO app_tenant;

-- note_tags: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, DELETE ON public.note_tags TO app_tenant;

-- notes: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.notes TO app_tenant;

-- organization_domains: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.organization_domains TO app_tenant;

-- organizations: app_tenant may use the rows that the policies leave.
-- Cause: tenant column id
GRANT SELECT, INSERT, UPDATE ON public.organizations TO app_tenant;

-- plans: app_tenant may use the rows that the policies leave.
-- Cause: a global table that queries only read
GRANT SELECT ON public.plans TO app_tenant;

-- projects: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.projects TO app_tenant;

-- tags: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.tags TO app_tenant;

-- usage_counters: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.usage_counters TO app_tenant;

-- users: app_tenant may use the rows that the policies leave.
-- Cause: a global table that queries write
GRANT SELECT, INSERT, UPDATE ON public.users TO app_tenant;

-- +goose Down

REVOKE SELECT, INSERT, UPDATE ON public.users FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.usage_counters FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.tags FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.projects FROM app_tenant;

REVOKE SELECT ON public.plans FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.organizations FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.organization_domains FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.notes FROM app_tenant;

REVOKE SELECT, INSERT, DELETE ON public.note_tags FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.note_comments FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.memberships FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.invitations FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.departments FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.api_tokens FROM app_tenant;

REVOKE USAGE ON SCHEMA public FROM app_tenant;

ALTER TABLE public.note_comments DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.note_comments;

DROP POLICY IF EXISTS tenant_isolation ON public.note_comments;

ALTER TABLE public.usage_counters DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.usage_counters;

DROP POLICY IF EXISTS tenant_isolation ON public.usage_counters;

ALTER TABLE public.tags DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tags;

DROP POLICY IF EXISTS tenant_isolation ON public.tags;

ALTER TABLE public.projects DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.projects;

DROP POLICY IF EXISTS tenant_isolation ON public.projects;

ALTER TABLE public.organizations DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.organizations;

DROP POLICY IF EXISTS tenant_isolation ON public.organizations;

ALTER TABLE public.organization_domains DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.organization_domains;

DROP POLICY IF EXISTS tenant_isolation ON public.organization_domains;

ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.notes;

DROP POLICY IF EXISTS tenant_isolation ON public.notes;

ALTER TABLE public.note_tags DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.note_tags;

DROP POLICY IF EXISTS tenant_isolation ON public.note_tags;

ALTER TABLE public.memberships DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.memberships;

DROP POLICY IF EXISTS tenant_isolation ON public.memberships;

ALTER TABLE public.invitations DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.invitations;

DROP POLICY IF EXISTS tenant_isolation ON public.invitations;

ALTER TABLE public.departments DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.departments;

DROP POLICY IF EXISTS tenant_isolation ON public.departments;

ALTER TABLE public.api_tokens DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.api_tokens;

DROP POLICY IF EXISTS tenant_isolation ON public.api_tokens;
