CREATE TABLE orgs (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE plans (id text PRIMARY KEY, price integer NOT NULL);
CREATE TABLE notes (
    id     uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs,
    title  text NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX ON notes (org_id);
CREATE TABLE "Odd" (
    id     uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs,
    title  text NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX ON "Odd" (org_id);
