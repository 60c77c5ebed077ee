CREATE TABLE notes (org_id uuid NOT NULL, id uuid UNIQUE, PRIMARY KEY (org_id, id));
CREATE FUNCTION of_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."org_id" IS NULL OR TG_OP = 'UPDATE' AND NEW."org_id" IS NOT DISTINCT FROM OLD."org_id"
        AND (NEW."note_id") IS DISTINCT FROM (OLD."note_id") THEN
        SELECT parent."org_id" INTO NEW."org_id" FROM "public"."notes" AS parent
            WHERE parent."id" = NEW."note_id";
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION idle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE tags (org_id uuid NOT NULL, note_id uuid NOT NULL, name text, PRIMARY KEY (org_id, note_id, name), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TRIGGER tenant_of_parent BEFORE INSERT OR UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION of_note(); -- want "trigger tenant_of_parent still fills the tenant column of tags"
CREATE TABLE likes (org_id uuid NOT NULL, note_id uuid NOT NULL, PRIMARY KEY (org_id, note_id), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TRIGGER tenant_of_parent BEFORE INSERT OR UPDATE ON likes FOR EACH ROW EXECUTE FUNCTION idle();
CREATE TABLE marks (org_id uuid NOT NULL, note_id uuid NOT NULL, PRIMARY KEY (org_id, note_id), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TRIGGER of_note BEFORE INSERT OR UPDATE ON marks FOR EACH ROW EXECUTE FUNCTION of_note();
CREATE TABLE comments (org_id uuid, id uuid PRIMARY KEY, note_id uuid NOT NULL REFERENCES notes (id));
CREATE TRIGGER tenant_of_parent BEFORE INSERT OR UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION of_note();
