package lower

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const outputSchema = `
CREATE TYPE pair AS (a int, b int);
CREATE TABLE t (id int, name text, "Odd" int, p pair, items int[], pairs pair[], doc jsonb, body xml, at timestamptz, org_id uuid);
CREATE TABLE u (x int, y int);
CREATE FUNCTION mine(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
`

// outputExpressions are select lists over t of which the server names the first column.
var outputExpressions = []string{
	// values and operators
	"1", "'x'", "true", "NULL", "$1::int", "-id", "id + 1", "name || 'x'", "id = 1", "id IS NULL", "NOT true", "id BETWEEN 1 AND 2", "name LIKE 'a'",
	"name LIKE 'a' ESCAPE 'b'", "id IN (1, 2)", "nullif(id, 1)", "id IS DISTINCT FROM 1", "(id = 1) IS TRUE", "id = ANY (items)", "id::text = 'x'",
	// columns
	"id", "t.id", `"Odd"`, "t", "(id)", "public.t.id", "id AS renamed", "ctid", "tableoid::regclass",
	// casts
	"id::text", "id::bigint", "CAST(id AS varchar(3))", "1::int", "'1'::int", "'1'::int::text", "'{}'::int[]", "'2020-01-01'::date", "date '2020-01-01'",
	"interval '1 day'", "interval '1' day", "timestamp with time zone '2020-01-01'", "1::double precision", "'x'::char", `'x'::"char"`, "1::numeric(3, 1)", "true::int",
	"(id + 1)::text", "coalesce(id, 1)::text", "(SELECT 1)::text", "(SELECT id FROM t LIMIT 1)::text", "'(1,2)'::pair", "'(1,2)'::public.pair", "NULL::t", "(1::int)::text",
	// fields and subscripts
	"(p).a", "(p).b", "items[1]", "items[1:2]", "(items)[1]", "pairs[1].a", "(pairs[1]).b", "(pairs[1])", "(ARRAY[1, 2])[1]", "(mine(1))", "(t.p).a", "(t).name", "doc['a']", "(SELECT p FROM t LIMIT 1).a",
	"(array_agg(id))[1]", "(SELECT items FROM t LIMIT 1)[1]",
	// constructs
	"CASE WHEN true THEN 1 END", "CASE WHEN true THEN 1 ELSE id END", "CASE WHEN true THEN 1 ELSE id::text END", "CASE WHEN true THEN 1 ELSE 2::bigint END",
	"CASE id WHEN 1 THEN 2 ELSE mine(1) END", "(CASE WHEN true THEN 1 END)::text", "coalesce(id, 1)", "greatest(1, id)", "least(id, 1)", "ARRAY[1, id]", "ARRAY[id]::text[]", "ROW(1, id)",
	"(1, id)", "ROW(t.*)", "name COLLATE \"C\"", "('x' || name) COLLATE \"C\"", "'x' COLLATE \"C\"", "grouping(id)",
	// sub-selects
	"EXISTS (SELECT 1)", "ARRAY(SELECT 1)", "(SELECT 1)", "(SELECT id FROM t LIMIT 1)", "(SELECT id AS z FROM t LIMIT 1)", "(SELECT max(id) FROM t)", "(SELECT u.* FROM (SELECT 1 AS one) u)",
	"(SELECT * FROM (SELECT 1 AS one) v)", "(TABLE onecol)", "(VALUES (1))", "(SELECT 1 AS a UNION SELECT 2 AS b)", "(WITH w AS (SELECT 1 AS q) SELECT * FROM w)",
	"(SELECT (SELECT id FROM t LIMIT 1))", "(SELECT id + 1 FROM t LIMIT 1)", "id IN (SELECT 1)", "id = ANY (SELECT 1)", "1 > ALL (SELECT 1)", "(SELECT v FROM (SELECT 1 AS one) v LIMIT 1)::text",
	"(SELECT x FROM u JOIN onecol ON true LIMIT 1)", "(SELECT a FROM (VALUES (1)) AS v (a))", "(SELECT * FROM (VALUES (1)) AS v (a))", "CASE WHEN true THEN 1 ELSE (SELECT x FROM u LIMIT 1) END",
	// functions
	"count(*)", "sum(id) OVER ()", "mine(1)", "public.mine(1)", "pg_catalog.lower(name)", "lower(upper(name))", "count(*) FILTER (WHERE true)", "string_agg(name, ',' ORDER BY id)",
	"percentile_cont(0.5) WITHIN GROUP (ORDER BY id)", "jsonb_build_object('a', 1)", "make_interval(days => 1)", "concat(VARIADIC ARRAY['a'])",
	// syntax of its own
	"extract(year FROM at)", "position('a' IN name)", "substring(name FROM 1)", "substring(name SIMILAR 'a' ESCAPE 'b')", "overlay(name PLACING 'x' FROM 1)", "trim(name)", "trim(BOTH 'x' FROM name)",
	"trim(LEADING FROM name)", "trim(TRAILING 'x' FROM name)", "at AT TIME ZONE 'UTC'", "name IS NORMALIZED", "normalize(name)", "collation for (name)", "(at, at) OVERLAPS (at, at)", "treat(1 AS int)",
	"current_date", "current_time", "current_time(1)", "current_timestamp", "current_timestamp(1)", "localtime", "localtimestamp(2)", "current_user", "user", "session_user", "current_role",
	"current_catalog", "current_schema", "current_schema()", "current_date::text", "now()",
	"xmlelement(name a)", "xmlforest(id)", "xmlconcat(body)", "xmlpi(name a)", "xmlparse(content 'x')", "xmlroot(body, version '1.0')", "body IS DOCUMENT", "xmlserialize(content body AS text)", "xmlexists('a' PASSING body)", "xmlagg(body)",
}

// outputsPG16 are what the server of the tests may be too old for.
var outputsPG16 = map[string]string{
	"json_object('a': 1)": "json_object", "json_array(1)": "json_array", "json_object('a': 1)::text": "json_object", "id IS JSON": "?column?", "system_user": "system_user",
}

// TestOutputNamesAgainstServer: a column by another name than PostgreSQL's could make a
// reference to it mean a column of another query level.
func TestOutputNamesAgainstServer(t *testing.T) {
	schema := outputSchema + "CREATE TABLE onecol (only_one int);"
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: schema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	conn := pgserver.ConnForTest(t)
	pgserver.ExecForTest(t, conn, schema)
	names := map[string]string{}
	for _, expr := range outputExpressions {
		text := "SELECT " + expr + " FROM t"
		if expr == "grouping(id)" {
			text += " GROUP BY id"
		}
		ps, err := conn.Prepare(t.Context(), "", text)
		if err != nil {
			t.Logf("%s: %v", text, err)
			continue
		}
		names[expr] = ps.Fields[0].Name
	}
	if len(names) < 150 {
		t.Errorf("the server named %d columns", len(names))
	}
	for expr, name := range outputsPG16 {
		names[expr] = name
	}
	for expr, want := range names {
		text := "SELECT " + expr + " FROM t"
		if expr == "grouping(id)" {
			text += " GROUP BY id"
		}
		st := (&Lowerer{DB: db}).Lower(sqltext.Split(text)[0], text)
		out := query.Outputs(st.Root)
		if len(out) == 0 || out[0].Open || out[0].Name != want {
			t.Errorf("%s: %+v, want %q", expr, out[:min(len(out), 1)], want)
		}
	}
}

// TestOutputOfUnknownName: a name that is not known must not hide which column is meant.
func TestOutputOfUnknownName(t *testing.T) {
	text := "SELECT (SELECT * FROM jsonb_to_record('{}') AS r)"
	st := (&Lowerer{DB: &catalog.Database{}}).Lower(sqltext.Split(text)[0], text)
	if out := query.Outputs(st.Root); len(out) != 1 || !out[0].Open {
		t.Errorf("%+v", out)
	}
}
