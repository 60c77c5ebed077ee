package analyzer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// TestErrorsOfOtherRows reports what may fail for a row of another tenant, at its place,
// in accepted queries and only when it is asked for.
func TestErrorsOfOtherRows(t *testing.T) {
	const schema = `
CREATE TABLE jobs (org_id int NOT NULL, id int NOT NULL UNIQUE, label text, parts int, extra jsonb, PRIMARY KEY (org_id, id));
CREATE TABLE steps (id int PRIMARY KEY, job_id int NOT NULL REFERENCES jobs (id), body text);
CREATE TABLE units (code text PRIMARY KEY, factor text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE VIEW parsed WITH (security_invoker) AS SELECT org_id, id, label::int AS label FROM jobs;`
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	own, problems := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "units", Global: true},
		{Name: "steps", Parents: []config.Parent{{Table: "jobs", On: []config.Pair{{Child: "job_id", Parent: "id"}}}}}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for sql, want := range map[string]string{
		// conditions
		"SELECT id FROM jobs WHERE org_id = $1 AND label::int > 1":                                                         "label::int",
		"SELECT id FROM jobs WHERE org_id = $1 AND 10 / parts > 1":                                                         "10 / parts",
		"SELECT id FROM jobs WHERE org_id = $1 AND (parts = 1 OR sqrt(parts) > 1)":                                         "sqrt",
		"SELECT id FROM jobs WHERE org_id = $1 AND NOT (to_number(label, '9') > 1)":                                        "to_number",
		"SELECT id FROM jobs WHERE org_id = $1 AND parts::positive IS NOT NULL":                                            "parts::positive",
		"SELECT id FROM jobs WHERE org_id = $1 AND 'x' ~ label":                                                            "'x' ~ label",
		"SELECT id FROM jobs WHERE org_id = $1 AND 'x' LIKE label":                                                         "'x' LIKE label",
		"SELECT id FROM jobs WHERE org_id = $1 AND jsonb_path_exists(extra, 'strict $.a')":                                 "jsonb_path_exists",
		"SELECT s.id FROM steps s JOIN jobs j ON j.id = s.job_id AND s.body::int > 1 WHERE j.org_id = $1":                  "s.body::int",
		"SELECT s.id FROM steps s JOIN jobs j ON j.id = s.job_id WHERE j.org_id = $1 AND s.body::int > 1":                  "s.body::int",
		"SELECT id FROM jobs j WHERE org_id = $1 AND EXISTS (SELECT 1 FROM units u WHERE u.factor = (10 / j.parts)::text)": "10 / j",
		"UPDATE jobs SET label = 'x' WHERE org_id = $1 AND label::int > 1":                                                 "label::int",
		"DELETE FROM jobs WHERE org_id = $1 AND label::int > 1":                                                            "label::int",
		// what is computed before a condition outside drops the row
		"WITH j AS MATERIALIZED (SELECT org_id, 10 / parts AS x FROM jobs) SELECT x FROM j WHERE org_id = $1": "10 / parts",
		"SELECT x FROM (SELECT org_id, label::int AS x FROM jobs) j WHERE org_id = $1":                        "label::int",
		"SELECT id FROM parsed WHERE org_id = $1":                                                             "parsed",
		"SELECT id FROM (SELECT * FROM jobs WHERE org_id = $1) j WHERE label::int > 1":                        "label::int",
		"WITH j AS (SELECT * FROM jobs WHERE org_id = $1) SELECT id FROM j WHERE label::int > 1":              "label::int",
		// silent
		"SELECT label::int FROM jobs WHERE org_id = $1":                                                        "",
		"SELECT id FROM jobs WHERE org_id = $1 AND lower(label) = 'x'":                                         "",
		"SELECT id FROM jobs WHERE org_id = $1 AND parts::text = 'x'":                                          "",
		"SELECT id FROM jobs WHERE org_id = $1 AND parts > $2::int / 2":                                        "",
		"SELECT id FROM jobs WHERE org_id = $1 ORDER BY label::int":                                            "",
		"SELECT j.id FROM jobs j CROSS JOIN units u WHERE j.org_id = $1 AND u.factor::int > 1":                 "",
		"WITH j AS MATERIALIZED (SELECT * FROM jobs WHERE org_id = $1) SELECT id FROM j WHERE label::int > 1":  "",
		"SELECT id FROM (SELECT * FROM jobs WHERE org_id = $1 OFFSET 0) j WHERE label::int > 1":                "",
		"SELECT n FROM (SELECT count(*) AS n FROM jobs WHERE org_id = $1) j WHERE 10 / n > 1":                  "",
		"INSERT INTO jobs (org_id, id, parts) SELECT org_id, id + 100, 10 / parts FROM jobs WHERE org_id = $1": "",
	} {
		text := "-- name: Q :many\n" + sql + ";\n"
		a := analyzer.New(db, own, nil)
		if r := a.File("q.sql", text)[0]; r.Verdict != analyzer.Scoped || len(r.Diagnostics) > 0 {
			t.Errorf("%s\n%s: %v", sql, r.Verdict, r.Diagnostics)
			continue
		}
		a.Errors = true
		r := a.Clone().File("q.sql", text)[0]
		found := slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool {
			return d.Rule == "error-of-other-rows" && d.Severity == analyzer.Warning && strings.HasPrefix(sql[d.Column-1:], want)
		})
		if r.Verdict != analyzer.Scoped || found != (want != "") || len(r.Diagnostics) > 1 || want == "" && len(r.Diagnostics) > 0 {
			t.Errorf("%s\n%s, want it at %q: %v", sql, r.Verdict, want, r.Diagnostics)
		}
	}
}
