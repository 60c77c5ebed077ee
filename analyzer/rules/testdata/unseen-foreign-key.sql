CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, note_id uuid, name text, PRIMARY KEY (org_id, name));
ALTER TABLE tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE tags ADD FOREIGN KEY (org_id, note_id) REFERENCES notes; -- want "foreign key (org_id, note_id) of tags was checked under FORCE ROW LEVEL SECURITY, which hides the rows that violate it"
ALTER TABLE tags ADD CONSTRAINT later FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) NOT VALID; -- want "foreign key (org_id, note_id) of tags was checked under FORCE ROW LEVEL SECURITY, which hides the rows that violate it"
ALTER TABLE tags VALIDATE CONSTRAINT later;
ALTER TABLE tags ADD COLUMN parent uuid REFERENCES orgs;
ALTER TABLE tags ADD COLUMN other uuid DEFAULT '00000000-0000-0000-0000-000000000001' REFERENCES orgs; -- want "foreign key (other) of tags was checked under FORCE ROW LEVEL SECURITY, which hides the rows that violate it"
CREATE TABLE links (org_id uuid NOT NULL, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes);
BEGIN;
SET LOCAL row_security = off;
ALTER TABLE tags ADD CONSTRAINT seen FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id);
COMMIT;
SET LOCAL row_security = off;
ALTER TABLE tags ADD CONSTRAINT unseen FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id); -- want "foreign key (org_id, note_id) of tags was checked under FORCE ROW LEVEL SECURITY, which hides the rows that violate it"
ALTER TABLE tags NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tags ADD CONSTRAINT free FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id);
