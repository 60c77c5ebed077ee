CREATE DOMAIN seventh AS int DEFAULT 7;
CREATE DOMAIN still AS seventh;
CREATE TABLE notes (org_id uuid NOT NULL, id int UNIQUE, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, name text, PRIMARY KEY (org_id, name));
ALTER TABLE tags ADD COLUMN a still REFERENCES notes (id); -- want "rows may violate foreign key (a) of tags: PostgreSQL did not check the values that the new column has by its type's default or as an identity"
ALTER TABLE tags ADD COLUMN b int GENERATED ALWAYS AS IDENTITY REFERENCES notes (id); -- want "rows may violate foreign key (b) of tags: PostgreSQL did not check the values that the new column has by its type's default or as an identity"
ALTER TABLE tags ADD COLUMN c serial REFERENCES notes (id);
ALTER TABLE tags ADD COLUMN d seventh, ADD FOREIGN KEY (d) REFERENCES notes (id);
ALTER TABLE tags ADD COLUMN e seventh DEFAULT 8 REFERENCES notes (id);
ALTER TABLE tags ADD COLUMN f int REFERENCES notes (id);
CREATE TABLE ruled (org_id uuid NOT NULL, note_id int, CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE); -- want "rows may violate foreign key (org_id, note_id) of ruled: a rule on ruled may rewrite what its action does"
CREATE RULE r AS ON DELETE TO ruled DO INSTEAD NOTHING;
CREATE TABLE links (org_id uuid NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE) PARTITION BY LIST (org_id); -- want "rows may violate foreign key (org_id, note_id) of links: trigger drops on links_1 may undo what its action does"
CREATE TABLE links_1 PARTITION OF links DEFAULT;
CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER drops BEFORE DELETE ON links_1 FOR EACH ROW EXECUTE FUNCTION drops();
CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''kept''; END';
CREATE TABLE calm (org_id uuid NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE);
CREATE TRIGGER refuses BEFORE DELETE ON calm FOR EACH ROW EXECUTE FUNCTION refuses();
CREATE TRIGGER late AFTER DELETE ON calm FOR EACH ROW EXECUTE FUNCTION drops();
CREATE TRIGGER once BEFORE DELETE ON calm FOR EACH STATEMENT EXECUTE FUNCTION drops();
CREATE TRIGGER other BEFORE UPDATE ON calm FOR EACH ROW EXECUTE FUNCTION drops();
