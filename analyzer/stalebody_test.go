package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// A body whose names were resolved before other DDL is refused for that.
func TestStaleBody(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE TABLE notes (org_id int NOT NULL);
		CREATE FUNCTION counted(o int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM notes WHERE org_id = o; END;
		ALTER TABLE notes RENAME TO cards;`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	r := analyzer.New(db, own, nil).File("queries.sql", "-- name: Q :one\nSELECT counted(@org_id);")[0]
	if len(r.Diagnostics) != 1 || !strings.Contains(r.Diagnostics[0].Message, "DDL behind it may have changed what its text means") {
		t.Error(r.Diagnostics)
	}
}
