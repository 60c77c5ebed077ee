CREATE TABLE plans (id text PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY, plan text REFERENCES plans, slug text UNIQUE); -- want "Citus cannot distribute orgs: unique key orgs_slug_key does not include id"
CREATE TABLE notes (
    org_id uuid NOT NULL REFERENCES orgs ON DELETE CASCADE,
    id uuid UNIQUE, -- want "Citus cannot distribute notes: unique key notes_id_key does not include org_id"
    plan text REFERENCES plans ON DELETE SET NULL,
    parent uuid,
    outside uuid REFERENCES auth.users, -- want "Citus cannot distribute notes: foreign key notes_outside_fkey refers to a table that is not distributed"
    n int GENERATED ALWAYS AS IDENTITY, -- want "Citus cannot distribute notes: identity column n is not bigint"
    big bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, parent) REFERENCES notes ON DELETE SET NULL (parent), -- want "Citus cannot distribute notes: ON DELETE SET NULL of foreign key notes_org_id_parent_fkey includes the tenant"
    FOREIGN KEY (parent, org_id) REFERENCES notes (id, org_id) ON UPDATE CASCADE -- want "Citus cannot distribute notes: ON UPDATE CASCADE of foreign key notes_parent_org_id_fkey includes the tenant"
);
CREATE UNIQUE INDEX ON notes (org_id, lower(plan));
CREATE UNIQUE INDEX ON notes (parent) WHERE parent IS NOT NULL; -- want "Citus cannot distribute notes: unique key notes_parent_idx does not include org_id"
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid REFERENCES notes (id)); -- want "Citus cannot distribute comments: it shows its tenant through notes only"
CREATE TABLE users (id uuid PRIMARY KEY, favourite uuid REFERENCES notes (id)); -- want "Citus cannot distribute users: it would be a reference table, and users_favourite_fkey refers to the distributed table notes"
CREATE TABLE texts (org_id text PRIMARY KEY); -- want "Citus cannot distribute texts: org_id has another type than the tenant column of other tables, so it cannot be colocated with them"
CREATE TABLE weak (org_id uuid NOT NULL, note uuid REFERENCES notes (id), PRIMARY KEY (org_id, note));
CREATE TABLE computed (id uuid, org_id uuid NOT NULL GENERATED ALWAYS AS (id) STORED); -- want "Citus cannot distribute computed: org_id is a generated column"
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON weak FOR EACH ROW EXECUTE FUNCTION touch(); -- want "Citus cannot distribute weak: it has trigger touch"
CREATE TABLE events (org_id uuid NOT NULL, at date) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events DEFAULT PARTITION BY HASH (org_id); -- want "Citus cannot distribute events: its partition events_1 is partitioned"
CREATE TABLE old (org_id uuid NOT NULL); -- want "Citus cannot distribute old: it takes part in inheritance"
CREATE TABLE heir () INHERITS (old); -- want "Citus cannot distribute heir: it takes part in inheritance"
CREATE TABLE ruled (org_id uuid PRIMARY KEY); -- want "Citus cannot distribute ruled: it has a rule"
CREATE RULE keep AS ON DELETE TO ruled DO INSTEAD NOTHING;
