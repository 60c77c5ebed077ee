package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// sites are firms with plants: orders and tied have a column of both, tags and the child
// notes find the firm through the plant, some may have none.
const sites = `CREATE TABLE firms (id int PRIMARY KEY);
	CREATE TABLE plants (id int PRIMARY KEY, firm_id int NOT NULL REFERENCES firms, UNIQUE (firm_id, id));
	CREATE TABLE orders (firm_id int NOT NULL, plant_id int NOT NULL REFERENCES plants, id text PRIMARY KEY);
	CREATE TABLE tied (firm_id int NOT NULL, plant_id int NOT NULL, id text, FOREIGN KEY (firm_id, plant_id) REFERENCES plants (firm_id, id));
	CREATE TABLE tags (plant_id int NOT NULL REFERENCES plants, id text);
	CREATE TABLE maybe (firm_id int, plant_id int NOT NULL REFERENCES plants, id text);
	CREATE TABLE notes (order_id text NOT NULL REFERENCES orders, firm_id int NOT NULL, id text);
	CREATE INDEX ON orders (firm_id); CREATE INDEX ON orders (plant_id);
	INSERT INTO firms VALUES (1), (2);
	INSERT INTO plants VALUES (11, 1), (12, 1), (21, 2);
	INSERT INTO orders VALUES (1, 11, 'a'), (1, 12, 'b'), (2, 21, 'c'), (2, 11, 'astray');
	INSERT INTO tied VALUES (1, 11, 'a'), (1, 12, 'b'), (2, 21, 'c');
	INSERT INTO tags VALUES (11, 'a'), (12, 'b'), (21, 'c');
	INSERT INTO maybe VALUES (1, 11, 'a'), (NULL, 12, 'b'), (2, 21, 'c'), (NULL, 21, 'd');
	INSERT INTO notes VALUES ('a', 1, 'a'), ('b', 1, 'b'), ('c', 2, 'c');`

func sited(db *catalog.Database) []func(*catalog.Database) migrate.Target {
	plants := find(db, "plants")
	of := func(name string, t migrate.Target) func(*catalog.Database) migrate.Target {
		return func(db *catalog.Database) migrate.Target {
			t.Table, t.Setting = find(db, name), "app.plant_id"
			if name == "firms" {
				t.Setting = "app.firm_id"
			}
			return t
		}
	}
	firm, none := []migrate.Outer{{Setting: "app.firm_id", Column: "firm_id"}}, []migrate.Outer{{Setting: "app.firm_id"}}
	root := func(untied ...int) []migrate.Root {
		return []migrate.Root{{Level: 1, Column: "plant_id", Key: "id", Table: plants, Untied: untied}}
	}
	return []func(*catalog.Database) migrate.Target{
		of("firms", migrate.Target{Column: "id"}),
		of("plants", migrate.Target{Column: "id", Outer: firm}),
		of("orders", migrate.Target{Column: "plant_id", Outer: firm, Roots: root(0)}),
		of("tied", migrate.Target{Column: "plant_id", Outer: firm, Roots: root()}),
		of("tags", migrate.Target{Column: "plant_id", Outer: none, Roots: root()}),
		of("maybe", migrate.Target{Column: "plant_id", Outer: firm, Roots: root(0)}),
		of("notes", migrate.Target{Kind: migrate.Child, Outer: firm, Parents: []migrate.Parent{{Table: find(db, "orders"), On: []migrate.Pair{{Child: "order_id", Parent: "id"}}}}}),
	}
}

// A row is of every level's tenant that is set: where only that of an outer level is, of all its parts.
func TestRowsOfLevels(t *testing.T) {
	w := newWorld(t, sites, func(db *catalog.Database) migrate.Wanted { return wants(bySetting, sited(db)...)(db) })
	for _, c := range []struct {
		firm, plant                              string
		plants, orders, tied, tags, maybe, notes []string
	}{
		{"", "", nil, nil, nil, nil, nil, nil},
		{"1", "", []string{"11", "12"}, []string{"a", "b"}, []string{"a", "b"}, []string{"a", "b"}, []string{"a", "b"}, []string{"a", "b"}},
		{"2", "", []string{"21"}, []string{"astray", "c"}, []string{"c"}, []string{"c"}, []string{"c", "d"}, []string{"c"}},
		{"", "11", []string{"11"}, []string{"a", "astray"}, []string{"a"}, []string{"a"}, []string{"a"}, []string{"a"}},
		{"1", "11", []string{"11"}, []string{"a"}, []string{"a"}, []string{"a"}, []string{"a"}, []string{"a"}},
		{"1", "21", nil, nil, nil, nil, nil, nil},
		{"2", "12", nil, nil, nil, nil, nil, nil},
	} {
		app := w.set(w.set(w.connect(w.app), "app.firm_id", c.firm), "app.plant_id", c.plant)
		for _, rows := range []struct {
			table string
			want  []string
		}{{"plants", c.plants}, {"orders", c.orders}, {"tied", c.tied}, {"tags", c.tags}, {"maybe", c.maybe}, {"notes", c.notes}} {
			t.Run(c.firm+"/"+c.plant+"/"+rows.table, func(t *testing.T) {
				w := *w
				w.t = t
				w.rows(app, "SELECT id::text FROM "+rows.table+" ORDER BY id", rows.want...)
			})
		}
	}
}

// What is written lies in the tenants that are set, and in one outer tenant by all that it names.
func TestWritesOfLevels(t *testing.T) {
	w := newWorld(t, sites, func(db *catalog.Database) migrate.Wanted { return wants(bySetting, sited(db)...)(db) })
	for _, c := range []struct{ firm, plant, sql, err string }{
		{"1", "", "INSERT INTO orders VALUES (1, 12, 'x')", ""},
		{"1", "", "INSERT INTO orders VALUES (1, 21, 'x')", violates},
		{"1", "", "INSERT INTO orders VALUES (2, 21, 'x')", violates},
		{"1", "", "INSERT INTO tied VALUES (1, 12, 'x')", ""},
		{"1", "", "INSERT INTO tags VALUES (12, 'x')", ""},
		{"1", "", "INSERT INTO tags VALUES (21, 'x')", violates},
		{"1", "", "INSERT INTO maybe VALUES (NULL, 11, 'x')", ""},
		{"1", "", "INSERT INTO maybe VALUES (NULL, 21, 'x')", violates},
		{"1", "", "INSERT INTO maybe VALUES (1, 21, 'x')", violates},
		{"1", "", "INSERT INTO maybe VALUES (2, 11, 'x')", violates},
		{"1", "", "INSERT INTO notes VALUES ('a', 1, 'x')", ""},
		{"1", "", "INSERT INTO notes VALUES ('a', 2, 'x')", violates},
		{"1", "", "INSERT INTO notes VALUES ('c', 1, 'x')", violates},
		{"1", "", "INSERT INTO plants VALUES (13, 1)", ""},
		{"1", "", "INSERT INTO plants VALUES (13, 2)", violates},
		{"1", "", "UPDATE orders SET plant_id = 12 WHERE id = 'a'", ""},
		{"1", "", "UPDATE orders SET plant_id = 21 WHERE id = 'a'", violates},
		{"1", "", "UPDATE orders SET firm_id = 2 WHERE id = 'a'", violates},
		{"1", "", "UPDATE plants SET firm_id = 2 WHERE id = 12", violates},
		{"1", "", "UPDATE tags SET plant_id = 21", violates},
		{"", "11", "INSERT INTO orders VALUES (1, 11, 'x')", ""},
		{"", "11", "INSERT INTO orders VALUES (2, 11, 'x')", violates},
		{"", "11", "INSERT INTO orders VALUES (1, 12, 'x')", violates},
		{"", "11", "INSERT INTO maybe VALUES (2, 11, 'x')", violates},
		{"", "11", "UPDATE orders SET firm_id = 2 WHERE id = 'a'", violates},
		{"1", "11", "INSERT INTO orders VALUES (1, 11, 'x')", ""},
		{"1", "11", "INSERT INTO orders VALUES (1, 12, 'x')", violates},
		{"1", "11", "INSERT INTO tags VALUES (12, 'x')", violates},
		{"1", "11", "INSERT INTO plants VALUES (13, 1)", violates},
		{"2", "11", "INSERT INTO orders VALUES (2, 11, 'x')", violates},
		{"2", "11", "INSERT INTO tags VALUES (11, 'x')", violates},
		{"", "", "INSERT INTO orders VALUES (1, 11, 'x')", violates},
		{"", "", "INSERT INTO plants VALUES (13, 1)", violates},
	} {
		t.Run(c.firm+"/"+c.plant+" "+c.sql, func(t *testing.T) {
			app := w.connect(w.app)
			tx, err := app.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(t.Context())
			if _, err := tx.Exec(t.Context(), "SELECT set_config('app.firm_id', $1, true), set_config('app.plant_id', $2, true)", c.firm, c.plant); err != nil {
				t.Fatal(err)
			}
			_, err = tx.Exec(t.Context(), c.sql)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("%v, want %q", err, c.err)
			}
		})
	}
}
