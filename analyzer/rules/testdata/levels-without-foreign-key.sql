CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE projects (id uuid PRIMARY KEY, org_id uuid NOT NULL REFERENCES orgs, UNIQUE (org_id, id));
CREATE TABLE tied (org_id uuid NOT NULL, project_id uuid NOT NULL, id uuid, PRIMARY KEY (project_id, id), UNIQUE (org_id, project_id, id),
    FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
-- By a table that is tied itself; one that is not is reported there.
CREATE TABLE further (org_id uuid NOT NULL, project_id uuid NOT NULL, tied_id uuid NOT NULL, FOREIGN KEY (org_id, project_id, tied_id) REFERENCES tied (org_id, project_id, id));
CREATE TABLE inner_only (project_id uuid NOT NULL REFERENCES projects, name text);
CREATE TABLE outer_only (org_id uuid NOT NULL, name text);
CREATE TABLE outer_names_inner (org_id uuid NOT NULL, project_id uuid REFERENCES projects, name text);
CREATE TABLE loose (org_id uuid NOT NULL REFERENCES orgs, project_id uuid NOT NULL REFERENCES projects, id uuid); -- want "no foreign key keeps org_id of loose with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE bare (org_id uuid NOT NULL, project_id uuid NOT NULL, id uuid); -- want "no foreign key keeps org_id of bare with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE crossed (org_id uuid NOT NULL, project_id uuid NOT NULL, FOREIGN KEY (project_id, org_id) REFERENCES projects (org_id, id)); -- want "no foreign key keeps org_id of crossed with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE apart (org_id uuid NOT NULL, project_id uuid NOT NULL, other_id uuid NOT NULL, FOREIGN KEY (org_id, other_id) REFERENCES projects (org_id, id)); -- want "no foreign key keeps org_id of apart with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE maybe (org_id uuid, project_id uuid NOT NULL, CONSTRAINT both_of FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)); -- want "no foreign key keeps org_id of maybe with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE late (org_id uuid NOT NULL, project_id uuid NOT NULL, FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id) DEFERRABLE); -- want "no foreign key keeps org_id of late with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE unchecked (org_id uuid NOT NULL, project_id uuid NOT NULL);
ALTER TABLE unchecked ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id) NOT VALID; -- want "no foreign key keeps org_id of unchecked with the row of projects that its project_id names, so a row can be of one org and of a project of another"
-- No key compares what is not equal in one way.
CREATE TABLE texts (org_id text NOT NULL, project_id uuid NOT NULL REFERENCES projects);
-- A child has no column of the project: its parent tells.
CREATE TABLE documents (org_id uuid NOT NULL, project_id uuid NOT NULL, id uuid PRIMARY KEY, UNIQUE (org_id, id), FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
CREATE TABLE sections (org_id uuid NOT NULL, document_id uuid NOT NULL REFERENCES documents (id), n int); -- want "no foreign key keeps org_id of sections with the row of documents that its document_id names, so a row can be of one org and of a project of another"
-- Partitions are judged by their table, and rows of inheriting tables obey no key of it.
CREATE TABLE events (org_id uuid NOT NULL, project_id uuid NOT NULL, at date NOT NULL) PARTITION BY RANGE (at); -- want "no foreign key keeps org_id of events with the row of projects that its project_id names, so a row can be of one org and of a project of another"
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE base (org_id uuid NOT NULL, project_id uuid NOT NULL);
CREATE TABLE heir () INHERITS (base);
