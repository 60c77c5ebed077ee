package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// when adds to each parent of a child, in turn, the value "column=value" by which rows refer to it, "" for none.
func when(target func(*catalog.Database) migrate.Target, values ...string) func(*catalog.Database) migrate.Target {
	return func(db *catalog.Database) migrate.Target {
		t := target(db)
		for i, v := range values {
			if column, value, ok := strings.Cut(v, "="); ok {
				t.Parents[i].When = []migrate.Match{{Column: column, Value: value}}
			}
		}
		return t
	}
}

// A row of a polymorphic child is that of the parent that its type names, though parents
// of two tenants have its id.
func TestPolymorphicParents(t *testing.T) {
	for _, typ := range []string{"text", "varchar(10)", "kind", "smallint"} {
		t.Run(typ, func(t *testing.T) {
			note, task := "note", "it's"
			if typ == "smallint" {
				note, task = "1", "2"
			}
			lit := migrate.QuoteLiteral
			w := newWorld(t, `CREATE TYPE kind AS ENUM ('note', 'it''s', 'x');
				CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);
				CREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);
				CREATE TABLE files (name text, type `+typ+`, owner int);
				CREATE TABLE pages (name text, kind text, file text);
				INSERT INTO notes VALUES (1, '`+orgA+`'), (2, '`+orgB+`');
				INSERT INTO tasks VALUES (1, '`+orgB+`'), (2, '`+orgA+`');
				INSERT INTO files VALUES ('n1', `+lit(note)+`, 1), ('n2', `+lit(note)+`, 2), ('t1', `+lit(task)+`, 1), ('t2', `+lit(task)+`, 2), ('?', NULL, 1);`,
				wants(bySetting, column("notes", "org_id"), column("tasks", "org_id"),
					when(child("files", "notes", "owner=id", "tasks", "owner=id"), "type="+note, "type="+task)))
			a, b := w.as(w.connect(w.app), orgA), w.as(w.connect(w.app), orgB)
			w.rows(a, "SELECT name FROM files ORDER BY name", "n1", "t2")
			w.rows(b, "SELECT name FROM files ORDER BY name", "n2", "t1")
			w.affects(a, "INSERT INTO files VALUES ('n3', "+lit(note)+", 1)", 1)
			w.refused(a, "INSERT INTO files VALUES ('t3', "+lit(task)+", 1)", violates)
			w.refused(a, "INSERT INTO files VALUES ('?', NULL, 1)", violates)
			w.refused(a, "UPDATE files SET type = "+lit(task)+" WHERE name = 'n1'", violates)
			w.refused(a, "UPDATE files SET owner = 1 WHERE name = 't2'", violates)
			w.affects(a, "DELETE FROM files", 3)
			w.rows(b, "SELECT name FROM files ORDER BY name", "n2", "t1")
			w.down()
			w.up()
		})
	}
}

// Of parents that do not exclude each other, a written row has to agree with each that its
// type lets it refer to.
func TestPolymorphicParentBesideOthers(t *testing.T) {
	w := newWorld(t, `CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);
		CREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);
		CREATE TABLE boards (id int PRIMARY KEY, org_id uuid NOT NULL);
		CREATE TABLE files (name text, type text, owner int, board int);
		CREATE TABLE lines (name text, type text, note int);
		INSERT INTO notes VALUES (1, '`+orgA+`'), (2, '`+orgB+`');
		INSERT INTO tasks VALUES (1, '`+orgB+`'), (2, '`+orgA+`');
		INSERT INTO boards VALUES (1, '`+orgA+`'), (2, '`+orgB+`');
		INSERT INTO lines VALUES ('a', 'note', 1), ('b', 'note', 2), ('c', 'x', 1);`,
		wants(bySetting, column("notes", "org_id"), column("tasks", "org_id"), column("boards", "org_id"),
			when(child("lines", "notes", "note=id"), "type=note"),
			when(child("files", "notes", "owner=id", "tasks", "owner=id", "boards", "board=id"), "type=note", "type=task", "")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT name FROM lines", "a")
	w.refused(app, "INSERT INTO lines VALUES ('d', 'x', 1)", violates)
	w.affects(app, "INSERT INTO files VALUES ('both', 'note', 1, 1), ('one', 'task', 2, NULL), ('board', 'none', 2, 1), ('untyped', NULL, 2, 1)", 4)
	w.refused(app, "INSERT INTO files VALUES ('-', 'note', 2, 1)", violates)
	w.refused(app, "INSERT INTO files VALUES ('-', 'task', 1, 1)", violates)
	w.refused(app, "INSERT INTO files VALUES ('-', 'note', 1, 2)", violates)
	w.refused(app, "INSERT INTO files VALUES ('-', 'none', 1, NULL)", violates)
	w.refused(app, "INSERT INTO files VALUES ('-', NULL, 1, NULL)", violates)
}

// Parents that one key serves are told apart by the values that they want, or by ids that
// are unique everywhere.
func TestPolymorphicParentsOfOneKey(t *testing.T) {
	w := emptyWorld(t, nil)
	w.write("00001_schema.sql", `CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);
		CREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);
		CREATE TABLE files (type text, other text, owner int);`)
	db := w.catalog()
	for values, bad := range map[string]string{
		"type=note type=task":  "",
		"type=note type=note":  "may match parents of two tenants",
		"type=note other=task": "may match parents of two tenants",
		"type=note ":           "may match parents of two tenants",
		"nothing=a nothing=b":  "no column nothing",
		"type=a\nb type=c":     "control character",
	} {
		one, two, _ := strings.Cut(values, " ")
		_, err := migrate.Plan(db, wants(bySetting, column("notes", "org_id"), column("tasks", "org_id"),
			when(child("files", "notes", "owner=id", "tasks", "owner=id"), one, two))(db))
		if (err == nil) != (bad == "") || err != nil && !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v, want %q", values, err, bad)
		}
	}
}
