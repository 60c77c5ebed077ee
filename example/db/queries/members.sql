-- GetMember returns a person's membership; none means that they have no business here.
-- name: GetMember :one
SELECT sqlc.embed(m), u.email, u.name
FROM memberships m
JOIN users u ON u.id = m.user_id
WHERE m.org_id = @org_id AND m.user_id = @user_id;

-- FindMemberByEmail returns the member with an address, which whoever asks has verified.
-- name: FindMemberByEmail :one
SELECT m.user_id, m.role
FROM memberships m
JOIN users u ON u.id = m.user_id
WHERE m.org_id = @org_id AND u.email = lower(@email);

-- ListMembers returns everybody in the organization, the most powerful first.
-- name: ListMembers :many
SELECT m.user_id, m.role, u.email, u.name, count(n.id) AS notes
FROM memberships m
JOIN users u ON u.id = m.user_id
LEFT JOIN notes n ON n.org_id = m.org_id AND n.author_id = m.user_id
WHERE m.org_id = @org_id
GROUP BY m.org_id, m.user_id, u.id
ORDER BY m.role DESC, u.email;

-- AddMember makes a person a member, or changes the role of one who is. An
-- owner stays owner: that changes by TransferOwnership only.
-- name: AddMember :execrows
INSERT INTO memberships (org_id, user_id, role)
VALUES (@org_id, @user_id, @role)
ON CONFLICT (org_id, user_id) DO UPDATE SET role = excluded.role
WHERE memberships.role <> 'owner';

-- JoinOrganization adds a person who came by a verified domain. Who comes first becomes the owner.
-- name: JoinOrganization :execrows
INSERT INTO memberships (org_id, user_id, role)
SELECT o.id, @user_id,
       CASE WHEN EXISTS (SELECT 1 FROM memberships m WHERE m.org_id = o.id) THEN 'member' ELSE 'owner' END::member_role
FROM organizations o
WHERE o.id = @org_id
ON CONFLICT (org_id, user_id) DO NOTHING;

-- ChangeRole changes the role of a member who is not the owner.
-- name: ChangeRole :execrows
UPDATE memberships
SET role = @role
WHERE org_id = @org_id AND user_id = @user_id AND role <> 'owner';

-- TransferOwnership makes a member the owner, and the owner an admin. Nothing
-- changes unless both belong to the organization and the owner owns it.
-- name: TransferOwnership :execrows
UPDATE memberships m
SET role = CASE WHEN m.user_id = @new_owner THEN 'owner' ELSE 'admin' END::member_role
WHERE m.org_id = @org_id
  AND (m.user_id = @new_owner OR m.user_id = @old_owner)
  AND EXISTS (
      SELECT 1 FROM memberships o
      WHERE o.org_id = m.org_id AND o.user_id = @old_owner AND o.role = 'owner')
  AND EXISTS (
      SELECT 1 FROM memberships c
      WHERE c.org_id = m.org_id AND c.user_id = @new_owner);

-- RemoveMember ends a membership, and with it the person's tokens. The owner cannot be removed.
-- name: RemoveMember :execrows
DELETE FROM memberships
WHERE org_id = @org_id AND user_id = @user_id AND role <> 'owner';
