package tenantgen

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

const fingerprinted = `CREATE FUNCTION low(a text) RETURNS text LANGUAGE sql IMMUTABLE SECURITY DEFINER AS $$ SELECT lower(a) $$;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title := low(NEW.title); RETURN NEW; END $$;
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text DEFAULT low('A'));
CREATE TRIGGER stamp BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE VIEW titles AS SELECT low(title) AS title FROM notes;
`

// Where the schema stands is nothing that a query rests on: neither what its files are called, which depends on where
// tenantgen is called, nor the line. An entry that was written when it counted holds as long as it does not change.
func TestFingerprintsWithoutPlaces(t *testing.T) {
	load := func(path, text string) *catalog.Database {
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: path, Text: text}})
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		return db
	}
	const query = "SELECT title FROM titles, notes"
	here, there, below := load("db/s.sql", fingerprinted), load("svc/db/s.sql", fingerprinted), load("db/s.sql", "-- a comment\n"+fingerprinted)
	other := load("db/s.sql", fingerprinted+"CREATE OR REPLACE FUNCTION low(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT a $$;\n")
	want := fingerprint(here, query)
	if fingerprint(there, query) != want || fingerprint(below, query) != want {
		t.Error("a fingerprint changes with the place of the schema")
	}
	if fingerprint(other, query) == want {
		t.Error("another function makes no other fingerprint")
	}
	is := func(db *catalog.Database) baselineEntry {
		return baselineEntry{Query: "Q", Hash: "h", Schema: fingerprint(db, query), placed: func() string { return placedFingerprint(db, query) }}
	}
	b, old := &baseline{Version: baselineVersion}, baselineEntry{Query: "Q", Hash: "h", Schema: placedFingerprint(here, query)}
	for db, excused := range map[*catalog.Database]bool{here: true, load("db/s.sql", fingerprinted): true, there: false, below: false, other: false} {
		if b.excuses(old, is(db)) != excused {
			t.Errorf("an entry of old excuses: %v, want %v", !excused, excused)
		}
	}
}
