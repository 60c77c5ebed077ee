CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL REFERENCES notes (id));
CREATE TABLE reactions (id uuid PRIMARY KEY, comment_id uuid NOT NULL REFERENCES comments (id));
CREATE TABLE reaction_views (id uuid PRIMARY KEY, reaction_id uuid NOT NULL REFERENCES reactions (id)); -- want "reaction_views is 3 levels below the tenant column, and every level is asked for each row"
