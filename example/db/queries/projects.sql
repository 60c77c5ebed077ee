-- CreateProject opens a project, in a department that the person is not kept out of.
-- name: CreateProject :one
INSERT INTO projects (org_id, department_id, name)
SELECT @org_id, sqlc.narg('department_id'), @name
WHERE (sqlc.narg('department_id')::uuid IS NULL OR sqlc.narg('department_id')::uuid NOT IN (SELECT hidden_departments(@org_id, @viewer_id)))
RETURNING *;

-- GetProject returns a project that a person may see.
-- name: GetProject :one
SELECT * FROM projects p WHERE p.org_id = @org_id AND p.id = @project_id AND p.id NOT IN (SELECT hidden_projects(@org_id, @viewer_id));

-- ListProjects returns the projects that a person may see, with the state of their notes.
-- name: ListProjects :many
SELECT sqlc.embed(p),
       d.name AS department,
       count(n.id) AS notes,
       count(n.id) FILTER (WHERE n.status = 'draft') AS drafts
FROM projects p
LEFT JOIN departments d ON d.org_id = p.org_id AND d.id = p.department_id
LEFT JOIN notes n ON n.org_id = p.org_id AND n.project_id = p.id
WHERE p.org_id = @org_id
  AND p.id NOT IN (SELECT hidden_projects(@org_id, @viewer_id))
  AND (@include_archived::bool OR p.archived_at IS NULL)
GROUP BY p.org_id, p.id, d.org_id, d.id
ORDER BY p.name;

-- ArchiveProject closes a project that is open.
-- name: ArchiveProject :execrows
UPDATE projects
SET archived_at = now()
WHERE org_id = @org_id AND id = @project_id AND archived_at IS NULL;

-- LatestNotePerProject returns the note that changed last in every project that a person may see.
-- name: LatestNotePerProject :many
WITH ranked AS (
    SELECT n.org_id, n.id, n.project_id, n.title, n.updated_at,
           row_number() OVER (PARTITION BY n.org_id, n.project_id ORDER BY n.updated_at DESC, n.id) AS rank
    FROM notes n
)
SELECT p.name AS project, r.id, r.title, r.updated_at
FROM ranked r
JOIN projects p ON p.org_id = r.org_id AND p.id = r.project_id
WHERE p.org_id = @org_id AND r.rank = 1 AND p.id NOT IN (SELECT hidden_projects(@org_id, @viewer_id))
ORDER BY p.name;
