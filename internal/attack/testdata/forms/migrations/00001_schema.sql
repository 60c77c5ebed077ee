-- +goose Up
-- What has each clause that a policy can have. Ids of the tenant that is attacked begin with b.
CREATE TABLE organizations (id uuid PRIMARY KEY, word text NOT NULL);
CREATE TABLE projects (id text PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations, word text NOT NULL, UNIQUE (org_id, id));

-- Children, down to a depth of five.
CREATE TABLE trees (id text PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations, word text NOT NULL);
CREATE TABLE boughs (id text PRIMARY KEY, up text NOT NULL REFERENCES trees, word text NOT NULL);
CREATE TABLE branches (id text PRIMARY KEY, up text NOT NULL REFERENCES boughs, word text NOT NULL);
CREATE TABLE twigs (id text PRIMARY KEY, up text NOT NULL REFERENCES branches, word text NOT NULL);
CREATE TABLE leaves (id text PRIMARY KEY, up text NOT NULL REFERENCES twigs, word text NOT NULL);
CREATE TABLE veins (id text PRIMARY KEY, up text NOT NULL REFERENCES leaves, word text NOT NULL);
CREATE TABLE readings (id text NOT NULL, tree_id text NOT NULL REFERENCES trees, year int NOT NULL, word text NOT NULL) PARTITION BY LIST (year);
CREATE TABLE readings_1 PARTITION OF readings FOR VALUES IN (1);

-- What others may read, and what hangs below it.
CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations, public bool NOT NULL, word text NOT NULL);
CREATE TABLE pages (id text PRIMARY KEY, document_id text NOT NULL REFERENCES documents, public bool NOT NULL, word text NOT NULL);
CREATE TABLE lines (id text PRIMARY KEY, page_id text NOT NULL REFERENCES pages, word text NOT NULL);
CREATE TABLE drafts (id text PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations, public bool NOT NULL, deleted date, word text NOT NULL);

-- Several parents, one at a time, and one of its live rows.
CREATE TABLE files (id text PRIMARY KEY, document_id text REFERENCES documents, tree_id text REFERENCES trees, word text NOT NULL);
CREATE TABLE marks (id text PRIMARY KEY, type text NOT NULL, owner text NOT NULL, word text NOT NULL);
CREATE TABLE slugs (id text PRIMARY KEY, slug text NOT NULL, org_id uuid NOT NULL REFERENCES organizations, deleted date, word text NOT NULL);
CREATE UNIQUE INDEX slugs_live ON slugs (slug) WHERE deleted IS NULL;
CREATE TABLE links (id text PRIMARY KEY, slug text NOT NULL, word text NOT NULL);

-- Two levels: with a column of each, through the project, and a child with a column of the outer.
CREATE TABLE tasks (id text PRIMARY KEY, org_id uuid NOT NULL, project_id text NOT NULL REFERENCES projects, word text NOT NULL);
CREATE TABLE tags (id text PRIMARY KEY, project_id text NOT NULL REFERENCES projects, word text NOT NULL);
CREATE TABLE notes (id text PRIMARY KEY, task_id text NOT NULL REFERENCES tasks, org_id uuid NOT NULL, word text NOT NULL);
CREATE TABLE memos (id text PRIMARY KEY, tree_id text REFERENCES trees, task_id text REFERENCES tasks, word text NOT NULL);
-- +goose Down
