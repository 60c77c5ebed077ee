package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// TestPrintedText: what sqlc would print as code is refused with its line, whatever the
// verdict of the query and whoever declares it; what is text stays.
func TestPrintedText(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: `CREATE TABLE notes (org_id uuid NOT NULL, id int NOT NULL, body text); CREATE TABLE plans (id int);`}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	a := analyzer.New(db, own, nil)
	const scoped = "SELECT id FROM notes WHERE org_id = @org_id"
	for text, want := range map[string]int{ // the line that is refused, 0 for none
		"-- name: Q :many\n--go:generate touch x\n" + scoped:                                                         2,
		"-- name: Q :many\n--go:generate touch x\nSELECT id FROM plans":                                              2,
		"-- name: Q :many\n-- tenantgen:cross-tenant admin they ask\n--go:generate touch x\nSELECT id FROM notes":    3,
		"-- name: Q :many\n--line /etc/passwd:1\n" + scoped:                                                          2,
		"-- name: Q :many\n--export F\n" + scoped:                                                                    2,
		"-- name: Q :many\n--go:linkname a b\n" + scoped:                                                             2,
		"-- name: Q :many\n-- +build x\n" + scoped:                                                                   2,
		"-- name: Q :many\n/*go:generate touch x*/\n" + scoped:                                                       2,
		"-- name: Q :many\n/*go:generate touch x\n*/\n" + scoped:                                                     2,
		"/*go:generate x*/\n-- name: Q :many\n" + scoped:                                                             1,
		"-- name: Q :many\n" + scoped + "\n--go:generate touch x\n":                                                  3,
		"-- name: Q :many\n" + scoped + " AND body <> '\n//go:generate touch x\n'":                                   3,
		"-- name: Q :many\n" + scoped + " /*\n//go:generate touch x\n*/":                                             3,
		"-- name: Q :many\nSELECT id AS \"a`b\" FROM notes WHERE org_id = @org_id":                                   2,
		"-- name: Q :many\nSELECT id AS \"a\nb\" FROM notes WHERE org_id = @org_id":                                  2,
		"-- name: Q :many\nSELECT id AS \"a\u202eb\" FROM notes WHERE org_id = @org_id":                              2,
		"-- name: Q :many\nSELECT id AS U&\"a\\000ab\" FROM notes WHERE org_id = @org_id":                            2,
		"-- name: Q :many\nSELECT id FROM notes WHERE org_id = @org_id AND body = sqlc.arg('a`b')":                   2,
		"-- name: Q :many\n-- \u2066turned\n" + scoped:                                                               2,
		"-- name: Q :many\n-- a\x1b[2J\n" + scoped:                                                                   2,
		"-- name: Q :many\n" + scoped + " AND body = '\u202e'":                                                       2,
		"-- name: Q :many\n-- go:generate is text\n-- see: this\n--nolint:sqlc\n--note\n" + scoped:                   0,
		"-- name: Q :many\n-- 👩\u200d💻 \u200fعربي\tÄ %s {{ */ ` \" $$\r\n" + scoped + " AND body = '`\"\\ $$ //go:'": 0,
		"-- name: Q :many\nSELECT id AS \"Ä b-c %s {{ $1 */\" FROM notes WHERE org_id = @org_id":                     0,
	} {
		for _, r := range a.File("q.sql", text+";\n") {
			found := 0
			for _, d := range r.Diagnostics {
				if d.Rule == "printed-text" {
					found = d.Line
				}
			}
			if refused := r.Verdict == analyzer.Rejected; found != want || refused != (want > 0) {
				t.Errorf("%q: line %d, %s, %+v; want line %d", text, found, r.Verdict, r.Diagnostics, want)
			}
		}
	}
}

func TestUnprintableName(t *testing.T) {
	for text, want := range map[string]bool{
		"CREATE TYPE s AS ENUM ('a\"b');": true, `CREATE TYPE s AS ENUM ('a\b');`: true, "CREATE TYPE s AS ENUM ('a\nb');": true,
		"CREATE TYPE s AS ENUM (E'a\\nb');": true, "CREATE TYPE s AS ENUM ('a'); ALTER TYPE s ADD VALUE 'x\"';": true, "CREATE TYPE s AS ENUM ('a\u2066');": true,
		"CREATE TYPE s AS ENUM ('a'); ALTER TYPE s RENAME VALUE 'a' TO 'x\"';": true,
		"CREATE TABLE \"a`b\" (c int);":                                        true, "CREATE TABLE a (\"b`c\" int);": true, "CREATE TABLE a (\"b\nc\" int);": true, "CREATE TABLE \"a\u200bb\" (c int);": true,
		"CREATE TABLE a (c int); CREATE VIEW v AS SELECT c AS \"x`y\" FROM a;": true, "CREATE TABLE U&\"a\\000a\" (c int);": true,
		"CREATE TABLE a (c int); COMMENT ON TABLE a IS U&'x\\202ey';":    true,
		"CREATE TABLE \"a\tb\" (c int);":                                 true,
		"CREATE TABLE a (\"b\"\"c\" int);":                               true,
		"CREATE TABLE a (c int); COMMENT ON TABLE a IS '+build ignore';": true, "CREATE TABLE a (c int); COMMENT ON COLUMN a.c IS $x$a\n +build b$x$;": true,
		"CREATE TABLE a (c int); COMMENT ON TABLE a IS E'a\\n+build b';": true,
		"CREATE ROLE \"a\x1bb\";": true, "CREATE TABLE a (c int CONSTRAINT \"x\ny\" CHECK (c > 0));": true, "CREATE SCHEMA \"a\rb\";": true,
		"CREATE TABLE a (c int); COMMENT ON TABLE a IS 'x\u202ey';": true, "CREATE TABLE a (c int); COMMENT ON COLUMN a.c IS E'x\\u202ey';": true,
		"CREATE TABLE a (c int); COMMENT ON TABLE a IS $$x\ufeffy$$;": true,

		"CREATE TYPE s AS ENUM ('a b', 'ä', '👩\u200d💻', '`', 'x''y', '*/', '$$', '%s', '{{', '//go:generate x');": false,
		"CREATE TABLE \"Ä b\" (\"c-d %s {{\" int); INSERT INTO \"Ä b\" VALUES (1); -- ` \"\n":                     false,
		"CREATE TABLE a (c text DEFAULT '`\n\"'); COMMENT ON TABLE a IS 'go:generate\nline 2 ` a +build b';":      false,
		"CREATE TABLE a (c int); INSERT INTO a SELECT length('\u202e\x01');":                                      false,
		"CREATE TABLE a (c int); COMMENT ON TABLE a IS E'it\\'s \\n \\\\ ';":                                      false,
	} {
		_, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: "SELECT 1;\n" + text}})
		found := false
		for _, d := range ds {
			found = found || d.Rule == "unprintable-name" && d.Line >= 2 && d.File == "s.sql" && d.Hint != "" && !strings.Contains(d.Message, "\n")
		}
		if found != want {
			t.Errorf("%q: got %+v, want %v", text, ds, want)
		}
	}
}
