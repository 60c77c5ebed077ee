CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE POLICY tenant_isolation ON notes USING (true);
CREATE POLICY less ON notes AS RESTRICTIVE USING (true);
CREATE POLICY all_plans ON plans USING (true);
CREATE POLICY support ON notes USING (true); -- want "policy support lets rows of notes through by a condition of its own, and only the restrictive floor keeps them apart"
