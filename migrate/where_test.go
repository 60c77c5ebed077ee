package migrate_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// where has rows refer to those rows of their first parent for which the tests are true.
func where(target func(*catalog.Database) migrate.Target, tests ...catalog.Test) func(*catalog.Database) migrate.Target {
	return func(db *catalog.Database) migrate.Target {
		t := target(db)
		t.Parents[0].Where = tests
		return t
	}
}

// A row belongs to the live row that has its key, though deleted rows of others had it.
func TestParentsUnderCondition(t *testing.T) {
	w := newWorld(t, `CREATE TABLE notes (slug text NOT NULL, org_id uuid NOT NULL, deleted date, shown date, live bool, kind text);
		CREATE UNIQUE INDEX ON notes (slug) WHERE deleted IS NULL AND shown IS NOT NULL AND live AND kind = 'it''s';
		CREATE TABLE files (name text, note text);
		INSERT INTO notes VALUES ('a', '`+orgA+`', NULL, '2024-01-01', true, 'it''s'), ('a', '`+orgB+`', '2024-01-01', '2024-01-01', true, 'it''s'), ('a', '`+orgB+`', NULL, NULL, true, 'it''s'),
			('a', '`+orgB+`', NULL, '2024-01-01', false, 'it''s'), ('a', '`+orgB+`', NULL, '2024-01-01', true, 'x'), ('b', '`+orgB+`', NULL, '2024-01-01', true, 'it''s'), ('c', '`+orgA+`', '2024-01-01', '2024-01-01', true, 'it''s');
		INSERT INTO files VALUES ('1', 'a'), ('2', 'b'), ('3', 'c');`,
		wants(bySetting, column("notes", "org_id"), where(child("files", "notes", "note=slug"), catalog.Test{Column: "deleted"},
			catalog.Test{Column: "shown", Kind: catalog.IsNotNull}, catalog.Test{Column: "live", Kind: catalog.HasValue, Value: "true"}, catalog.Test{Column: "kind", Kind: catalog.HasValue, Value: "it's"})))
	a, b := w.as(w.connect(w.app), orgA), w.as(w.connect(w.app), orgB)
	w.rows(a, "SELECT name FROM files ORDER BY name", "1")
	w.rows(b, "SELECT name FROM files ORDER BY name", "2")
	w.affects(a, "INSERT INTO files VALUES ('4', 'a')", 1)
	w.refused(b, "INSERT INTO files VALUES ('5', 'a')", violates)
	w.refused(a, "INSERT INTO files VALUES ('5', 'c')", violates)
	w.down()
	w.up()
}

// A condition that cannot be written into a policy is refused.
func TestConditionOfParentIsChecked(t *testing.T) {
	w := emptyWorld(t, nil)
	w.write("00001_schema.sql", `CREATE TABLE notes (slug text, org_id uuid NOT NULL); CREATE TABLE files (note text);`)
	db := w.catalog()
	for _, test := range []catalog.Test{{Column: "gone"}, {Column: "slug", Kind: catalog.HasValue, Value: "a\nb"}} {
		if _, err := migrate.Plan(db, wants(bySetting, column("notes", "org_id"), where(child("files", "notes", "note=slug"), test))(db)); err == nil {
			t.Errorf("%+v is accepted", test)
		}
	}
}
