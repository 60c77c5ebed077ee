-- tenant_quota_counters: what is used of each quota, in a period or forever (package tenantquota).
CREATE TABLE tenant_quota_counters (
    {{tenant}},
    quota  text NOT NULL,
    period timestamptz NOT NULL,
    used   bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY ({{column}}, quota, period)
);

-- tenant_quota_overrides: limits in place of the plan's; ceiling is NULL for no limit.
CREATE TABLE tenant_quota_overrides (
    {{tenant}},
    quota      text NOT NULL,
    ceiling    bigint CHECK (ceiling >= 0),
    reason     text NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY ({{column}}, quota)
);

-- tenant_quota_addons: what was bought on top of the plan.
CREATE TABLE tenant_quota_addons (
    {{tenant}},
    quota      text NOT NULL,
    addon      text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    expires_at timestamptz,
    PRIMARY KEY ({{column}}, quota, addon)
);
