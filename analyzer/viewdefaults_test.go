package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"golang.org/x/tools/txtar"
)

// TestCheckerAsksForViewDefaults: a column that INSERT leaves out is NULL for the checker
// only where no view gives it a default.
func TestCheckerAsksForViewDefaults(t *testing.T) {
	for what, text := range map[string]string{
		"a second parent": `
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE boards (org_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE pins (id int, note_id int REFERENCES notes, board_id int REFERENCES boards);
CREATE VIEW pin_list AS SELECT id, note_id, board_id FROM pins;
-- tenancy --
parent pins notes note_id=id
parent pins boards board_id=id
-- queries.sql --
-- name: Q :exec
INSERT INTO pin_list (id, note_id) SELECT 50, n.id FROM notes n WHERE n.org_id = $1;
`,
		"an outer level": `
-- schema.sql --
CREATE TABLE sales (shop_id int NOT NULL, id int NOT NULL, region_id int);
CREATE VIEW sale_list AS SELECT shop_id, id, region_id FROM sales;
-- tenancy --
level region region_id
level shop shop_id
-- queries.sql --
-- name: Q :exec
INSERT INTO sale_list (shop_id, id) VALUES (@shop_id, 900);
`} {
		t.Run(what, func(t *testing.T) {
			c := newCase(t, "viewdefaults", txtar.Parse([]byte(text)))
			a := c.analysis()
			st, cert := a.Certify(t, c.queries)
			if err := a.Check(st, cert); err != nil {
				t.Fatal(err)
			}
			st.Root.(*query.Write).ViewDefaults = []int{2}
			if a.Check(st, cert) == nil {
				t.Error("the checker takes the column for NULL")
			}
		})
	}
}
