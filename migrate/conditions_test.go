package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// with adds conditions to a target.
func with(target func(*catalog.Database) migrate.Target, readAlso, restrict string) func(*catalog.Database) migrate.Target {
	return func(db *catalog.Database) migrate.Target {
		t := target(db)
		t.ReadAlso, t.Restrict, t.Names = readAlso, restrict, []string{"org_id"}
		return t
	}
}

// Rows can be shared with named tenants, of a table and of the children that say so.
func TestSharedWithTenants(t *testing.T) {
	w := newWorld(t, `CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, shared_with uuid[]);
		CREATE TABLE pages (id text, document_id text NOT NULL, shared_with uuid[]);
		INSERT INTO documents VALUES ('a', '`+orgA+`', NULL), ('b', '`+orgB+`', NULL), ('ba', '`+orgB+`', '{`+orgA+`}'), ('bb', '`+orgB+`', '{`+orgB+`}');
		INSERT INTO pages VALUES ('a', 'a', NULL), ('b', 'b', NULL), ('ba', 'ba', NULL), ('pa', 'b', '{`+orgA+`}');`,
		wants(bySetting, with(column("documents", "org_id"), "@org_id = ANY (shared_with)", ""),
			with(child("pages", "documents", "document_id=id"), "shared_with @> ARRAY[@org_id]", "")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "ba")
	w.rows(app, "SELECT id FROM pages ORDER BY id", "a", "pa")
	w.affects(app, "UPDATE documents SET shared_with = NULL", 1)
	w.affects(app, "DELETE FROM documents WHERE id = 'ba'", 0)
	w.affects(app, "DELETE FROM pages WHERE id = 'pa'", 0)
	w.refused(app, "INSERT INTO pages VALUES ('x', 'ba', '{"+orgA+"}')", violates)
	w.rows(w.connect(w.app), "SELECT id FROM documents")
	w.rows(w.as(app, ""), "SELECT id FROM pages")
	w.down()
	w.up()
}

// What restrict asks for holds for every row and every policy, also for rows that
// read_also shows and for a policy that somebody adds.
func TestRestrict(t *testing.T) {
	restrict := "deleted_at IS NULL"
	also := "public"
	w := newWorld(t, `CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, public bool NOT NULL, deleted_at date);
		CREATE TABLE pages (id text, document_id text NOT NULL);
		INSERT INTO documents VALUES ('a', '`+orgA+`', false, NULL), ('b', '`+orgB+`', false, NULL), ('bp', '`+orgB+`', true, NULL),
			('a-', '`+orgA+`', false, now()), ('ap-', '`+orgA+`', true, now()), ('bp-', '`+orgB+`', true, now());
		INSERT INTO pages VALUES ('a', 'a'), ('a-', 'a-');`,
		func(db *catalog.Database) migrate.Wanted {
			return wants(bySetting, with(column("documents", "org_id"), also, restrict), child("pages", "documents", "document_id=id"))(db)
		})
	w.exec(w.connect(w.owner), "CREATE POLICY everything ON documents USING (true) WITH CHECK (true)")
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "bp")
	w.rows(app, "SELECT id FROM pages", "a")
	w.affects(app, "UPDATE documents SET public = true WHERE id = 'a-'", 0)
	w.affects(app, "DELETE FROM documents WHERE id = 'a-'", 0)
	w.refused(app, "UPDATE documents SET deleted_at = now() WHERE id = 'a'", violates)
	w.refused(app, "INSERT INTO documents VALUES ('x', '"+orgA+"', true, now())", violates)
	w.affects(app, "INSERT INTO documents VALUES ('x', '"+orgA+"', true)", 1)

	also = ""
	w.generate()
	w.up()
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "x")
	w.affects(app, "DELETE FROM documents WHERE id = 'a-'", 0)
	w.refused(app, "UPDATE documents SET deleted_at = now() WHERE id = 'a'", violates)
	restrict = ""
	w.generate()
	w.up()
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "a-", "ap-", "x")
	w.down()
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "x")
}

func TestConditionsThatCannotBe(t *testing.T) {
	w := emptyWorld(t, nil)
	w.write("00001_schema.sql", notes)
	db := w.catalog()
	for _, text := range []string{"@other = ANY (ids)", "body = @", "@ 5 = 5", "true) OR (true"} {
		for _, target := range []func(*catalog.Database) migrate.Target{with(column("notes", "org_id"), text, ""), with(column("notes", "org_id"), "", text)} {
			if _, err := migrate.Plan(db, wants(bySetting, target)(db)); err == nil || !strings.Contains(err.Error(), "table notes: ") {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
