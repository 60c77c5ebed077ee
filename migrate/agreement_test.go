package migrate_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// A memo belongs to a visit of a firm and to an order of a plant, a line to a memo and a visit.
const memos = `CREATE TABLE firms (id int PRIMARY KEY);
	CREATE TABLE plants (id int PRIMARY KEY, firm_id int NOT NULL REFERENCES firms);
	CREATE TABLE visits (id int PRIMARY KEY, firm_id int NOT NULL REFERENCES firms);
	CREATE TABLE orders (id int PRIMARY KEY, plant_id int NOT NULL REFERENCES plants, firm_id int NOT NULL);
	CREATE TABLE memos (id text PRIMARY KEY, visit_id int REFERENCES visits, order_id int REFERENCES orders);
	CREATE TABLE scores (id text PRIMARY KEY, memo_id text REFERENCES memos, visit_id int REFERENCES visits);
	INSERT INTO firms VALUES (1), (2);
	INSERT INTO plants VALUES (11, 1), (12, 1), (21, 2);
	INSERT INTO visits VALUES (1, 1), (2, 2);
	INSERT INTO orders VALUES (11, 11, 1), (12, 12, 1), (21, 21, 2);
	INSERT INTO memos VALUES ('a', 1, 11), ('b', 1, 12), ('c', 2, 21), ('visit', 1, NULL), ('order', NULL, 11), ('astray', 1, 21), ('none', NULL, NULL);
	INSERT INTO scores VALUES ('a', 'a', 1), ('b', 'b', 1), ('c', 'c', 2), ('visit', NULL, 1);`

func memoed(db *catalog.Database) migrate.Wanted {
	in := []migrate.Outer{{Setting: "app.firm_id", Column: "firm_id"}}
	around := []migrate.Outer{{Setting: "app.firm_id"}}
	on := func(table, column string) migrate.Parent {
		return migrate.Parent{Table: find(db, table), On: []migrate.Pair{{Child: column, Parent: "id"}}}
	}
	of := func(name, setting string, t migrate.Target) func(*catalog.Database) migrate.Target {
		return func(db *catalog.Database) migrate.Target {
			t.Table, t.Setting = find(db, name), setting
			return t
		}
	}
	return wants(bySetting,
		of("firms", "app.firm_id", migrate.Target{Column: "id"}),
		of("visits", "app.firm_id", migrate.Target{Column: "firm_id"}),
		of("plants", "app.plant_id", migrate.Target{Column: "id", Outer: in}),
		of("orders", "app.plant_id", migrate.Target{Column: "plant_id", Outer: in}),
		of("memos", "app.plant_id", migrate.Target{Kind: migrate.Child, Outer: around, Parents: []migrate.Parent{on("visits", "visit_id"), on("orders", "order_id")}}),
		of("scores", "app.plant_id", migrate.Target{Kind: migrate.Child, Outer: around, Parents: []migrate.Parent{on("memos", "memo_id"), on("visits", "visit_id")}}),
	)(db)
}

// A row whose parents are of several levels is of each level's tenant that is set: what lets
// an organization's visit be seen does not let another project's order be.
func TestRowsOfParentsOfSeveralLevels(t *testing.T) {
	w := newWorld(t, memos, memoed)
	for _, c := range []struct {
		firm, plant   string
		memos, scores []string
	}{
		{"", "", nil, nil},
		{"1", "", []string{"a", "b", "order", "visit"}, []string{"a", "b", "visit"}},
		{"2", "", []string{"c"}, []string{"c"}},
		{"", "11", []string{"a", "order"}, []string{"a"}},
		{"", "21", []string{"astray", "c"}, []string{"c"}},
		{"1", "11", []string{"a", "order", "visit"}, []string{"a", "visit"}},
		{"1", "21", []string{"visit"}, []string{"visit"}},
		{"2", "11", nil, nil},
	} {
		t.Run(c.firm+"/"+c.plant, func(t *testing.T) {
			w := *w
			w.t = t
			app := w.set(w.set(w.connect(w.app), "app.firm_id", c.firm), "app.plant_id", c.plant)
			w.rows(app, "SELECT id FROM memos ORDER BY id", c.memos...)
			w.rows(app, "SELECT id FROM scores ORDER BY id", c.scores...)
			tx, err := app.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(t.Context())
			if tag, err := tx.Exec(t.Context(), "DELETE FROM scores"); err != nil || int(tag.RowsAffected()) != len(c.scores) {
				t.Errorf("%v deleted, %v, want %d", tag, err, len(c.scores))
			}
		})
	}
}

// What read_also compares with the tenant is the tenant of the row's own level, whichever
// parent is named first: a memo that is shared with plant 1 is not shared with firm 1.
func TestReadAlsoOfSeveralLevels(t *testing.T) {
	w := newWorld(t, memos+`ALTER TABLE memos ADD shared int; INSERT INTO memos VALUES ('shared', 2, 21, 1);`, func(db *catalog.Database) migrate.Wanted {
		want := memoed(db)
		for i, target := range want.Targets {
			if target.Table.Name.Name == "memos" {
				want.Targets[i].ReadAlso, want.Targets[i].Names = "shared = @plant_id", []string{"plant_id"}
			}
		}
		return want
	})
	for _, c := range []struct {
		firm, plant string
		want        []string
	}{
		{"1", "", []string{"a", "b", "order", "visit"}},
		{"", "1", []string{"shared"}},
		{"", "11", []string{"a", "order"}},
		{"2", "", []string{"c", "shared"}},
	} {
		t.Run(c.firm+"/"+c.plant, func(t *testing.T) {
			w := *w
			w.t = t
			w.rows(w.set(w.set(w.connect(w.app), "app.firm_id", c.firm), "app.plant_id", c.plant), "SELECT id FROM memos ORDER BY id", c.want...)
		})
	}
}
