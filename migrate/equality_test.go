package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/migrate"
)

// An operator = of the schema's own would decide whose a row is: on a server, this one lets
// every tenant read every row.
func TestOwnEquality(t *testing.T) {
	const (
		function = "CREATE FUNCTION any_of(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true';\n"
		table    = "CREATE TABLE notes (id text PRIMARY KEY, org_id varchar NOT NULL);\n"
	)
	for sql, refused := range map[string]bool{
		"CREATE OPERATOR = (FUNCTION = any_of, LEFTARG = varchar, RIGHTARG = varchar);":                                                              true,
		"CREATE OPERATOR public.= (FUNCTION = any_of, LEFTARG = varchar, RIGHTARG = varchar);":                                                       true,
		"CREATE SCHEMA own; SET search_path = own, public; CREATE OPERATOR own.= (FUNCTION = public.any_of, LEFTARG = varchar, RIGHTARG = varchar);": true,
		"CREATE SCHEMA own; CREATE OPERATOR own.= (FUNCTION = any_of, LEFTARG = varchar, RIGHTARG = varchar);":                                       false,
		"CREATE OPERATOR === (FUNCTION = any_of, LEFTARG = varchar, RIGHTARG = varchar);":                                                            false,
	} {
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: table + function + sql}})
		if len(ds) > 0 {
			t.Fatalf("%s: %+v", sql, ds)
		}
		_, err := migrate.Plan(db, wants(bySetting, column("notes", "org_id"))(db))
		if got := err != nil && strings.Contains(err.Error(), "policies would compare by the operator = that is declared at schema.sql:3"); got != refused || err != nil && !got {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
