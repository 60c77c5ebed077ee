-- UpsertUser returns the person with this address, who may be new.
-- name: UpsertUser :one
INSERT INTO users (email, name)
VALUES (lower(@email), @name)
ON CONFLICT (email) DO UPDATE SET name = excluded.name
RETURNING *;

-- GetUser returns a person.
-- name: GetUser :one
SELECT * FROM users WHERE id = @user_id;
