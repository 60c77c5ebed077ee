-- name: Trees :many
SELECT id, word FROM trees WHERE org_id = @org_id;
