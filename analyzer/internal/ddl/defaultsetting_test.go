package ddl

import "testing"

// A default means what its names meant when it was set.
func TestDefaultsThatWereShadowed(t *testing.T) {
	const path = "CREATE SCHEMA b; SET search_path = b, pg_catalog, public;"
	const table = "CREATE TABLE public.x (org_id int DEFAULT NULLIF(current_setting('app.org_id'), '')::int);"
	for sql, want := range map[string]string{
		path + table: "app.org_id",
		path + "CREATE FUNCTION b.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT $1';" + table + "ALTER FUNCTION b.current_setting(text) RENAME TO other;":                "",
		path + "CREATE FUNCTION b.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false'; CREATE OPERATOR b.= (LEFTARG = text, RIGHTARG = text, FUNCTION = b.same);" + table: "",
	} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: sql}})
		if len(errs) > 0 || db.Tables[0].Columns[0].DefaultSetting != want {
			t.Errorf("%s: %v, %q", sql, errs, db.Tables[0].Columns[0].DefaultSetting)
		}
	}
}
