-- PutIntegration makes an integration, or gives the one of this name another endpoint and secret.
-- name: PutIntegration :one
INSERT INTO integrations (org_id, name, endpoint, sealed, hint, set_by)
VALUES (@org_id, @name, @endpoint, @sealed, @hint, @set_by)
ON CONFLICT (org_id, name) DO UPDATE
SET endpoint = excluded.endpoint,
    sealed = excluded.sealed,
    hint = excluded.hint,
    set_by = excluded.set_by,
    set_at = now(),
    last_used_at = NULL,
    last_result = ''
RETURNING name, endpoint, hint, set_at;

-- ListIntegrations returns what may be known of the integrations, which is not their secrets.
-- name: ListIntegrations :many
SELECT i.name, i.endpoint, i.hint, i.set_at, u.name AS set_by, i.last_used_at, i.last_result
FROM integrations i
JOIN users u ON u.id = i.set_by
WHERE i.org_id = @org_id
ORDER BY i.name;

-- GetSealed returns where an integration leads, with its secret as it is kept.
-- name: GetSealed :one
SELECT endpoint, sealed FROM integrations WHERE org_id = @org_id AND name = @name;

-- NoteDelivery keeps what became of the last use.
-- name: NoteDelivery :execrows
UPDATE integrations
SET last_used_at = now(), last_result = @result
WHERE org_id = @org_id AND name = @name;

-- DeleteIntegration deletes an integration, and its secret with it.
-- name: DeleteIntegration :execrows
DELETE FROM integrations WHERE org_id = @org_id AND name = @name;
