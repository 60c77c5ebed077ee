package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

// A row of which some fields are null is neither NULL nor NOT NULL, so that NOT (x IS NULL) does not say x IS NOT NULL.
func TestNullOfRows(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE TYPE address AS (street text, city text);
		CREATE DOMAIN home AS address;
		CREATE TABLE notes (org_id int NOT NULL, address address, home home, note notes, geom geometry, addresses address[], tags text[], at timestamptz, span interval);`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	a := analyzer.New(db, own, nil)
	for column, opposite := range map[string]bool{"address": false, "home": false, "note": false, "geom": false, "addresses": true, "tags": true, "at": true, "span": true} {
		for from, known := range map[string]bool{"notes": true, "(SELECT * FROM notes OFFSET 0) n": column == "at"} {
			r := a.File("queries.sql", "-- name: Q :many\nSELECT org_id FROM "+from+" WHERE org_id = $1 AND "+column+" IS NULL;")[0]
			found := false
			var walk func(n query.Node)
			walk = func(n query.Node) {
				query.Children(n, walk)
				if o, ok := n.(*query.Op); ok && o.Text == "IS NULL" {
					found = true
					if (o.Negation != nil) != (opposite && known) {
						t.Errorf("%s IS NULL of %s has the opposite %v", column, from, o.Negation)
					}
				}
			}
			walk(r.Reading().Statement.Root)
			if !found {
				t.Errorf("%s of %s: no IS NULL", column, from)
			}
		}
	}
}
