CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, rev int NOT NULL, UNIQUE (id, rev));
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL); -- want "no foreign key keeps a row of comments from outliving the row of notes that its note_id names, and then whoever writes that key next gets it"
