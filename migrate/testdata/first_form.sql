-- +goose Up
-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.

-- Create the role app_role, which the application's queries run as, where it is missing. It cannot log in: grant it to the role that does. Undoing this migration keeps it, because other databases may use it.
-- Cause: app_role is app_role
-- +goose StatementBegin
DO $tenantgen$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'app_role') THEN
        BEGIN
            CREATE ROLE app_role NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of the cluster created it in this moment
        END;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'app_role' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is not subject to row-level security', 'app_role'
            USING HINT = 'ALTER ROLE ... NOSUPERUSER NOBYPASSRLS, or choose another app_role';
    END IF;
END
$tenantgen$;
-- +goose StatementEnd

-- documents: tenant_isolation lets the current tenant's rows through.
-- Cause: documents has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.documents;
CREATE POLICY tenant_isolation ON public.documents
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- documents: tenant_isolation_read lets the current tenant read what read_also says.
-- Cause: documents has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_read ON public.documents;
CREATE POLICY tenant_isolation_read ON public.documents
    AS PERMISSIVE FOR SELECT TO PUBLIC
    USING (public);

-- documents: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: documents has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.documents;
CREATE POLICY tenant_isolation_floor ON public.documents
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING ((org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)) OR (public))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- documents: tenant_isolation_floor_update keeps updates to the current tenant's rows.
-- Cause: documents has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor_update ON public.documents;
CREATE POLICY tenant_isolation_floor_update ON public.documents
    AS RESTRICTIVE FOR UPDATE TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- documents: tenant_isolation_floor_delete keeps deletes to the current tenant's rows.
-- Cause: documents has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor_delete ON public.documents;
CREATE POLICY tenant_isolation_floor_delete ON public.documents
    AS RESTRICTIVE FOR DELETE TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- documents: policies apply, to the table's owner too.
-- Cause: documents has the tenant column org_id
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- events: tenant_isolation lets the current tenant's rows through.
-- Cause: events has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.events;
CREATE POLICY tenant_isolation ON public.events
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- events: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: events has the tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.events;
CREATE POLICY tenant_isolation_floor ON public.events
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- events: policies apply, to the table's owner too.
-- Cause: events has the tenant column org_id
ALTER TABLE public.events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- events_1: tenant_isolation lets the current tenant's rows through.
-- Cause: part of events, and reachable by its own name
DROP POLICY IF EXISTS tenant_isolation ON public.events_1;
CREATE POLICY tenant_isolation ON public.events_1
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- events_1: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: part of events, and reachable by its own name
DROP POLICY IF EXISTS tenant_isolation_floor ON public.events_1;
CREATE POLICY tenant_isolation_floor ON public.events_1
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid));

-- events_1: policies apply, to the table's owner too.
-- Cause: part of events, and reachable by its own name
ALTER TABLE public.events_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- files: tenant_isolation lets the current tenant's rows through.
-- Cause: declared
DROP POLICY IF EXISTS tenant_isolation ON public.files;
CREATE POLICY tenant_isolation ON public.files
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = files.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)) OR EXISTS (SELECT 1 FROM public.pages AS parent WHERE parent.id = files.page_id AND EXISTS (SELECT 1 FROM public.documents AS parent2 WHERE parent2.id = parent.document_id AND parent2.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))))
    WITH CHECK ((files.document_id IS NULL OR EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = files.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))) AND (files.page_id IS NULL OR EXISTS (SELECT 1 FROM public.pages AS parent WHERE parent.id = files.page_id AND EXISTS (SELECT 1 FROM public.documents AS parent2 WHERE parent2.id = parent.document_id AND parent2.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)))) AND (files.document_id IS NOT NULL OR files.page_id IS NOT NULL));

-- files: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: declared
DROP POLICY IF EXISTS tenant_isolation_floor ON public.files;
CREATE POLICY tenant_isolation_floor ON public.files
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = files.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)) OR EXISTS (SELECT 1 FROM public.pages AS parent WHERE parent.id = files.page_id AND EXISTS (SELECT 1 FROM public.documents AS parent2 WHERE parent2.id = parent.document_id AND parent2.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))))
    WITH CHECK ((files.document_id IS NULL OR EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = files.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))) AND (files.page_id IS NULL OR EXISTS (SELECT 1 FROM public.pages AS parent WHERE parent.id = files.page_id AND EXISTS (SELECT 1 FROM public.documents AS parent2 WHERE parent2.id = parent.document_id AND parent2.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)))) AND (files.document_id IS NOT NULL OR files.page_id IS NOT NULL));

-- files: policies apply, to the table's owner too.
-- Cause: declared
ALTER TABLE public.files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- pages: tenant_isolation lets the current tenant's rows through.
-- Cause: declared
DROP POLICY IF EXISTS tenant_isolation ON public.pages;
CREATE POLICY tenant_isolation ON public.pages
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = pages.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = pages.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)));

-- pages: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: declared
DROP POLICY IF EXISTS tenant_isolation_floor ON public.pages;
CREATE POLICY tenant_isolation_floor ON public.pages
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = pages.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT 1 FROM public.documents AS parent WHERE parent.id = pages.document_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)));

-- pages: policies apply, to the table's owner too.
-- Cause: declared
ALTER TABLE public.pages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- app_role may look up names in the schema public.
-- Cause: it holds tables that queries use
GRANT USAGE ON SCHEMA public TO app_role;

-- documents: app_role may use the rows that the policies leave.
-- Cause: documents has the tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.documents TO app_role;

-- events: app_role may use the rows that the policies leave.
-- Cause: events has the tenant column org_id
GRANT SELECT, INSERT, UPDATE, DELETE ON public.events TO app_role;

-- files: app_role may use the rows that the policies leave.
-- Cause: declared
GRANT SELECT, INSERT, UPDATE, DELETE ON public.files TO app_role;

-- pages: app_role may use the rows that the policies leave.
-- Cause: declared
GRANT SELECT, INSERT, UPDATE, DELETE ON public.pages TO app_role;

-- +goose Down

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.pages FROM app_role;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.files FROM app_role;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.events FROM app_role;

REVOKE SELECT, INSERT, UPDATE, DELETE ON public.documents FROM app_role;

REVOKE USAGE ON SCHEMA public FROM app_role;

ALTER TABLE public.pages DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.pages;

DROP POLICY IF EXISTS tenant_isolation ON public.pages;

ALTER TABLE public.files DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.files;

DROP POLICY IF EXISTS tenant_isolation ON public.files;

ALTER TABLE public.events_1 DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.events_1;

DROP POLICY IF EXISTS tenant_isolation ON public.events_1;

ALTER TABLE public.events DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.events;

DROP POLICY IF EXISTS tenant_isolation ON public.events;

ALTER TABLE public.documents DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor_delete ON public.documents;

DROP POLICY IF EXISTS tenant_isolation_floor_update ON public.documents;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.documents;

DROP POLICY IF EXISTS tenant_isolation_read ON public.documents;

DROP POLICY IF EXISTS tenant_isolation ON public.documents;
