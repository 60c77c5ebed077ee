CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL REFERENCES notes (id)); -- want "comments has no tenant column: SQL that does not say whose rows it wants asks notes for each row of all tenants"
CREATE TABLE reactions (id uuid PRIMARY KEY, comment_id uuid NOT NULL REFERENCES comments (id));
CREATE TABLE tags (org_id uuid NOT NULL PRIMARY KEY);
CREATE TABLE plans (id text PRIMARY KEY);
