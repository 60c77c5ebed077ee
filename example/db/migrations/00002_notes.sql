-- +goose Up
-- What an organization works on. Every key and every foreign key starts with
-- org_id, so a row cannot refer to a row of another organization.

-- Departments form a tree.
CREATE TABLE departments (
    org_id    uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    parent_id uuid,
    name      text NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, parent_id) REFERENCES departments (org_id, id)
);

CREATE INDEX departments_parent ON departments (org_id, parent_id);

CREATE TABLE projects (
    org_id        uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    id            uuid NOT NULL DEFAULT gen_random_uuid(),
    department_id uuid,
    name          text NOT NULL,
    archived_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, name),
    FOREIGN KEY (org_id, department_id) REFERENCES departments (org_id, id)
);

CREATE INDEX projects_department ON projects (org_id, department_id);

CREATE TYPE note_status AS ENUM ('draft', 'published', 'archived');

CREATE TABLE notes (
    org_id     uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid,
    author_id  uuid NOT NULL REFERENCES users (id),
    title      text NOT NULL,
    body       text NOT NULL DEFAULT '',
    status     note_status NOT NULL DEFAULT 'draft',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (id), -- comments name a note by its id alone
    FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)
);

CREATE INDEX notes_project ON notes (org_id, project_id);
CREATE INDEX notes_updated ON notes (org_id, updated_at DESC, id);

-- A comment has no org_id: it belongs to the organization its note belongs to.
CREATE TABLE note_comments (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    note_id    uuid NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    author_id  uuid NOT NULL REFERENCES users (id),
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX note_comments_note ON note_comments (note_id, created_at);

CREATE TABLE tags (
    org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    id     uuid NOT NULL DEFAULT gen_random_uuid(),
    name   text NOT NULL,
    color  text NOT NULL DEFAULT 'grey',
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, name)
);

CREATE TABLE note_tags (
    org_id  uuid NOT NULL,
    note_id uuid NOT NULL,
    tag_id  uuid NOT NULL,
    PRIMARY KEY (org_id, note_id, tag_id),
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, tag_id) REFERENCES tags (org_id, id) ON DELETE CASCADE
);

CREATE INDEX note_tags_tag ON note_tags (org_id, tag_id);

-- +goose Down
DROP TABLE note_tags;
DROP TABLE tags;
DROP TABLE note_comments;
DROP TABLE notes;
DROP TYPE note_status;
DROP TABLE projects;
DROP TABLE departments;
