-- CreateDepartment adds a department below another one, or at the top.
-- name: CreateDepartment :one
INSERT INTO departments (org_id, parent_id, name)
VALUES (@org_id, sqlc.narg('parent_id'), @name)
RETURNING *;

-- DepartmentTree returns all departments, each after the one above it.
-- name: DepartmentTree :many
WITH RECURSIVE tree AS (
    SELECT d.org_id, d.id, d.parent_id, d.name, d.restricted, 0 AS depth, ARRAY[d.name] AS path
    FROM departments d
    WHERE d.org_id = @org_id AND d.parent_id IS NULL
    UNION ALL
    SELECT c.org_id, c.id, c.parent_id, c.name, c.restricted, t.depth + 1, t.path || c.name
    FROM departments c
    JOIN tree t ON t.org_id = c.org_id AND t.id = c.parent_id
)
SELECT id, parent_id, name, restricted, depth, path::text[] AS path FROM tree ORDER BY path, id;

-- ListDepartmentProjects returns the projects of a department and of all below it, as far as a person may see them.
-- name: ListDepartmentProjects :many
WITH RECURSIVE below AS (
    SELECT d.org_id, d.id
    FROM departments d
    WHERE d.org_id = @org_id AND d.id = @department_id
    UNION
    SELECT c.org_id, c.id
    FROM departments c
    JOIN below b ON b.org_id = c.org_id AND b.id = c.parent_id
)
SELECT p.*
FROM projects p
WHERE p.org_id = @org_id AND p.department_id IN (SELECT b.id FROM below b) AND p.id NOT IN (SELECT hidden_projects(@org_id, @viewer_id))
ORDER BY p.name;

-- MoveDepartment puts a department below another one, unless that one is itself below it.
-- name: MoveDepartment :execrows
WITH RECURSIVE above AS (
    SELECT p.org_id, p.id, p.parent_id
    FROM departments p
    WHERE p.org_id = @org_id AND p.id = @parent_id::uuid
    UNION
    SELECT g.org_id, g.id, g.parent_id
    FROM departments g
    JOIN above a ON a.org_id = g.org_id AND a.parent_id = g.id
)
UPDATE departments d
SET parent_id = @parent_id::uuid
WHERE d.org_id = @org_id AND d.id = @department_id
  AND EXISTS (SELECT 1 FROM above a WHERE a.id = @parent_id::uuid)
  AND NOT EXISTS (SELECT 1 FROM above a WHERE a.id = d.id);

-- RestrictDepartment keeps what belongs to a department for its members, or takes that back.
-- name: RestrictDepartment :execrows
UPDATE departments SET restricted = @restricted WHERE org_id = @org_id AND id = @department_id;

-- AssignToDepartment makes a member of the organization one of a department.
-- name: AssignToDepartment :exec
INSERT INTO department_members (org_id, department_id, user_id)
VALUES (@org_id, @department_id, @user_id)
ON CONFLICT (org_id, department_id, user_id) DO NOTHING;

-- RemoveFromDepartment takes that back.
-- name: RemoveFromDepartment :execrows
DELETE FROM department_members WHERE org_id = @org_id AND department_id = @department_id AND user_id = @user_id;

-- ListDepartmentMembers returns who is assigned to a department itself.
-- name: ListDepartmentMembers :many
SELECT m.user_id, u.name
FROM department_members m
JOIN users u ON u.id = m.user_id
WHERE m.org_id = @org_id AND m.department_id = @department_id
ORDER BY u.name, m.user_id;
