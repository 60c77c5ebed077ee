package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// On Citus a policy sees the row alone: one that does not name a tenant that is set would be
// everybody's of that level.
func TestLevelsOnCitusAreInTheRow(t *testing.T) {
	const schema = `CREATE TABLE whole (firm_id int NOT NULL, plant_id int NOT NULL, line_id int NOT NULL);
		CREATE TABLE maybe (firm_id int, plant_id int NOT NULL, line_id int NOT NULL);
		CREATE TABLE skips (firm_id int NOT NULL, line_id int NOT NULL);
		CREATE TABLE inner_only (line_id int NOT NULL);
		CREATE TABLE firms (firm_id int NOT NULL);`
	for table, want := range map[string][]string{"whole": nil, "firms": nil, "maybe": {"app.firm_id"}, "skips": {"app.plant_id"}, "inner_only": {"app.firm_id", "app.plant_id"}} {
		for _, citus := range []bool{true, false} {
			db := catalogOf(t, schema)
			target := migrate.Target{Table: find(db, table), Column: "line_id", Setting: "app.line_id"}
			for _, column := range []string{"firm_id", "plant_id"} {
				level := migrate.Outer{Setting: "app." + column}
				if target.Table.Column(column) != nil {
					level.Column = column
				}
				target.Outer = append(target.Outer, level)
			}
			if table == "firms" {
				target.Column, target.Setting, target.Outer = "firm_id", "app.firm_id", nil
			}
			_, err := migrate.Plan(db, migrate.Wanted{Targets: []migrate.Target{target}, Source: migrate.Source{Setting: "app.line_id"}, Citus: citus})
			var text string
			if err != nil {
				text = err.Error()
			}
			if got := strings.Count(text, "Citus refuses the sub-select"); !citus && err != nil || citus && got != len(want) {
				t.Errorf("%s, citus %v: %v", table, citus, err)
			}
			for _, setting := range want {
				if citus && !strings.Contains(text, "table "+table+": Citus refuses the sub-select by which a policy finds the tenant of "+setting+" ") {
					t.Errorf("%s: nothing is said of %s: %v", table, setting, err)
				}
			}
		}
	}
}

func catalogOf(t *testing.T, schema string) *catalog.Database {
	t.Helper()
	db, errs := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return db
}
