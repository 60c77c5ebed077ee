-- +goose Up
-- What belongs to a restricted department, or to one below it, is for the members
-- of a department on the way up from there, and for whoever manages the organization.
ALTER TABLE departments ADD COLUMN restricted boolean NOT NULL DEFAULT false;

CREATE TABLE department_members (
    org_id        uuid NOT NULL,
    department_id uuid NOT NULL,
    user_id       uuid NOT NULL,
    PRIMARY KEY (org_id, department_id, user_id),
    FOREIGN KEY (org_id, department_id) REFERENCES departments (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);

CREATE INDEX department_members_user ON department_members (org_id, user_id);

-- The departments whose resources are hidden from a person. tenantgen reads its
-- body where a query calls it, as if it were written there.
CREATE FUNCTION hidden_departments(org uuid, viewer uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE closed AS (
        SELECT d.org_id, d.id FROM departments d WHERE d.org_id = org AND d.restricted
        UNION
        SELECT d.org_id, d.id FROM departments d JOIN closed c ON c.org_id = d.org_id AND c.id = d.parent_id
    ), open AS (
        SELECT m.org_id, m.department_id AS id FROM department_members m WHERE m.org_id = org AND m.user_id = viewer
        UNION
        SELECT d.org_id, d.id FROM departments d JOIN open o ON o.org_id = d.org_id AND o.id = d.parent_id
    )
    SELECT c.id
    FROM closed c
    WHERE c.id NOT IN (SELECT o.id FROM open o)
      AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.org_id = org AND m.user_id = viewer AND m.role IN ('admin', 'owner'))
$$;

CREATE FUNCTION hidden_projects(org uuid, viewer uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT p.id FROM projects p WHERE p.org_id = org AND p.department_id IN (SELECT hidden_departments(org, viewer))
$$;

-- +goose Down
DROP FUNCTION hidden_projects(uuid, uuid);
DROP FUNCTION hidden_departments(uuid, uuid);
DROP TABLE department_members;
ALTER TABLE departments DROP COLUMN restricted;
