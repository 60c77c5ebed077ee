package ddl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// A tool's own transaction is one for SET LOCAL, until the file itself ends it.
func TestTransactionOfTheTool(t *testing.T) {
	const first = "CREATE SCHEMA side; CREATE TABLE side.a (x int); CREATE TABLE a (x int); SET search_path = side;"
	const local = "SET LOCAL search_path = public; "
	for text, refused := range map[string]string{
		local + "ALTER TABLE a ADD COLUMN y int;":                         "",
		local + "COMMIT; ALTER TABLE a ADD COLUMN y int;":                 "the search path that an earlier file set",
		"COMMIT; " + local + "ALTER TABLE a ADD COLUMN y int;":            "depends on SET LOCAL",
		"BEGIN; " + local + "ALTER TABLE a ADD COLUMN y int; COMMIT;":     "",
		"BEGIN; COMMIT; " + local + "ALTER TABLE a ADD COLUMN y int;":     "depends on SET LOCAL",
		"BEGIN; ALTER TABLE side.a ADD COLUMN y int;":                     "",
		"COMMIT; BEGIN; ALTER TABLE side.a ADD COLUMN y int;":             "the file begins a transaction and does not commit it",
		local + "SET search_path = side; ALTER TABLE a ADD COLUMN y int;": "",
	} {
		db, errs := Load([]SchemaFile{{Path: "1.sql", Text: first}, {Path: "2.sql", Text: text, InTransaction: true}})
		if got := fmt.Sprint(errs); refused == "" && len(errs) > 0 || !strings.Contains(got, refused) {
			t.Errorf("%s: %s, want %q", text, got, refused)
		}
		if on := db.Table(catalog.Name{Schema: "public", Name: "a"}); strings.HasPrefix(text, local+"ALTER") && on.Column("y") == nil {
			t.Errorf("%s: the column is not in public.a", text)
		}
		if _, errs := Load([]SchemaFile{{Path: "1.sql", Text: first}, {Path: "2.sql", Text: local + "ALTER TABLE a ADD COLUMN y int;"}}); len(errs) == 0 {
			t.Error("a file that no tool is known to run in a transaction is taken for one")
		}
	}
}

// Files need not run in one session: a name must mean the same in a new one, and a
// transaction must end where the file does.
func TestSessionOfFiles(t *testing.T) {
	const first = "CREATE SCHEMA side; CREATE TABLE side.a (x int); CREATE TABLE side.b (x int); CREATE TABLE a (x int); CREATE TABLE c (x int);"
	for _, c := range []struct{ set, second, refused string }{
		{"SET search_path = side;", "ALTER TABLE a ADD COLUMN y int;", `what "a" means depends`},
		{"SET search_path = side;", "ALTER TABLE side.a ADD COLUMN y int;", ""},
		{"SET search_path = side;", "SET search_path = side; ALTER TABLE a ADD COLUMN y int;", ""},
		{"SET search_path = side;", "RESET search_path; ALTER TABLE a ADD COLUMN y int;", ""},
		{"SET search_path = side; RESET search_path;", "ALTER TABLE a ADD COLUMN y int;", ""},
		{"SET LOCAL search_path = side;", "ALTER TABLE a ADD COLUMN y int;", ""},
		{"SELECT set_config('search_path', 'side', false);", "DROP TABLE b;", `what "b" means depends`},
		{"SET search_path = public, side;", "ALTER TABLE b ADD COLUMN y int;", `what "b" means depends`},
		{"SET search_path = public, side;", "ALTER TABLE a ADD COLUMN y int; ALTER TABLE c ADD COLUMN y int;", ""},
		{"SET search_path = side;", "CREATE TABLE d (x int);", "where this goes depends"},
		{"SET search_path = side;", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "where this goes depends"},
		{"SET search_path = public, side;", "CREATE TABLE d (x int);", ""},
		{"SET search_path = side;", "BEGIN; SET LOCAL search_path = public; COMMIT; ALTER TABLE a ADD COLUMN y int;", `what "a" means depends on the search path that an earlier`},
		{"SET search_path = side;", "BEGIN; SET LOCAL search_path = public; ALTER TABLE a ADD COLUMN y int; COMMIT;", ""},
		{"SET search_path = side;", "SET LOCAL search_path = public; ALTER TABLE a ADD COLUMN y int;", `what "a" means depends on SET LOCAL`},
		{"ALTER DATABASE d SET search_path = side, public;", "ALTER TABLE a ADD COLUMN y int;", `what "a" means depends on the search path that ALTER DATABASE`},
		{"ALTER ROLE ALL SET search_path = side, public;", "CREATE TABLE d (x int);", "where this goes depends on the search path that ALTER DATABASE or ALTER ROLE ALL"},
		{"ALTER ROLE r SET search_path = side, public;", "CREATE TABLE d (x int);", ""},
		{"ALTER DATABASE d SET search_path = side, public;", "ALTER TABLE c ADD COLUMN y int;", ""},
		{"ALTER DATABASE d SET search_path = side, public;", "SET search_path = public; ALTER TABLE a ADD COLUMN y int;", ""},
		{"ALTER DATABASE d SET search_path = side, public;", "RESET search_path; ALTER TABLE a ADD COLUMN y int;", `what "a" means depends`},
		{"ALTER DATABASE d SET search_path = side, public;", "SET search_path = side; RESET ALL; ALTER TABLE a ADD COLUMN y int;", `what "a" means depends`},
		{"ALTER DATABASE d SET search_path = side, public;", "SET search_path = side; DISCARD ALL; ALTER TABLE a ADD COLUMN y int;", `what "a" means depends`},
		{"ALTER DATABASE d SET search_path = side, public; ALTER DATABASE d RESET search_path;", "ALTER TABLE a ADD COLUMN y int;", ""},
		{"CREATE DOMAIN side.e AS int; CREATE DOMAIN e AS text; SET search_path = side;", "CREATE TABLE public.d (x e);", `what "e" means depends`},
		{"CREATE DOMAIN side.e AS int; CREATE DOMAIN e AS text; SET search_path = side;", "CREATE TABLE public.d (x side.e, y int);", ""},
		{"CREATE FUNCTION side.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'; SET search_path = side;",
			"CREATE TABLE public.d (x int DEFAULT f());", `what "f" means depends`},
		{"CREATE FUNCTION side.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'; SET search_path = side;",
			"CREATE TABLE public.d (x int DEFAULT public.f());", ""},
		{"CREATE FUNCTION side.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'; SET search_path = side;",
			"CREATE TRIGGER t BEFORE UPDATE ON public.a FOR EACH ROW EXECUTE FUNCTION f();", `what "f" means depends`},
		{"SET search_path = side;", "CREATE SCHEMA own CREATE TABLE n (x int) CREATE VIEW v AS SELECT x FROM n;", ""},
		{"SET search_path = side;", "CREATE SCHEMA own CREATE TABLE n (x int) CREATE VIEW v AS SELECT x FROM a;", `what "a" means depends`},
		{"BEGIN;", "", "the file begins a transaction"},
		{"START TRANSACTION; COMMIT AND CHAIN;", "", "the file begins a transaction"},
		{"BEGIN; COMMIT; BEGIN;", "", "the file begins a transaction"},
		{"BEGIN; COMMIT;", "BEGIN; DROP TABLE a; END;", ""},
		{"", "BEGIN; DROP TABLE a;", "the file begins a transaction"},
	} {
		_, errs := Load([]SchemaFile{{Path: "1.sql", Text: first + c.set}, {Path: "2.sql", Text: c.second}})
		if got := fmt.Sprint(errs); c.refused == "" && len(errs) > 0 || !strings.Contains(got, c.refused) {
			t.Errorf("%s / %s: %s, want %q", c.set, c.second, got, c.refused)
		}
	}
}
