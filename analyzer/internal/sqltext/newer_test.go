package sqltext

import (
	"strings"
	"testing"
)

// TestNewer holds that statements which newer servers take are told from mistakes.
func TestNewer(t *testing.T) {
	for sql, want := range map[string]string{
		"MERGE INTO n USING s ON n.id = s.id WHEN MATCHED THEN DELETE RETURNING n.id":                              "MERGE … RETURNING came with PostgreSQL 17",
		"MERGE INTO n USING s ON n.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE":                               "MATCHED BY SOURCE came with PostgreSQL 17",
		"ALTER TABLE n ALTER COLUMN g SET EXPRESSION AS (n + 1)":                                                   "SET EXPRESSION came with PostgreSQL 17",
		"SELECT * FROM JSON_TABLE('[1]'::jsonb, '$[*]' COLUMNS (a int PATH '$'))":                                  "JSON_TABLE came with PostgreSQL 17",
		"SELECT JSON_VALUE(doc, '$.a' RETURNING int) FROM n":                                                       "JSON_VALUE … RETURNING came with PostgreSQL 17",
		"SELECT JSON_QUERY(doc, '$.a' WITH WRAPPER) FROM n":                                                        "JSON_QUERY … WITH WRAPPER came with PostgreSQL 17",
		"SELECT JSON_EXISTS(doc, '$.a ? (@ > $x)' PASSING 1 AS x) FROM n":                                          "JSON_EXISTS … PASSING came with PostgreSQL 17",
		"CREATE TABLE n (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)":                                        "virtual generated columns came with PostgreSQL 18",
		"CREATE TABLE n (a int CHECK (a > 0) NOT ENFORCED)":                                                        "NOT ENFORCED came with PostgreSQL 18",
		"CREATE TABLE n (id int, valid tstzrange, PRIMARY KEY (id, valid WITHOUT OVERLAPS))":                       "WITHOUT OVERLAPS came with PostgreSQL 18",
		"CREATE TABLE n (id int, valid tstzrange, FOREIGN KEY (id, PERIOD valid) REFERENCES m (id, PERIOD valid))": "PERIOD came with PostgreSQL 18",
		"UPDATE n SET a = 1 RETURNING WITH (OLD AS o) o.a":                                                         "RETURNING WITH (OLD AS …) came with PostgreSQL 18",
		"ALTER TABLE n ADD CONSTRAINT a_set NOT NULL a":                                                            "named NOT NULL constraints of a table came with PostgreSQL 18",
		"CREATE TABLE n (a int, CONSTRAINT a_set NOT NULL a)":                                                      "named NOT NULL constraints of a table came with PostgreSQL 18",
		"ALTER TABLE n ADD NOT NULL a":                                                                             "NOT NULL constraints of a table came with PostgreSQL 18",
		"ALTER TABLE n ALTER CONSTRAINT c INHERIT":                                                                 "ALTER CONSTRAINT … INHERIT came with PostgreSQL 18",
		"CREATE TABLE n (a int, b int GENERATED ALWAYS AS (a + 1))":                                                "which are virtual, came with PostgreSQL 18",
		"CREATE TABLE n (b int GENERATED ALWAYS AS (a + 1), a int)":                                                "which are virtual, came with PostgreSQL 18",
		"VACUUM ONLY n":                                    "VACUUM ONLY came with PostgreSQL 18",
		"ANALYZE ONLY n":                                   "ANALYZE ONLY came with PostgreSQL 18",
		"SELECT now() AT LOCAL":                            "AT LOCAL came with PostgreSQL 17",
		"ALTER TABLE n SET ACCESS METHOD DEFAULT":          "SET ACCESS METHOD DEFAULT came with PostgreSQL 17",
		"SELECT JSON_SERIALIZE(doc RETURNING text) FROM n": "JSON_SERIALIZE came with PostgreSQL 17",
		"SELECT JSON('{}' WITH UNIQUE KEYS)":               "JSON() came with PostgreSQL 17",
		"SELEC 1":                                          "", "SELECT FROM FROM MERGE": "", "SELECT 1 FROM WHERE": "", "UPDATE n SET a = 1 RETURNING": "", "INSERT INTO n VALUES (1) RETURNING RETURNING": "",
	} {
		units := Split(sql + ";")
		if len(units) != 1 || units[0].Err == nil {
			t.Errorf("%s: is parsed", sql)
		} else if got := units[0].Err.Hint; !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %q, want %q (at %d)", sql, got, want, units[0].Err.Offset)
		}
	}
}
