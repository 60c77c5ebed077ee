package ddl

import (
	"fmt"
	"strings"
	"testing"
)

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
