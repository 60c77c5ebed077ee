CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id), UNIQUE (id));
CREATE TABLE a (org_id uuid NOT NULL, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE SET NULL); -- want "ON DELETE SET NULL of foreign key (org_id, note_id) of a sets org_id, too, which says whose the row is"
CREATE TABLE b (org_id uuid, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE SET DEFAULT); -- want "ON DELETE SET DEFAULT of foreign key (org_id, note_id) of b sets org_id, too, which says whose the row is"
CREATE TABLE c (org_id uuid NOT NULL, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes ON UPDATE SET NULL); -- want "ON UPDATE SET NULL of foreign key (org_id, note_id) of c sets org_id, too, which says whose the row is"
CREATE TABLE d (org_id uuid REFERENCES orgs ON DELETE SET NULL); -- want "ON DELETE SET NULL of foreign key (org_id) of d sets org_id, too, which says whose the row is"
CREATE TABLE e (org_id uuid NOT NULL, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE SET NULL (org_id, note_id)); -- want "ON DELETE SET NULL of foreign key (org_id, note_id) of e sets org_id, too, which says whose the row is"
CREATE TABLE f (org_id uuid NOT NULL, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE SET NULL (note_id));
CREATE TABLE g (org_id uuid NOT NULL, note_id uuid REFERENCES notes (id) ON DELETE SET NULL ON UPDATE SET NULL);
CREATE TABLE h (org_id uuid NOT NULL, note_id uuid, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE plans (note_id uuid REFERENCES notes (id) ON DELETE SET NULL);
CREATE TEMP TABLE i (org_id uuid NOT NULL REFERENCES orgs ON DELETE SET NULL);
