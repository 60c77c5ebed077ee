package ddl

import (
	"strings"
	"testing"
)

const readingSchema = `CREATE TABLE a (id int); CREATE VIEW constraints AS SELECT * FROM pg_constraint; CREATE VIEW more AS SELECT * FROM constraints;
CREATE TABLE pg_things (id int); CREATE SCHEMA app; CREATE TABLE app.pg_rows (id int); CREATE VIEW things AS SELECT * FROM a;
`

// What changes how the rest of a file is read, or the catalogs past DDL, is refused by
// whatever way it is written.
func TestUncertainReading(t *testing.T) {
	for ddl, want := range map[string]string{
		"SET standard_conforming_strings = off":                         "standard_conforming_strings must be on",
		"SET LOCAL standard_conforming_strings TO 'off'":                "standard_conforming_strings must be on",
		`SET SESSION "Standard_Conforming_Strings" = 0`:                 "standard_conforming_strings must be on",
		"SET escape_string_warning = off":                               "escape_string_warning must be on",
		"SET backslash_quote = on":                                      "backslash_quote must be safe_encoding",
		"SET client_encoding = 'SJIS'":                                  "client_encoding must be utf8",
		"SET NAMES 'LATIN1'":                                            "client_encoding must be utf8",
		"SET transform_null_equals = on":                                "transform_null_equals must be off",
		"SET allow_system_table_mods = on":                              "allow_system_table_mods must be off",
		"ALTER ROLE app SET standard_conforming_strings = off":          "standard_conforming_strings must be on",
		"ALTER ROLE ALL SET client_encoding = 'SJIS'":                   "client_encoding must be utf8",
		"ALTER DATABASE d SET backslash_quote = 'on'":                   "backslash_quote must be",
		"ALTER DATABASE d SET standard_conforming_strings FROM CURRENT": "standard_conforming_strings must be on",
		"ALTER SYSTEM SET standard_conforming_strings = off":            "standard_conforming_strings must be on",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET standard_conforming_strings = off AS 'SELECT 1'":                         "standard_conforming_strings must be on",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() SET client_encoding = 'SJIS'":              "client_encoding must be utf8",
		"SELECT set_config('standard_conforming_strings', 'off', false)":                                                           "standard_conforming_strings must be on",
		"SELECT 1, pg_catalog.set_config('Standard_Conforming_Strings', 'o' || 'ff', false)":                                       "standard_conforming_strings must be on",
		"SELECT set_config('stan' || 'dard_conforming_strings', 'off', false)":                                                     "set_config of a setting that is not a constant",
		"SELECT set_config(setting_name => 'x', new_value => 'y', is_local => false)":                                              "set_config of a setting that is not a constant",
		"SELECT set_config('row_security', id::text, false) FROM a":                                                                "set_config with a value that is not a constant",
		"SELECT set_config('search_path', current_user, false)":                                                                    "set_config of search_path is followed only",
		"SELECT 1, set_config('search_path', 'app', false)":                                                                        "set_config of search_path is followed only",
		"INSERT INTO a SELECT length(set_config('search_path', 'app', false))":                                                     "set_config of search_path is followed only",
		"CREATE TABLE b (x text DEFAULT set_config('search_path', 'app', false))":                                                  "set_config of search_path is followed only",
		"DO $$ BEGIN SET standard_conforming_strings = off; END $$":                                                                "standard_conforming_strings must be on",
		"DO $$ BEGIN EXECUTE 'SET NAMES LATIN1'; END $$":                                                                           "client_encoding must be utf8",
		"DO $$ BEGIN PERFORM set_config(x, 'off', false) FROM y; END $$":                                                           "set_config of a setting that is not a constant",
		"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('backslash_quote', 'on', false); END $$": "backslash_quote must be",
		"UPDATE pg_index SET indisunique = false":                                                                                  "a write to pg_index",
		"DELETE FROM pg_catalog.pg_constraint":                                                                                     "a write to pg_constraint",
		"INSERT INTO pg_depend SELECT 1":                                                                                           "a write to pg_depend",
		"MERGE INTO pg_class c USING a ON true WHEN MATCHED THEN DELETE":                                                           "a write to pg_class",
		"WITH u AS (UPDATE pg_policy SET polpermissive = true RETURNING 1) SELECT 1 FROM u":                                        "a write to pg_policy",
		"CREATE TABLE b AS WITH u AS (DELETE FROM pg_policy RETURNING 1) SELECT 1 FROM u":                                          "a write to pg_policy",
		"COPY pg_class FROM '/tmp/x'":                                                                                              "a write to pg_class",
		"UPDATE information_schema.sql_features SET feature_id = ''":                                                               "a write to sql_features",
		"ALTER TABLE pg_catalog.pg_class ADD COLUMN x int":                                                                         "a write to pg_class",
		"UPDATE constraints SET convalidated = true":                                                                               "a write to constraints",
		"DELETE FROM more":            "a write to more",
		"UPDATE pg_things SET id = 1": "a write to pg_things",
		"DO $$ BEGIN UPDATE pg_catalog.pg_index SET indisunique = false; END $$":            "a write to pg_catalog",
		"DO $$ BEGIN DELETE FROM pg_constraint; END $$":                                     "a write to pg_catalog",
		"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO pg_depend SELECT 1'": "a write to pg_catalog",
	} {
		_, errs := Load([]SchemaFile{{Path: "a.sql", Text: readingSchema + ddl + ";"}})
		if len(errs) == 0 || !strings.HasPrefix(errs[0].Message, want) || errs[0].Line < 3 {
			t.Errorf("%s\n\tgot %v, want %q", ddl, errs, want)
		}
	}
}

// What pg_dump and ordinary migrations write stays.
func TestCertainReading(t *testing.T) {
	for _, ddl := range []string{
		"SET standard_conforming_strings = on", "SET client_encoding = 'UTF8'", "SET client_encoding TO 'utf-8'", "SET NAMES 'UTF8'", "RESET standard_conforming_strings", "SET backslash_quote TO DEFAULT",
		"SELECT pg_catalog.set_config('search_path', '', false)", "SELECT set_config('app.org_id', id::text, false) FROM a", "SELECT set_config('lock_timeout', '1s', false)",
		"UPDATE app.pg_rows SET id = 1", "UPDATE things SET id = 1", "ALTER TABLE pg_things ADD COLUMN x int", "COPY pg_class TO '/tmp/x'", "INSERT INTO a SELECT count(*) FROM pg_class",
		"DO $$ BEGIN PERFORM 1 FROM pg_constraint; PERFORM set_config('app.org_id', '1', false); END $$",
		"CREATE FUNCTION f(s text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('app.org_id', s, true); END $$",
		"-- tenantgen:ddl it sets a fill factor\nUPDATE pg_class SET reloptions = NULL",
	} {
		if _, errs := Load([]SchemaFile{{Path: "a.sql", Text: readingSchema + ddl + ";"}}); len(errs) > 0 {
			t.Errorf("%s: %v", ddl, errs)
		}
	}
}
