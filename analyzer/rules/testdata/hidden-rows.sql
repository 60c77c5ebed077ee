CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id int NOT NULL, body text, PRIMARY KEY (org_id, id));
CREATE TABLE archive (org_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id));
UPDATE notes SET body = '';
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE archive ENABLE ROW LEVEL SECURITY;

UPDATE notes SET body = 'x'; -- want "this UPDATE finds no row of notes: its policies hold for the owner, and no tenant is set"
INSERT INTO archive (org_id, id) SELECT org_id, id FROM notes; -- want "this INSERT finds no row of notes: its policies hold for the owner, and no tenant is set"
DELETE FROM archive;

ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
DELETE FROM notes;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
