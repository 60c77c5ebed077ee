-- CreateToken keeps the hash of a new token of a member, with when and by whom they were signed in.
-- name: CreateToken :one
INSERT INTO api_tokens (org_id, user_id, name, token_hash, expires_at, signed_in_at, provider)
VALUES (@org_id, @user_id, @name, @token_hash, @expires_at, @signed_in_at, @provider)
RETURNING id, expires_at;

-- ListTokens returns a member's tokens, never their hashes.
-- name: ListTokens :many
SELECT id, name, created_at, expires_at, last_used_at
FROM api_tokens
WHERE org_id = @org_id AND user_id = @user_id
ORDER BY created_at, id;

-- TouchToken notes that a token was used, to the minute: a busy token is not a row to be rewritten all day.
-- name: TouchToken :exec
UPDATE api_tokens
SET last_used_at = now()
WHERE org_id = @org_id AND id = @token_id
  AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');

-- RevokeToken deletes one of a member's own tokens.
-- name: RevokeToken :execrows
DELETE FROM api_tokens WHERE org_id = @org_id AND user_id = @user_id AND id = @token_id;

-- FindToken returns whose token this is.
-- tenantgen:cross-tenant token-lookup the tenant of a request is known only after its token is found
-- name: FindToken :one
SELECT org_id, id, user_id, signed_in_at, provider
FROM api_tokens
WHERE token_hash = @token_hash AND expires_at > now();

-- DeleteExpiredTokens is the nightly clean-up.
-- tenantgen:cross-tenant background expired tokens of all organizations are deleted by one job
-- name: DeleteExpiredTokens :execrows
DELETE FROM api_tokens WHERE expires_at < now();
