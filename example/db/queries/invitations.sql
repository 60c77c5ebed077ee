-- Invite invites an address, or renews the invitation it has.
-- name: Invite :exec
INSERT INTO invitations (org_id, email, role, invited_by, token_hash, expires_at)
VALUES (@org_id, lower(@email), @role, @invited_by, @token_hash, @expires_at)
ON CONFLICT (org_id, email) DO UPDATE
SET role = excluded.role,
    invited_by = excluded.invited_by,
    token_hash = excluded.token_hash,
    expires_at = excluded.expires_at;

-- ListInvitations returns the invitations that can still be accepted.
-- name: ListInvitations :many
SELECT i.email, i.role, i.expires_at, u.name AS invited_by
FROM invitations i
JOIN users u ON u.id = i.invited_by
WHERE i.org_id = @org_id AND i.expires_at > now()
ORDER BY i.email;

-- AcceptInvitation takes the invitation and makes its user a member in one statement.
-- name: AcceptInvitation :one
WITH taken AS (
    DELETE FROM invitations i
    WHERE i.org_id = @org_id AND i.token_hash = @token_hash AND i.expires_at > now()
    RETURNING i.org_id, i.role, i.email
)
INSERT INTO memberships (org_id, user_id, role)
SELECT t.org_id, u.id, t.role
FROM taken t
JOIN users u ON u.email = t.email
WHERE u.id = @user_id
ON CONFLICT (org_id, user_id) DO UPDATE SET role = memberships.role
RETURNING *;

-- FindInvitation returns which organization an invitation is for.
-- tenantgen:cross-tenant token-lookup who follows an invitation is not yet in the organization
-- name: FindInvitation :one
SELECT i.org_id, o.name AS organization, i.email, i.role
FROM invitations i
JOIN organizations o ON o.id = i.org_id
WHERE i.token_hash = @token_hash AND i.expires_at > now();
