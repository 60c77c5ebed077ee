CREATE TABLE users (id uuid PRIMARY KEY, name text);
CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE "My Notes" (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE VIEW people AS SELECT id, 'notes' AS what FROM users;
CREATE VIEW safe WITH (security_invoker) AS SELECT id FROM notes;
CREATE VIEW direct AS SELECT id FROM notes; -- want "view direct reads tenant tables with the rights of its owner, whom row-level security may not stop"
CREATE VIEW through AS SELECT id FROM safe; -- want "view through reads tenant tables with the rights of its owner, whom row-level security may not stop"
CREATE VIEW sub AS SELECT id, (SELECT count(*) FROM notes) FROM users; -- want "view sub reads tenant tables with the rights of its owner, whom row-level security may not stop"
CREATE VIEW quoted AS SELECT id FROM "My Notes"; -- want "view quoted reads tenant tables with the rights of its owner, whom row-level security may not stop"
CREATE VIEW fixed AS SELECT id FROM notes;
ALTER VIEW fixed SET (security_invoker = on);
CREATE MATERIALIZED VIEW copied AS SELECT id FROM notes;
