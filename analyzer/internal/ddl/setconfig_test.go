package ddl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// TestSetConfigOfPath: where the next table goes, or why that is not certain.
func TestSetConfigOfPath(t *testing.T) {
	const uncertain = "set_config of search_path is followed only as"
	for set, want := range map[string]string{
		"SELECT set_config('search_path', 'side', false)":                                "side",
		"SELECT set_config('Search_Path', 'side', 'f')":                                  "side",
		"SELECT set_config('search_path'::text, 'side'::pg_catalog.text, 'false'::bool)": "side",
		"SELECT pg_catalog.set_config('search_path', '\"side\", public', false)":         "side",
		"BEGIN; SELECT set_config('search_path', 'side', true)":                          "side",
		"BEGIN; SELECT set_config('search_path', 'side', 't'::boolean); COMMIT":          "public",
		"BEGIN; SET LOCAL search_path = side":                                            "side",
		"BEGIN; SET LOCAL search_path = side; COMMIT":                                    "public",
		"SET LOCAL search_path = side; SET search_path = side":                           "side",
		"SET LOCAL search_path = side; RESET search_path":                                "public",
		"SET LOCAL search_path = public, side":                                           "public",
		"SET LOCAL search_path = side":                                                   "where this goes depends on SET LOCAL",
		"SELECT set_config('search_path', 'side', true)":                                 "where this goes depends on SET LOCAL",
		"SET search_path = side; SET LOCAL search_path = public":                         "where this goes depends on SET LOCAL",
		"SELECT set_config('search_path', 'side', 1 > 0)":                                uncertain,
		"SELECT set_config('search_path', 'side', 'yes'::bool)":                          uncertain,
		"SELECT set_config('search_path', 'side', 't'::bool[])":                          uncertain,
		"SELECT set_config('search_path', concat('side'), false)":                        uncertain,
		"SELECT set_config('search_path', 'side', false) LIMIT 0":                        uncertain,
		"SELECT set_config('search_path', 'side', false) OFFSET 1":                       uncertain,
		"SELECT set_config('search_path', 'side', false) WHERE false":                    uncertain,
		"SELECT set_config('search_path', 'side', false) HAVING false":                   uncertain,
		"SELECT set_config('search_path', 'side', false), 1":                             uncertain,
		"SELECT set_config('search_path', 'side', false) UNION SELECT 'x'":               uncertain,
		"WITH x AS (SELECT 1) SELECT set_config('search_path', 'side', false)":           uncertain,
		"CREATE FUNCTION side.set_config(text, text, bool) RETURNS text LANGUAGE sql AS 'SELECT $1'; SELECT side.set_config('search_path', 'side', false)": "public",
	} {
		db, errs := Load([]SchemaFile{{Path: "1.sql", Text: "CREATE SCHEMA side; " + set + "; CREATE TABLE made (x int);" + strings.Repeat("COMMIT;", strings.Count(set, "BEGIN")-strings.Count(set, "COMMIT"))}})
		in := ""
		for _, s := range []string{"side", "public"} {
			if db.Table(catalog.Name{Schema: s, Name: "made"}) != nil {
				in += s
			}
		}
		if got := fmt.Sprint(errs); len(errs) == 0 && in != want || len(errs) > 0 && !strings.Contains(got, want) {
			t.Errorf("%s: in %s, %s, want %s", set, in, got, want)
		}
	}
}
