-- +goose Up
-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.

-- tenant_quota_counters: what is used of each quota, in a period or forever (package tenantquota).
-- Cause: tenantgen tables quota
CREATE TABLE tenant_quota_counters (
    org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    quota  text NOT NULL,
    period timestamptz NOT NULL,
    used   bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (org_id, quota, period)
);

-- tenant_quota_overrides: limits in place of the plan's; ceiling is NULL for no limit.
-- Cause: tenantgen tables quota
CREATE TABLE tenant_quota_overrides (
    org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    quota      text NOT NULL,
    ceiling    bigint CHECK (ceiling >= 0),
    reason     text NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (org_id, quota)
);

-- tenant_quota_addons: what was bought on top of the plan.
-- Cause: tenantgen tables quota
CREATE TABLE tenant_quota_addons (
    org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    quota      text NOT NULL,
    addon      text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    expires_at timestamptz,
    PRIMARY KEY (org_id, quota, addon)
);

-- tenant_usage: what was used in a month, by kind (package tenantusage); of a peak the most, of others the sum.
-- Cause: tenantgen tables usage
CREATE TABLE tenant_usage (
    org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    period date NOT NULL,
    kind   text NOT NULL,
    peak   boolean NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (org_id, period, kind)
);

-- tenant_usage_members: who was active in a month.
-- Cause: tenantgen tables usage
CREATE TABLE tenant_usage_members (
    org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    period date NOT NULL,
    member text NOT NULL,
    PRIMARY KEY (org_id, period, member)
);

-- tenant_usage_flushes: what has arrived of each process, so that what is sent again is not counted again.
-- Cause: tenantgen tables usage
CREATE TABLE tenant_usage_flushes (
    org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    source     text NOT NULL,
    seq        bigint NOT NULL,
    flushed_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, source)
);

-- tenant_audit: what was refused or attempted for a tenant (package tenantaudit). It stays when the tenant goes.
-- Cause: tenantgen tables audit
CREATE TABLE tenant_audit (
    org_id uuid NOT NULL,
    id         uuid NOT NULL,
    at         timestamptz NOT NULL,
    kind       text NOT NULL,
    severity   text NOT NULL,
    actor      text NOT NULL,
    address    text NOT NULL,
    repository text NOT NULL,
    operation  text NOT NULL,
    reason     text NOT NULL,
    message    text NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- tenant_audit: read by time.
-- Cause: tenantgen tables audit
CREATE INDEX tenant_audit_at ON tenant_audit (org_id, at);

-- tenant_audit_crossings: calls across tenants. They are no tenant's, and no tenant reads them.
-- Cause: tenantgen tables audit
CREATE TABLE tenant_audit_crossings (
    id         uuid NOT NULL,
    at         timestamptz NOT NULL,
    kind       text NOT NULL,
    severity   text NOT NULL,
    actor      text NOT NULL,
    address    text NOT NULL,
    repository text NOT NULL,
    operation  text NOT NULL,
    category   text NOT NULL,
    reason     text NOT NULL,
    message    text NOT NULL,
    PRIMARY KEY (id)
);

-- tenant_audit_crossings: read by time.
-- Cause: tenantgen tables audit
CREATE INDEX tenant_audit_crossings_at ON tenant_audit_crossings (at);

-- invoices: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.invoices;
CREATE POLICY tenant_isolation ON public.invoices
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- invoices: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.invoices;
CREATE POLICY tenant_isolation_floor ON public.invoices
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- invoices: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- subscriptions: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.subscriptions;
CREATE POLICY tenant_isolation ON public.subscriptions
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- subscriptions: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.subscriptions;
CREATE POLICY tenant_isolation_floor ON public.subscriptions
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- subscriptions: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_audit: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_audit;
CREATE POLICY tenant_isolation ON public.tenant_audit
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_audit: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_audit;
CREATE POLICY tenant_isolation_floor ON public.tenant_audit
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_audit: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_quota_addons: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_quota_addons;
CREATE POLICY tenant_isolation ON public.tenant_quota_addons
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_quota_addons: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_quota_addons;
CREATE POLICY tenant_isolation_floor ON public.tenant_quota_addons
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_quota_addons: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_quota_addons ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_quota_counters: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_quota_counters;
CREATE POLICY tenant_isolation ON public.tenant_quota_counters
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_quota_counters: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_quota_counters;
CREATE POLICY tenant_isolation_floor ON public.tenant_quota_counters
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_quota_counters: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_quota_counters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_quota_overrides: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_quota_overrides;
CREATE POLICY tenant_isolation ON public.tenant_quota_overrides
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_quota_overrides: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_quota_overrides;
CREATE POLICY tenant_isolation_floor ON public.tenant_quota_overrides
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_quota_overrides: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_quota_overrides ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_usage: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_usage;
CREATE POLICY tenant_isolation ON public.tenant_usage
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_usage: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_usage;
CREATE POLICY tenant_isolation_floor ON public.tenant_usage
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_usage: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_usage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_usage_flushes: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_usage_flushes;
CREATE POLICY tenant_isolation ON public.tenant_usage_flushes
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_usage_flushes: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_usage_flushes;
CREATE POLICY tenant_isolation_floor ON public.tenant_usage_flushes
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_usage_flushes: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_usage_flushes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- tenant_usage_members: tenant_isolation lets the current tenant's rows through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation ON public.tenant_usage_members;
CREATE POLICY tenant_isolation ON public.tenant_usage_members
    AS PERMISSIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_usage_members: tenant_isolation_floor keeps other policies from letting more through.
-- Cause: tenant column org_id
DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_usage_members;
CREATE POLICY tenant_isolation_floor ON public.tenant_usage_members
    AS RESTRICTIVE FOR ALL TO PUBLIC
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)
    WITH CHECK (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);

-- tenant_usage_members: policies apply, to the table's owner too.
-- Cause: tenant column org_id
ALTER TABLE public.tenant_usage_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- invoices: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.invoices TO app_tenant;

-- subscriptions: app_tenant may use the rows that the policies leave.
-- Cause: tenant column org_id
GRANT SELECT, INSERT, UPDATE ON public.subscriptions TO app_tenant;

-- tenantgen:rights package tenantquota runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT, UPDATE ON tenant_quota_counters TO app_tenant;

-- tenantgen:rights package tenantquota runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_quota_overrides TO app_tenant;

-- tenantgen:rights package tenantquota runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_quota_addons TO app_tenant;

-- tenantgen:rights package tenantusage runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT, UPDATE ON tenant_usage TO app_tenant;

-- tenantgen:rights package tenantusage runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT ON tenant_usage_members TO app_tenant;

-- tenantgen:rights package tenantusage runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_usage_flushes TO app_tenant;

-- tenantgen:rights package tenantaudit runs statements of its own on it, proved as yours are
GRANT SELECT, INSERT ON tenant_audit TO app_tenant;

-- +goose Down

REVOKE SELECT, INSERT ON tenant_audit FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON tenant_usage_flushes FROM app_tenant;

REVOKE SELECT, INSERT ON tenant_usage_members FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON tenant_usage FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON tenant_quota_addons FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE, DELETE ON tenant_quota_overrides FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON tenant_quota_counters FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.subscriptions FROM app_tenant;

REVOKE SELECT, INSERT, UPDATE ON public.invoices FROM app_tenant;

ALTER TABLE public.tenant_usage_members DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_usage_members;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_usage_members;

ALTER TABLE public.tenant_usage_flushes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_usage_flushes;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_usage_flushes;

ALTER TABLE public.tenant_usage DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_usage;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_usage;

ALTER TABLE public.tenant_quota_overrides DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_quota_overrides;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_quota_overrides;

ALTER TABLE public.tenant_quota_counters DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_quota_counters;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_quota_counters;

ALTER TABLE public.tenant_quota_addons DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_quota_addons;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_quota_addons;

ALTER TABLE public.tenant_audit DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.tenant_audit;

DROP POLICY IF EXISTS tenant_isolation ON public.tenant_audit;

ALTER TABLE public.subscriptions DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.subscriptions;

DROP POLICY IF EXISTS tenant_isolation ON public.subscriptions;

ALTER TABLE public.invoices DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation_floor ON public.invoices;

DROP POLICY IF EXISTS tenant_isolation ON public.invoices;

DROP INDEX tenant_audit_crossings_at;

DROP TABLE tenant_audit_crossings;

DROP INDEX tenant_audit_at;

DROP TABLE tenant_audit;

DROP TABLE tenant_usage_flushes;

DROP TABLE tenant_usage_members;

DROP TABLE tenant_usage;

DROP TABLE tenant_quota_addons;

DROP TABLE tenant_quota_overrides;

DROP TABLE tenant_quota_counters;
