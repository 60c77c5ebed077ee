package ddl

import (
	"fmt"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// TestPredicates holds what is known of the predicates of unique indexes, "" for nothing.
func TestPredicates(t *testing.T) {
	const tables = `CREATE TYPE phase AS ENUM ('open', 'done'); CREATE DOMAIN short AS varchar(3); CREATE COLLATION ci (provider = icu, locale = 'und', deterministic = false);
		CREATE TABLE t (k int, gone date, live bool, n int, s text, p phase, v varchar(9));
		`
	for predicate, want := range map[string]string{
		"gone IS NULL":                        "gone 0 ",
		"gone IS NOT NULL AND live":           "gone 1 |live 2 true",
		"NOT live":                            "live 2 false",
		"live IS TRUE":                        "live 2 true",
		"live IS FALSE":                       "live 2 false",
		"live = true AND (n = 1 AND s = 'a')": "live 2 true|n 2 1|s 2 a",
		"live = false":                        "live 2 false",
		"p = 'open'":                          "p 2 open",
		"p = 'open'::phase":                   "p 2 open",
		"((v)::text = 'a'::text)":             "v 2 a",
		"s = 'it''s'::pg_catalog.varchar":     "s 2 it's",
		"live IS NOT TRUE":                    "",
		"live IS NOT FALSE":                   "",
		"live IS UNKNOWN":                     "",
		"gone IS NULL OR live":                "",
		"NOT (gone IS NULL)":                  "",
		"(k + n) IS NULL":                     "",
		"t.gone IS NULL":                      "",
		"s <> 'a'":                            "",
		"s = n::text":                         "",
		"s = 'abcd'::short":                   "",
		"s = 'abcd'::varchar(3)":              "",
		"s = 'a' COLLATE \"ci\"":              "",
		"s IN ('a', 'b')":                     "",
		"s IN ('a')":                          "",
		"s IS NOT DISTINCT FROM 'a'":          "",
		"lower(s) = 'a'":                      "",
		"'a' = s":                             "",
		"s OPERATOR(pg_catalog.=) 'a'":        "",
		"n = 1.5":                             "",
		"gone IS NULL AND s LIKE 'a'":         "",
		"s = NULL":                            "",
		"t IS NULL":                           "t 0 ",
		"s::short = 'a'":                      "",
		"gone IS NULL AND gone IS NULL AND live = 't'": "gone 0 |gone 0 |live 2 t",
	} {
		predicateIs(t, tables+"CREATE UNIQUE INDEX i ON t (k) WHERE "+predicate, want)
	}
	for ddl, want := range map[string]string{
		"CREATE UNIQUE INDEX i ON t (k) WHERE gone IS NULL AND live; ALTER TABLE t RENAME gone TO deleted":                                                               "deleted 0 |live 2 true",
		"CREATE UNIQUE INDEX i ON t (k) WHERE p = 'open' AND s = 'open'; ALTER TYPE phase RENAME VALUE 'open' TO 'shut'; ALTER TYPE phase RENAME VALUE 'done' TO 'open'": "p 2 shut|s 2 open",
		"CREATE DOMAIN d AS phase; ALTER TABLE t ADD e d; CREATE UNIQUE INDEX i ON t (k) WHERE e = 'open'; ALTER TYPE phase RENAME VALUE 'open' TO 'shut'":               "e 2 shut",
		"CREATE UNIQUE INDEX i ON t (k)": "",
		"CREATE UNIQUE INDEX i ON t (k) WHERE gone IS NULL; CREATE CAST (text AS phase) WITH INOUT AS IMPLICIT":                                                                                        "",
		"CREATE UNIQUE INDEX i ON t (k) WHERE gone IS NULL; CREATE FUNCTION f(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR = (LEFTARG = int, RIGHTARG = text, FUNCTION = f)": "",
	} {
		predicateIs(t, tables+ddl, want)
	}
}

func predicateIs(t *testing.T, ddl, want string) {
	t.Helper()
	db, errs := Load([]SchemaFile{{Path: "s.sql", Text: ddl}})
	if len(errs) > 0 {
		t.Errorf("%s: %v", ddl, errs[0].Message)
		return
	}
	got := ""
	for _, k := range db.Table(catalog.Name{Schema: "public", Name: "t"}).Keys {
		for i, test := range k.Where {
			if i > 0 {
				got += "|"
			}
			got += fmt.Sprintf("%s %d %s", test.Column, test.Kind, test.Value)
		}
	}
	if got != want {
		t.Errorf("%s\nis known as %q, want %q", ddl, got, want)
	}
}

// A partition's own index says what its table's says.
func TestPredicateOfPartition(t *testing.T) {
	db, _ := Load([]SchemaFile{{Path: "s.sql", Text: `CREATE TABLE t (k int, gone date) PARTITION BY LIST (k); CREATE TABLE t1 PARTITION OF t DEFAULT;
		CREATE UNIQUE INDEX i ON t (k) WHERE gone IS NULL; ALTER TABLE t RENAME gone TO deleted;`}})
	for _, tbl := range db.Tables {
		if len(tbl.Keys) != 1 || len(tbl.Keys[0].Where) != 1 || tbl.Keys[0].Where[0].Column != "deleted" {
			t.Errorf("%s: %+v", tbl.Name, tbl.Keys)
		}
	}
}
