package ddl

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// What DROP … CASCADE may have taken of a table leaves nothing of its keys to rest on; what it surely takes goes.
func TestCascade(t *testing.T) {
	const low = "CREATE FUNCTION low(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE TABLE t (id text, g text GENERATED ALWAYS AS (low(id)) STORED); CREATE UNIQUE INDEX k ON t (id) INCLUDE (g);"
	for _, c := range []struct{ name, ddl, want string }{
		{"nothing", "CREATE TABLE t (id int UNIQUE); CREATE TABLE u (id int); DROP TABLE u CASCADE", "id"},
		{"a collation", "CREATE TABLE t (id int UNIQUE); DROP COLLATION c CASCADE", "unsure"},
		{"a collation alone", "CREATE TABLE t (id int UNIQUE); DROP COLLATION c", "id"},
		{"later tables", "DROP COLLATION c CASCADE; CREATE TABLE t (id int UNIQUE)", "id"},
		{"what inherits", "CREATE TABLE o (id int) PARTITION BY LIST (id); CREATE TABLE t PARTITION OF o DEFAULT; ALTER TABLE t ADD UNIQUE (id); DROP CAST (text AS int) CASCADE", "unsure"},
		{"statistics", "CREATE TABLE t (id int UNIQUE); DROP STATISTICS IF EXISTS s CASCADE", "id"},
		{"an operator", "CREATE TABLE t (id int UNIQUE); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); DROP OPERATOR === (int, int) CASCADE", "unsure"},
		{"no operator", "CREATE TABLE t (id int UNIQUE); DROP OPERATOR IF EXISTS === (int, int) CASCADE", "id"},
		{"an extension", "CREATE EXTENSION citext; CREATE TABLE t (id int, c citext, UNIQUE (id)); DROP EXTENSION citext CASCADE", "unsure"},
		{"an extension in parts", "CREATE EXTENSION citext; CREATE TYPE pair AS (a citext); CREATE TABLE t (id int, c pair, UNIQUE (id)); DROP EXTENSION citext CASCADE", "unsure"},
		{"an extension in a row", "CREATE EXTENSION citext; CREATE TABLE u (c citext); CREATE TABLE t (id int UNIQUE, u u); DROP EXTENSION citext CASCADE", "unsure"},
		{"an extension in an expression", "CREATE EXTENSION x; CREATE TABLE t (id int UNIQUE, g int GENERATED ALWAYS AS (id + 1) STORED); DROP EXTENSION x CASCADE", "unsure"},
		{"an extension in an index", "CREATE EXTENSION x; CREATE TABLE t (id int UNIQUE); CREATE UNIQUE INDEX ON t (id) WHERE id > 0; DROP EXTENSION x CASCADE", "unsure"},
		{"an extension elsewhere", "CREATE EXTENSION citext; CREATE TABLE t (id int UNIQUE, e bool); CREATE UNIQUE INDEX ON t (id) WHERE e; CREATE TABLE u (c citext); DROP EXTENSION citext CASCADE", "id, id"},
		{"an index of an extension", "CREATE EXTENSION x; CREATE TABLE t (id int); CREATE UNIQUE INDEX k ON t (id); ALTER INDEX k DEPENDS ON EXTENSION x; DROP EXTENSION x", "unsure"},
		{"an index of another", "CREATE EXTENSION x; CREATE EXTENSION y; CREATE TABLE t (id int); CREATE UNIQUE INDEX k ON t (id); ALTER INDEX k DEPENDS ON EXTENSION x; DROP EXTENSION y", "id"},
		{"a type given to an extension", "CREATE EXTENSION x; CREATE DOMAIN d AS int; CREATE TABLE t (id int UNIQUE, d d); ALTER EXTENSION x ADD DOMAIN d; DROP EXTENSION x CASCADE", "unsure"},
		{"an extension alone", "CREATE EXTENSION citext; CREATE TABLE t (id int UNIQUE, g int GENERATED ALWAYS AS (id + 1) STORED); DROP EXTENSION citext", "id"},
		{"no extension", "CREATE TABLE t (id int UNIQUE, g int GENERATED ALWAYS AS (id + 1) STORED); DROP EXTENSION IF EXISTS x CASCADE", "id"},
		{"the schema of an extension", "CREATE SCHEMA s; CREATE EXTENSION citext SCHEMA s; CREATE TABLE t (id int UNIQUE, c s.citext); DROP SCHEMA s CASCADE", "unsure"},
		{"one that the path chose", "CREATE SCHEMA s; SET search_path = s; CREATE EXTENSION citext; SET search_path = public; CREATE TABLE t (id int UNIQUE, c s.citext); DROP SCHEMA s CASCADE", "unsure"},
		{"one where it was moved", "CREATE SCHEMA s; CREATE EXTENSION citext; ALTER EXTENSION citext SET SCHEMA s; CREATE TABLE t (id int UNIQUE, c s.citext); DROP SCHEMA s CASCADE", "unsure"},
		{"one of another name", "CREATE SCHEMA s; CREATE EXTENSION citext SCHEMA s; CREATE TABLE t (id int UNIQUE, c s.citext); ALTER SCHEMA s RENAME TO r; DROP SCHEMA r CASCADE", "unsure"},
		{"one of the extension's name", "CREATE SCHEMA citext; CREATE EXTENSION citext; CREATE TABLE t (id int UNIQUE, c citext.citext); DROP SCHEMA citext CASCADE", "unsure"},
		{"a schema without", "CREATE SCHEMA s; CREATE EXTENSION citext; CREATE TABLE t (id int UNIQUE, c citext); DROP SCHEMA s CASCADE", "id"},
		{"a schema with a collation", "CREATE SCHEMA s; CREATE COLLATION s.c FROM \"C\"; CREATE TABLE t (id int UNIQUE); DROP SCHEMA s CASCADE", "unsure"},
		{"a collation moved there", "CREATE SCHEMA s; CREATE COLLATION c FROM \"C\"; ALTER COLLATION c SET SCHEMA s; CREATE TABLE t (id int UNIQUE); DROP SCHEMA s CASCADE", "unsure"},
		{"a schema with a configuration", "CREATE SCHEMA s; CREATE TEXT SEARCH CONFIGURATION s.c (COPY = simple); CREATE TABLE t (id int UNIQUE); ALTER SCHEMA s RENAME TO r; DROP SCHEMA r CASCADE", "unsure"},
		{"a schema with an operator class", "CREATE SCHEMA s; CREATE OPERATOR CLASS s.c FOR TYPE int USING btree AS OPERATOR 1 <; CREATE TABLE t (id int UNIQUE); DROP SCHEMA s CASCADE", "unsure"},
		{"a schema with an operator", "CREATE SCHEMA s; CREATE OPERATOR s.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); CREATE TABLE t (id int UNIQUE); DROP SCHEMA s CASCADE", "unsure"},
		{"a type", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id int UNIQUE, e e); CREATE UNIQUE INDEX ON t (id) INCLUDE (e); DROP TYPE e CASCADE", "id"},
		{"a type in domains", "CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS e; CREATE DOMAIN f AS d; CREATE TABLE t (id int, f f); CREATE UNIQUE INDEX ON t (id) INCLUDE (f); DROP TYPE e CASCADE", ""},
		{"a type in an index", "CREATE DOMAIN d AS int; CREATE TABLE t (id int, n int); CREATE UNIQUE INDEX ON t (id) WHERE n = 1::d; CREATE UNIQUE INDEX ON t (n); DROP DOMAIN d CASCADE", "n"},
		{"an attribute", "CREATE TYPE e AS ENUM ('a'); CREATE TYPE p AS (id int, e e); CREATE TABLE t OF p; CREATE UNIQUE INDEX ON t (id) INCLUDE (e); DROP TYPE e CASCADE", ""},
		{"an attribute in an expression", "CREATE TYPE p AS (a int, b int); CREATE FUNCTION f(p p) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT (p).b; END; CREATE TABLE t (id int, p p, g int GENERATED ALWAYS AS (f(p)) STORED); CREATE UNIQUE INDEX ON t (id) INCLUDE (g); ALTER TYPE p DROP ATTRIBUTE b CASCADE", "unsure"},
		{"a row of a view", "CREATE TABLE t (id int); CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT a FROM v; ALTER TABLE t ADD COLUMN w w; CREATE UNIQUE INDEX ON t (id) INCLUDE (w); DROP VIEW v CASCADE", ""},
		{"a function", low + "DROP FUNCTION low CASCADE", ""},
		{"one of several", low + "CREATE FUNCTION low(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT '''''; DROP FUNCTION low(int) CASCADE", "unsure"},
		{"what a body calls", "CREATE FUNCTION one(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'; " + strings.Replace(low, "AS 'SELECT $1'", "BEGIN ATOMIC SELECT one($1); END", 1) + "DROP FUNCTION one CASCADE", ""},
		{"what a body may call", "CREATE FUNCTION one(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE FUNCTION one(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT '''''; " + strings.Replace(low, "AS 'SELECT $1'", "BEGIN ATOMIC SELECT one($1); END", 1) + "DROP FUNCTION one(text) CASCADE", "unsure"},
		{"what a body reads", "CREATE TABLE u (id text, n text); " + strings.Replace(low, "AS 'SELECT $1'", "BEGIN ATOMIC SELECT n FROM u WHERE id = $1; END", 1) + "ALTER TABLE u DROP COLUMN n CASCADE", "unsure"},
		{"what a stale body reads", "CREATE TABLE u (id text, n text); " + strings.Replace(low, "AS 'SELECT $1'", "BEGIN ATOMIC SELECT n FROM u WHERE id = $1; END", 1) + "ALTER TABLE u RENAME TO v; DROP TABLE v CASCADE", "unsure"},
		{"what a default calls", "CREATE FUNCTION one() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT '''''; " + strings.Replace(low, "(text)", "(a text, b text DEFAULT one())", 1) + "DROP FUNCTION one CASCADE", "unsure"},
		{"the function of a cast", "CREATE TABLE t (id int UNIQUE); CREATE TYPE p AS (x int); CREATE FUNCTION f(p) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE CAST (p AS int) WITH FUNCTION f(p); DROP FUNCTION f CASCADE", "unsure"},
		{"vouched for", "CREATE TABLE t (id int UNIQUE);\n-- tenantgen:ddl no index goes with it\nDROP COLLATION c CASCADE", "id"},
	} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: c.ddl + ";"}})
		if len(errs) > 0 {
			t.Errorf("%s: %v", c.name, errs)
			continue
		}
		i := slices.IndexFunc(db.Tables, func(u *catalog.Table) bool { return u.Name.Name == "t" })
		got := "unsure"
		if u := db.Tables[i]; u.Unsure == "" {
			var keys []string
			for _, k := range u.Keys {
				keys = append(keys, strings.Join(k.Columns, " "))
			}
			got = strings.Join(keys, ", ")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A directive above a DROP that takes nothing which is not followed says too much.
func TestCascadeFollowed(t *testing.T) {
	_, errs := Load([]SchemaFile{{Path: "s.sql", Text: "CREATE TABLE t (id int);\n-- tenantgen:ddl nothing goes with it\nDROP TABLE t CASCADE;"}})
	if len(errs) != 1 || !strings.Contains(errs[0].Message, "nobody need vouch") {
		t.Error(errs)
	}
}
