-- UpsertUser returns the person with this address, who may be new.
-- name: UpsertUser :one
INSERT INTO users (email, name)
VALUES (lower(@email), @name)
ON CONFLICT (email) DO UPDATE SET name = excluded.name
RETURNING *;

-- GetUser returns a person.
-- name: GetUser :one
SELECT * FROM users WHERE id = @user_id;

-- KnowUser writes a person down in the database of an organization that they come into, where that has one of its own.
-- name: KnowUser :exec
INSERT INTO users (id, email, name)
VALUES (@id, @email, @name)
ON CONFLICT (id) DO NOTHING;
