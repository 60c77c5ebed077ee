package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const valuesSchema = `CREATE TYPE stage AS ENUM ('new', 'old');
CREATE TABLE things (org_id int NOT NULL, at timestamptz, on_it boolean, name text NOT NULL, n int, stage stage);`

// conditions on things, each of which is tried as restrict and as what a query asks for.
var conditionsOnThings = []string{
	"at IS NULL", "at IS NOT NULL", "NOT (at IS NULL)", "at > '2026-01-01'", "at = '2026-01-01'", "at <> '2026-01-01'", "NOT (at > '2026-01-01')",
	"at BETWEEN '2025-01-01' AND '2027-01-01'", "at NOT BETWEEN '2025-01-01' AND '2027-01-01'", "at IS NULL AND n = 1", "at IS NULL OR n = 1", "at IS NULL OR n IS NOT NULL", "NOT (at IS NULL AND n = 1)",
	"on_it", "NOT on_it", "on_it = true", "on_it = 'f'", "on_it IS TRUE", "on_it IS FALSE", "on_it IS NOT TRUE", "on_it IS NOT FALSE", "on_it IS NULL", "on_it IS NOT NULL", "on_it IS UNKNOWN",
	"(on_it AND n > 0) IS TRUE", "(at > '2026-01-01' AND at < '2028-01-01') IS NOT TRUE", "(at IS NULL) IS FALSE", "(at IS NULL) IS NOT TRUE", "(n = 1) IS NOT FALSE", "NOT (on_it IS NOT TRUE)",
	"name = 'a'", "name <> 'a'", "name IN ('a', 'b')", "name NOT IN ('a', 'b')", "'b' = name", "name > 'a'", "name LIKE 'a%'", "name = lower('A')", "name IS NOT NULL", "name = 'a'::varchar(1)", "name IN ('b')",
	"n = 1", "n = 01", "n = '1'", "n <> 1", "n IN (1, 2)", "n IS NULL", "n = 1 AND name = 'a'", "n = 2 OR name = 'b'", "n >= 1", "n = 1.0", "n IS DISTINCT FROM 1", "n IS NOT DISTINCT FROM NULL", "n = NULL",
	"stage = 'new'", "stage <> 'new'", "stage IN ('new', 'old')", "stage = 'old' AND on_it", "stage IS NULL", "coalesce(n, 1) = 1", "nullif(n, 1) = 2", "CASE WHEN on_it THEN false ELSE true END",
}

// rowsOfThings has every combination of a few values.
const rowsOfThings = `INSERT INTO things SELECT 1, at, on_it, name, n, stage::stage
FROM unnest(ARRAY[NULL, '2024-01-01', '2026-01-01', '2026-06-01', '2028-01-01']::timestamptz[]) at, unnest(ARRAY[NULL, true, false]) on_it,
unnest(ARRAY['a', 'b', 'c', 'A']) name, unnest(ARRAY[NULL, 0, 1, 2, 3]) n, unnest(ARRAY[NULL, 'new', 'old']) stage`

// PostgreSQL is the judge of what is said to be certain: where a condition is reported to be
// true of no row that restrict shows, no row of all combinations says otherwise, and a row
// that is said to be refused is not one that restrict lets pass.
func TestAgainstRestrictIsCertain(t *testing.T) {
	pgserver.Long(t)
	l := &lab{conn: labConnect(t)}
	l.exec(t, valuesSchema+rowsOfThings)
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: valuesSchema}})
	reported, missed := 0, 0
	for _, restrict := range conditionsOnThings {
		own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "things", Restrict: restrict}}})
		if len(problems) > 0 {
			continue // CASE cannot be one
		}
		a := analyzer.New(db, own, nil)
		var find, leave []string
		for _, asked := range conditionsOnThings {
			find = append(find, fmt.Sprintf("count(*) FILTER (WHERE %s)", asked))
		}
		for _, set := range assignments {
			leave = append(leave, fmt.Sprintf("(SELECT count(*) FROM (SELECT %s FROM things WHERE %s) things WHERE %[2]s)", set[1], restrict))
		}
		found := strings.Split(strings.TrimSpace(l.text(t, "SELECT "+strings.Join(find, ", ")+" FROM things WHERE "+restrict)), ", ")
		left := strings.Split(strings.TrimSpace(l.text(t, "SELECT "+strings.Join(leave, ", "))), ", ")
		for i, asked := range conditionsOnThings {
			r := a.File("queries.sql", "-- name: Ask :many\nSELECT name FROM things WHERE org_id = @org_id AND ("+asked+");")[0]
			switch is, none := against(r), found[i] == "0"; {
			case is && !none:
				t.Errorf("restrict %s: %s is said to find no row, and finds some", restrict, asked)
			case is:
				reported++
			case none:
				missed++
			}
		}
		for i, set := range assignments {
			r := a.File("queries.sql", "-- name: Set :exec\nUPDATE things SET "+set[0]+" WHERE org_id = @org_id;")[0]
			if against(r) && left[i] != "0" {
				t.Errorf("restrict %s: SET %s is said to leave no row, and leaves %s", restrict, set[0], left[i])
			}
		}
	}
	if reported < 150 {
		t.Errorf("%d reported, %d missed: too little is certain", reported, missed)
	}
	t.Logf("%d reported, %d not decided", reported, missed)
}

// assignments with the row that each leaves.
var assignments = [][2]string{
	{"at = now()", "org_id, now() AS at, on_it, name, n, stage"},
	{"at = NULL, n = 1", "org_id, NULL::timestamptz AS at, on_it, name, 1 AS n, stage"},
	{"at = coalesce(at, now())", "org_id, coalesce(at, now()) AS at, on_it, name, n, stage"},
	{"at = at + interval '1 day'", "org_id, at + interval '1 day' AS at, on_it, name, n, stage"},
	{"on_it = NOT on_it", "org_id, at, NOT on_it AS on_it, name, n, stage"},
	{"on_it = at IS NULL", "org_id, at, at IS NULL AS on_it, name, n, stage"},
	{"on_it = true", "org_id, at, true AS on_it, name, n, stage"},
	{"on_it = DEFAULT", "org_id, at, NULL::boolean AS on_it, name, n, stage"},
	{"name = 'a'", "org_id, at, on_it, 'a' AS name, n, stage"},
	{"name = 'abc'::varchar(1)", "org_id, at, on_it, 'a' AS name, n, stage"},
	{"name = lower('A')", "org_id, at, on_it, lower('A') AS name, n, stage"},
	{"name = stage", "org_id, at, on_it, stage::text AS name, n, stage"},
	{"n = n + 1", "org_id, at, on_it, name, n + 1 AS n, stage"},
	{"n = 1.4", "org_id, at, on_it, name, 1 AS n, stage"},
	{"n = '01'", "org_id, at, on_it, name, 1 AS n, stage"},
	{"n = nullif(n, 1)", "org_id, at, on_it, name, nullif(n, 1) AS n, stage"},
	{"(n, stage) = (2, 'old')", "org_id, at, on_it, name, 2 AS n, 'old'::stage AS stage"},
	{"stage = 'new'", "org_id, at, on_it, name, n, 'new'::stage AS stage"},
	{"stage = NULL", "org_id, at, on_it, name, n, NULL::stage AS stage"},
}

func against(r *analyzer.Result) bool {
	return slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Rule == "against-restrict" })
}
