CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE VIEW mine WITH (security_invoker) AS SELECT org_id FROM notes;
CREATE POLICY tenant_isolation ON notes USING (true);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE notes NO FORCE ROW LEVEL SECURITY; -- want "notes loses row-level security for the owner by NO FORCE ROW LEVEL SECURITY"
DROP POLICY tenant_isolation ON notes; -- want "notes loses policy tenant_isolation by DROP POLICY"
ALTER VIEW mine RESET (security_invoker); -- want "mine loses security_invoker by ALTER VIEW … RESET"
