-- CreateOrganization makes a tenant under an id the application has chosen, so
-- that founding an organization is done as that organization.
-- name: CreateOrganization :one
INSERT INTO organizations (id, slug, name)
VALUES (@org_id, @slug, @name)
RETURNING *;

-- GetOrganization returns the organization itself.
-- name: GetOrganization :one
SELECT * FROM organizations WHERE id = @org_id;

-- UpdateSettings merges the given keys into the organization's settings.
-- name: UpdateSettings :one
UPDATE organizations
SET settings = settings || @settings
WHERE id = @org_id
RETURNING settings;

-- ChangePlan moves the organization to a plan; no row changes when there is no such plan.
-- name: ChangePlan :execrows
UPDATE organizations o
SET plan_id = p.id
FROM plans p
WHERE p.id = @plan_id AND o.id = @org_id;

-- LockOrganization makes whoever else locks it wait for the end of the
-- transaction, so that two requests cannot take the last place of a quota.
-- name: LockOrganization :one
SELECT id FROM organizations WHERE id = @org_id FOR NO KEY UPDATE;

-- GetQuota returns what the plan allows and what is used of it.
-- name: GetQuota :one
SELECT p.name AS plan,
       p.max_notes,
       p.max_members,
       (SELECT count(*) FROM notes n WHERE n.org_id = o.id) AS notes,
       (SELECT count(*) FROM memberships m WHERE m.org_id = o.id) AS members
FROM organizations o
JOIN plans p ON p.id = o.plan_id
WHERE o.id = @org_id;

-- GetSummary counts what the organization has.
-- name: GetSummary :one
WITH note_counts AS (
    SELECT n.org_id,
           count(*) AS notes,
           count(*) FILTER (WHERE n.status = 'published') AS published,
           count(DISTINCT n.author_id) AS authors,
           max(n.updated_at)::timestamptz AS last_change
    FROM notes n
    WHERE n.org_id = @org_id
    GROUP BY n.org_id
)
SELECT o.name,
       coalesce(c.notes, 0)::bigint AS notes,
       coalesce(c.published, 0)::bigint AS published,
       coalesce(c.authors, 0)::bigint AS authors,
       coalesce(c.last_change, o.created_at)::timestamptz AS last_change,
       (SELECT count(*) FROM projects p WHERE p.org_id = o.id AND p.archived_at IS NULL) AS open_projects
FROM organizations o
LEFT JOIN note_counts c ON c.org_id = o.id
WHERE o.id = @org_id;

-- ListOrganizationsOfUser returns where a person belongs, which is the one
-- question that comes before there is a tenant.
-- tenantgen:cross-tenant tenant-root a signed-in user chooses among the organizations they are a member of
-- name: ListOrganizationsOfUser :many
SELECT o.id, o.slug, o.name, m.role
FROM memberships m
JOIN organizations o ON o.id = m.org_id
WHERE m.user_id = @user_id
ORDER BY o.name, o.id;
