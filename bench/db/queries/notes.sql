-- name: GetNote :one
SELECT * FROM notes WHERE org_id = @org_id AND id = @id;

-- name: ListNotes :many
SELECT * FROM notes WHERE org_id = @org_id ORDER BY created_at DESC LIMIT 50;

-- name: CountNotes :one
SELECT count(*) FROM notes WHERE org_id = @org_id;

-- name: CountStarred :one
SELECT count(*) FROM notes WHERE org_id = @org_id AND starred;

-- name: StarNote :execrows
UPDATE notes SET starred = @starred WHERE org_id = @org_id AND id = @id;
