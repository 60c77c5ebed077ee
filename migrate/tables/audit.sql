-- tenant_audit: what was refused or attempted for a tenant (package tenantaudit). It stays when the tenant goes.
CREATE TABLE tenant_audit (
    {{tenant alone}},
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
    PRIMARY KEY ({{column}}, id)
);

-- tenant_audit: read by time.
CREATE INDEX tenant_audit_at ON tenant_audit ({{column}}, at);

-- tenant_audit_crossings: calls across tenants. They are no tenant's, and no tenant reads them.
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
CREATE INDEX tenant_audit_crossings_at ON tenant_audit_crossings (at);
