package analyzer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const twoTables = "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n int); CREATE TABLE tags (org_id int NOT NULL, id int PRIMARY KEY); "

// twoSchemas are schemas of which ours reads one and PostgreSQL another, as if ours had misread it, a
// query that is accepted over the first, and what must differ in the query.
var twoSchemas = []struct{ name, ours, server, query, want string }{
	{"collation", "CREATE TABLE notes (org_id text NOT NULL, id int PRIMARY KEY)", "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE notes (org_id text COLLATE loose NOT NULL, id int PRIMARY KEY)",
		"SELECT id FROM notes WHERE org_id = @org_id", "under a collation"},
	{"equality that is no identity", "CREATE TABLE notes (org_id text NOT NULL, id int PRIMARY KEY)", "CREATE EXTENSION citext; CREATE TABLE notes (org_id citext NOT NULL, id int PRIMARY KEY)",
		"SELECT id FROM notes WHERE org_id = @org_id", "calls values equal that differ"},
	{"cast on assignment", "CREATE TABLE notes (org_id text NOT NULL, id int PRIMARY KEY)", "CREATE TABLE notes (org_id varchar(3) NOT NULL, id int PRIMARY KEY)",
		"INSERT INTO notes (org_id, id) VALUES (@org_id::text, 1)", "under a cast that may change it"},
	{"type of a parameter", "CREATE TABLE notes (org_id text NOT NULL, id int PRIMARY KEY)", "CREATE DOMAIN short AS varchar(3); CREATE TABLE notes (org_id short NOT NULL, id int PRIMARY KEY)",
		"INSERT INTO notes (org_id, id) VALUES (@org_id, 1)", "a domain that changes values"},
	{"body that reads", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN n + 1; END'",
		"CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(id) FROM notes); END'",
		"SELECT f(id) FROM notes WHERE org_id = @org_id", "may touch rows of any tenant"},
	{"body of SQL", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE FUNCTION f(n int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM notes WHERE org_id = n'",
		"CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE FUNCTION f(n int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM notes WHERE id = n'",
		"SELECT f(@org_id)", "no such condition"},
	{"check of a domain", "CREATE DOMAIN d AS int; CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY)",
		"CREATE FUNCTION g(n int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN true; END'; CREATE DOMAIN d AS int CHECK (g(VALUE)); CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY)",
		"SELECT id::d FROM notes WHERE org_id = @org_id", "one that ours does not know to run"},
	{"index that runs a function", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY)",
		"CREATE FUNCTION g(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE INDEX ON notes (g(id))",
		"INSERT INTO notes (org_id, id) VALUES (@org_id, 1)", "one that ours does not know to run"},
	{"view with LIMIT", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, id FROM notes", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, id FROM notes LIMIT 3",
		"SELECT id FROM v WHERE org_id = @org_id", "tenantgen reads no LIMIT"},
	{"view with DISTINCT", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, id FROM notes", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT DISTINCT org_id, id FROM notes",
		"SELECT id FROM v WHERE org_id = @org_id", "tenantgen reads no DISTINCT"},
	{"view with a window", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, row_number() OVER (PARTITION BY org_id) AS n FROM notes", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, row_number() OVER (PARTITION BY id) AS n FROM notes",
		"SELECT n FROM v WHERE org_id = @org_id", "other partitions"},
	{"view with an aggregate", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, id FROM notes", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT max(org_id) AS org_id, max(id) AS id FROM notes",
		"SELECT id FROM v WHERE org_id = @org_id", "aggregates of this level"},
	{"view with other columns", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT org_id, id FROM notes", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE VIEW v AS SELECT id AS org_id, org_id AS id FROM notes",
		"SELECT id FROM v WHERE org_id = @org_id", "column 1 of a result"},
	{"view that joins by no equality", twoTables + "CREATE VIEW v AS SELECT n.org_id, n.id FROM notes n JOIN tags t ON t.org_id = n.org_id", twoTables + "CREATE VIEW v AS SELECT n.org_id, n.id FROM notes n JOIN tags t ON t.org_id >= n.org_id",
		"SELECT id FROM v WHERE org_id = @org_id", "which is no equality"},
	{"view with an outer join", twoTables + "CREATE VIEW v AS SELECT t.org_id, n.id FROM notes n JOIN tags t ON t.org_id = n.org_id", twoTables + "CREATE VIEW v AS SELECT t.org_id, n.id FROM notes n LEFT JOIN tags t ON t.org_id = n.org_id",
		"SELECT id FROM v WHERE org_id = @org_id", "LEFT JOIN"},
	{"view with columns that are written the other way round", twoTables + "CREATE VIEW v AS SELECT org_id, id, n FROM notes", twoTables + "CREATE VIEW v AS SELECT org_id, n AS id, id AS n FROM notes",
		"UPDATE v SET n = 1 WHERE org_id = @org_id", "SET"},
	{"default that runs a function", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n int DEFAULT 1)", "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n int DEFAULT g())",
		"INSERT INTO notes (org_id, id) VALUES (@org_id, 1)", "one that ours does not know to run"},
	{"built-in that changes settings", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n text DEFAULT 'a')", "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n text DEFAULT set_config('app.org_id', '2', false))",
		"INSERT INTO notes (org_id, id) VALUES (@org_id, 1)", "one that PostgreSQL brings"},
}

// TestReadApart gives PostgreSQL another schema than ours, in one thing: it differs where the query
// depends on that.
func TestReadApart(t *testing.T) {
	for _, c := range twoSchemas {
		t.Run(c.name, func(t *testing.T) {
			db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: c.ours}})
			own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
			if len(ds)+len(problems) > 0 {
				t.Fatal(ds, problems)
			}
			a := analyzer.New(db, own, nil)
			queries := acceptedOf(t, a, c.query)
			if len(queries) == 0 {
				t.Fatal("the query is refused")
			}
			report, err := confirm.Run(t.Context(), confirm.Input{Schema: db, Files: []confirm.File{{Path: "schema.sql", Text: c.server}}, Queries: queries}, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(report.Differences, func(d *confirm.Difference) bool {
				return d.Query != nil && strings.Contains(d.String(), c.want)
			}) {
				t.Errorf("no difference in the query says %q: %v", c.want, report.Differences)
			}
		})
	}
}
