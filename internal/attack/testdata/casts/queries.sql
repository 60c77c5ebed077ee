-- name: Texts :many
SELECT id, word FROM texts WHERE org = @org;
