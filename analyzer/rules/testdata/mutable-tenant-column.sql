CREATE TABLE users (id uuid PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY); -- want "an UPDATE can change orgs.id, which gives the row to another tenant"
CREATE FUNCTION tenant_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % keeps its tenant', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE FUNCTION idle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY);
CREATE TRIGGER tenant_immutable AFTER UPDATE ON notes FOR EACH ROW WHEN (OLD.org_id IS DISTINCT FROM NEW.org_id) EXECUTE FUNCTION tenant_immutable();
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid REFERENCES notes);
CREATE TABLE other (org_id uuid NOT NULL); -- want "an UPDATE can change other.org_id, which gives the row to another tenant"
CREATE TRIGGER tenant_immutable AFTER UPDATE ON other FOR EACH ROW EXECUTE FUNCTION idle();
CREATE TABLE late (org_id uuid NOT NULL); -- want "an UPDATE can change late.org_id, which gives the row to another tenant"
CREATE TRIGGER tenant_immutable AFTER DELETE ON late FOR EACH ROW EXECUTE FUNCTION tenant_immutable();
CREATE TABLE heir (more text) INHERITS (other); -- want "an UPDATE can change heir.org_id, which gives the row to another tenant"
CREATE TABLE parted (org_id uuid NOT NULL) PARTITION BY HASH (org_id); -- want "an UPDATE can change parted.org_id, which gives the row to another tenant"
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE computed (id uuid, org_id uuid NOT NULL GENERATED ALWAYS AS (id) STORED);
