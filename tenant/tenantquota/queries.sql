-- The statements that package tenantquota sends. They stand here as an application's queries do: tenantgen lint proves each
-- of them to be confined to one tenant (e2e/tables_test.go), and no other text is sent. org_id stands for the
-- application's tenant column.

-- Reserve adds to a counter as long as it stays within what the tenant may have: the override, or else the plan's limit ($5,
-- NULL for none), and the add-ons. It says whether it did, and what is used then. Whoever adds to the same counter waits for
-- the end of the transaction, and looks at what is there then.
-- name: Reserve :one
WITH allowed AS (
    SELECT (CASE WHEN count(*) > 0 THEN max(o.ceiling) ELSE $5::bigint END
            + (SELECT COALESCE(sum(a.amount), 0)
               FROM tenant_quota_addons a
               WHERE a.org_id = $1 AND a.quota = $2 AND (a.expires_at IS NULL OR a.expires_at > now())))::bigint AS ceiling
    FROM tenant_quota_overrides o
    WHERE o.org_id = $1 AND o.quota = $2 AND (o.expires_at IS NULL OR o.expires_at > now())
), reserved AS (
    INSERT INTO tenant_quota_counters AS c (org_id, quota, period, used)
    SELECT $1, $2, $3, $4::bigint FROM allowed w WHERE w.ceiling IS NULL OR $4 <= w.ceiling
    ON CONFLICT (org_id, quota, period) DO UPDATE
    SET used = c.used + excluded.used
    WHERE (SELECT w.ceiling IS NULL OR c.used + excluded.used <= w.ceiling FROM allowed w)
    RETURNING c.used
)
SELECT r.used IS NOT NULL AS reserved,
       COALESCE(r.used, (SELECT c.used FROM tenant_quota_counters c WHERE c.org_id = $1 AND c.quota = $2 AND c.period = $3), 0)::bigint AS used,
       w.ceiling
FROM allowed w
LEFT JOIN reserved r ON true;

-- Release takes from a counter what was reserved. 0 rows: that much was not.
-- name: Release :execrows
UPDATE tenant_quota_counters
SET used = used - $4::bigint
WHERE org_id = $1 AND quota = $2 AND period = $3 AND used >= $4;

-- Recount sets a counter to what the application has counted.
-- name: Recount :exec
INSERT INTO tenant_quota_counters (org_id, quota, period, used)
VALUES ($1, $2, $3, $4)
ON CONFLICT (org_id, quota, period) DO UPDATE SET used = excluded.used;

-- Check returns what is used of several quotas, and what the tenant may have of each.
-- name: Check :many
SELECT k.quota::text AS quota,
       COALESCE((SELECT c.used FROM tenant_quota_counters c WHERE c.org_id = $1 AND c.quota = k.quota AND c.period = k.period), 0)::bigint AS used,
       (CASE WHEN EXISTS (SELECT FROM tenant_quota_overrides o
                          WHERE o.org_id = $1 AND o.quota = k.quota AND (o.expires_at IS NULL OR o.expires_at > now()))
             THEN (SELECT o.ceiling FROM tenant_quota_overrides o WHERE o.org_id = $1 AND o.quota = k.quota)
             ELSE k.ceiling END
        + (SELECT COALESCE(sum(a.amount), 0) FROM tenant_quota_addons a
           WHERE a.org_id = $1 AND a.quota = k.quota AND (a.expires_at IS NULL OR a.expires_at > now())))::bigint AS ceiling
FROM (SELECT unnest($2::text[]) AS quota, unnest($3::timestamptz[]) AS period, unnest($4::bigint[]) AS ceiling) AS k;

-- SetOverride takes the place of the plan's limit; NULL is no limit.
-- name: SetOverride :exec
INSERT INTO tenant_quota_overrides (org_id, quota, ceiling, reason, expires_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (org_id, quota) DO UPDATE
SET ceiling = excluded.ceiling, reason = excluded.reason, expires_at = excluded.expires_at;

-- name: DropOverride :execrows
DELETE FROM tenant_quota_overrides WHERE org_id = $1 AND quota = $2;

-- SetAddon adds to the limit.
-- name: SetAddon :exec
INSERT INTO tenant_quota_addons (org_id, quota, addon, amount, expires_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (org_id, quota, addon) DO UPDATE
SET amount = excluded.amount, expires_at = excluded.expires_at;

-- name: DropAddon :execrows
DELETE FROM tenant_quota_addons WHERE org_id = $1 AND quota = $2 AND addon = $3;

-- Overrides and Addons list what is in force or has been.
-- name: Overrides :many
SELECT o.quota, o.ceiling, o.reason, o.expires_at FROM tenant_quota_overrides o WHERE o.org_id = $1 ORDER BY o.quota;

-- name: Addons :many
SELECT a.quota, a.addon, a.amount, a.expires_at FROM tenant_quota_addons a WHERE a.org_id = $1 ORDER BY a.quota, a.addon;
