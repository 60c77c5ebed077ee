-- name: Trees :many
SELECT id, word FROM trees WHERE org_id = @org_id;

-- tenantgen:cross-tenant background words of all organizations are counted by one job
-- name: Words :many
SELECT word, count(*) FROM trees GROUP BY word;
