-- tenant_usage: what was used in a month, by kind (package tenantusage); of a peak the most, of others the sum.
CREATE TABLE tenant_usage (
    {{tenant}},
    period date NOT NULL,
    kind   text NOT NULL,
    peak   boolean NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY ({{column}}, period, kind)
);

-- tenant_usage_members: who was active in a month.
CREATE TABLE tenant_usage_members (
    {{tenant}},
    period date NOT NULL,
    member text NOT NULL,
    PRIMARY KEY ({{column}}, period, member)
);

-- tenant_usage_flushes: what has arrived of each process, so that what is sent again is not counted again.
CREATE TABLE tenant_usage_flushes (
    {{tenant}},
    source     text NOT NULL,
    seq        bigint NOT NULL,
    flushed_at timestamptz NOT NULL,
    PRIMARY KEY ({{column}}, source)
);
