CREATE TABLE users (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE VIEW safe WITH (security_invoker) AS SELECT id FROM notes;
CREATE MATERIALIZED VIEW people AS SELECT id FROM users;
CREATE MATERIALIZED VIEW copied AS SELECT id FROM safe; -- want "materialized view copied copies tenant rows to where row-level security does not reach"
