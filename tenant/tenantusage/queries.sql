-- The statements that package tenantusage sends. They stand here as an application's queries do: tenantgen lint proves each
-- of them to be confined to one tenant (e2e/tables_test.go), and no other text is sent. org_id stands for the
-- application's tenant column.

-- Flush adds what a process ($2) has counted, once: what is sent again, because nobody knows whether it had arrived, has the
-- number ($3) of what is there, and changes nothing.
-- name: Flush :exec
WITH mark AS (
    INSERT INTO tenant_usage_flushes AS f (org_id, source, seq, flushed_at)
    VALUES ($1, $2, $3, now())
    ON CONFLICT (org_id, source) DO UPDATE
    SET seq = excluded.seq, flushed_at = excluded.flushed_at
    WHERE f.seq < excluded.seq
    RETURNING f.org_id
)
INSERT INTO tenant_usage AS u (org_id, period, kind, peak, amount)
SELECT m.org_id, k.period, k.kind, k.peak, k.amount
FROM mark m
CROSS JOIN (SELECT unnest($4::date[]) AS period, unnest($5::text[]) AS kind, unnest($6::boolean[]) AS peak, unnest($7::bigint[]) AS amount) AS k
ON CONFLICT (org_id, period, kind) DO UPDATE
SET amount = CASE WHEN u.peak THEN GREATEST(u.amount, excluded.amount) ELSE u.amount + excluded.amount END;

-- AddMembers keeps who was active. Each counts once.
-- name: AddMembers :exec
INSERT INTO tenant_usage_members (org_id, period, member)
SELECT $1, k.period, k.member
FROM (SELECT unnest($2::date[]) AS period, unnest($3::text[]) AS member) AS k
ON CONFLICT (org_id, period, member) DO NOTHING;

-- Forget drops the marks of processes that are long gone.
-- name: Forget :exec
DELETE FROM tenant_usage_flushes WHERE org_id = $1 AND source <> $2 AND flushed_at < now() - interval '30 days';

-- Month returns what was used in a month.
-- name: Month :many
SELECT u.kind, u.amount FROM tenant_usage u WHERE u.org_id = $1 AND u.period = $2
UNION ALL
SELECT 'active-users', count(*) FROM tenant_usage_members m WHERE m.org_id = $1 AND m.period = $2
ORDER BY 1;
