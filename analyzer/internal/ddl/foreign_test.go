package ddl

import "testing"

// A proof may rely on a foreign key only while PostgreSQL enforces it for every
// row at every moment.
func TestForeignKeyReliability(t *testing.T) {
	const tables = `
		CREATE TABLE p (org int, id int, UNIQUE (org, id));
		CREATE TABLE c (org int, p int, CONSTRAINT fk FOREIGN KEY (org, p) REFERENCES p (org, id));`
	cases := map[string]struct {
		ddl                  string
		notValid, deferrable bool
	}{
		"as created":            {"", false, false},
		"made deferrable":       {"ALTER TABLE c ALTER CONSTRAINT fk DEFERRABLE INITIALLY DEFERRED;", false, true},
		"made immediate again":  {"ALTER TABLE c ALTER CONSTRAINT fk DEFERRABLE; ALTER TABLE c ALTER CONSTRAINT fk NOT DEFERRABLE;", false, false},
		"triggers disabled":     {"ALTER TABLE c DISABLE TRIGGER ALL; ALTER TABLE c ENABLE TRIGGER ALL;", true, false},
		"parent's disabled":     {"ALTER TABLE p DISABLE TRIGGER ALL;", true, false},
		"user triggers only":    {"ALTER TABLE c DISABLE TRIGGER USER;", false, false},
		"dropped and not valid": {"ALTER TABLE c DROP CONSTRAINT fk; ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (org, p) REFERENCES p (org, id) NOT VALID;", true, false},
	}
	for name, c := range cases {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: tables + c.ddl}})
		if len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
			continue
		}
		fk := db.LookupTable("", "c", []string{"public"}).Foreign[0]
		if fk.NotValid != c.notValid || fk.Deferrable != c.deferrable {
			t.Errorf("%s: not valid %v, deferrable %v", name, fk.NotValid, fk.Deferrable)
		}
	}
}
