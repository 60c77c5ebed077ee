package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

const conditionSchema = `CREATE TYPE mood AS ENUM ('good', 'bad');
	CREATE TABLE docs (id int PRIMARY KEY, org_id uuid NOT NULL, title text, mood mood, score int, listed bool, public bool, at timestamptz,
		shared_with uuid[], shared_text text[], owner uuid, extra jsonb);
	CREATE TABLE shares (doc_id int NOT NULL, org_id uuid NOT NULL);
	CREATE TABLE pages (id int, doc_id int NOT NULL, open bool, shared_with uuid[]);
	CREATE FUNCTION mine(int) RETURNS bool LANGUAGE sql AS 'SELECT true';
	CREATE FUNCTION shared(org uuid, other uuid) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM docs WHERE org_id = $1 OR $2 = ANY (shared_with)';
	CREATE FUNCTION abs(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
	CREATE FUNCTION like_int(int, int) RETURNS bool LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR ~ (LEFTARG = int, RIGHTARG = int, FUNCTION = like_int);`

var childPages = config.Table{Name: "pages", Parents: []config.Parent{{Table: "docs", On: []config.Pair{{Child: "doc_id", Parent: "id"}}}}}

func declared(t *testing.T, tables ...config.Table) (*catalog.Database, *tenancy.Map, []tenancy.Problem) {
	t.Helper()
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: conditionSchema}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	for i := range tables {
		tables[i].Line = 10 + i
	}
	if tables[0].Name != "pages" {
		tables = append(tables, childPages)
	}
	own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: tables})
	return db, own, problems
}

// A condition that read_also cannot be is an error of the configuration, at its line.
func TestUnusableConditions(t *testing.T) {
	for text, want := range map[string]string{
		"random() < 0.5":                            "function random",
		"clock_timestamp() > at":                    "function clock_timestamp",
		"mine(id)":                                  "function mine",
		"count(*) > 1":                              "function count",
		"lower(title) OVER () = 'a'":                "function lower",
		"max(score) OVER () = 1":                    "function max",
		"EXISTS (SELECT 1 FROM shares)":             "a subquery",
		"id IN (SELECT doc_id FROM shares)":         "a subquery",
		"true":                                      "no column",
		"public OR 1 = 1":                           "no column",
		"missing = 1":                               "missing",
		"shares.org_id = docs.org_id":               "bare name",
		"docs.public":                               "bare name",
		"docs IS NULL":                              "which is no column",
		"ctid = '(0,1)'":                            "ctid",
		"tableoid = 1":                              "tableoid",
		"current_user = title":                      "current_user",
		"mood = 'good'::mood":                       "a cast to mood",
		"(score, id) = (1, 2)":                      "ROW",
		"public) OR (true":                          "not one complete condition",
		"public; DROP TABLE docs":                   "not one complete condition",
		"public\x00":                                "not one complete condition",
		"abs(title) = 'x'":                          "function abs of the schema's own",
		"score ~ 1":                                 "operator ~ is defined by the schema",
		"public ORDER BY id":                        "not one complete condition",
		"public GROUP BY id":                        "not one complete condition",
		"public FOR UPDATE":                         "not one complete condition",
		"public UNION SELECT 1":                     "not one complete condition",
		"public LIMIT 1":                            "not one complete condition",
		"public,":                                   "not one complete condition",
		"@org = ANY (shared_with)":                  "not its tenant: write @org_id",
		"@org_id = ANY (shared_text)":               "another type",
		"@org_id = title":                           "another type",
		"@org_id = shared_with":                     "another type",
		"@org_id::text = title":                     "a cast of the tenant",
		"@org_id <> owner":                          "another way",
		"NOT @org_id = owner":                       "another way",
		"@org_id <> ALL (shared_with)":              "another way",
		"@org_id = ANY (ARRAY[owner, org_id])":      "another way",
		"lower(@org_id) = title":                    "another way",
		"shared_with @> ARRAY[@org_id, owner]":      "another way",
		"$1 = ANY (shared_with)":                    "another way",
		"sqlc.arg(org_id) = owner":                  "another way",
		"extra OPERATOR(pg_catalog.->) 'a' = '1'":   "operator pg_catalog.->",
		"at > CURRENT_TIMESTAMP(0)":                 "current_timestamp",
		"10 / score > 1":                            "operator / on a column",
		"score + 1 > 2":                             "operator + on a column",
		"at > now() - make_interval(0)":             "function make_interval",
		"title ~~ title":                            "a column as a pattern",
		"'a' LIKE title":                            "a column as a pattern",
		"title::int = 1":                            "a cast of a column to int4",
		"abs(score) = 1":                            "abs",
		"jsonb_array_length(extra) > 0":             "function jsonb_array_length",
		"array_position(shared_text, 'a') = 1":      "function array_position",
		"date_trunc(title, at) = at":                "function date_trunc",
		"CASE WHEN public THEN true ELSE false END": "CASE",
	} {
		for _, key := range []string{"read_also", "restrict"} {
			d := config.Table{Name: "docs", ReadAlso: text}
			if key == "restrict" {
				d = config.Table{Name: "docs", Restrict: text}
			}
			db, own, problems := declared(t, d)
			switch {
			case len(problems) != 1:
				t.Errorf("%s %s: problems %v", key, text, problems)
			case !strings.HasPrefix(problems[0].Msg, key+" of table docs ") || !strings.Contains(strings.ToLower(problems[0].Msg), strings.ToLower(want)) || problems[0].Line != 10:
				t.Errorf("%s %s: %d: %s, want %q", key, text, problems[0].Line, problems[0].Msg, want)
			}
			if slices.ContainsFunc(db.Tables, func(t *catalog.Table) bool { return own.Of(t).Readable != nil }) {
				t.Errorf("%s %s lets rows be read", key, text)
			}
		}
	}
}

// A query may say what read_also says, and nothing that only looks like it.
func TestReadAlsoIsExact(t *testing.T) {
	for _, c := range []struct{ also, near string }{
		{"score BETWEEN 1 AND 3", "score BETWEEN 1 AND 4|score NOT BETWEEN 1 AND 3|score BETWEEN SYMMETRIC 1 AND 3|score IN (1, 3)|id BETWEEN 1 AND 3"},
		{"title LIKE 'a%'", "title ILIKE 'a%'|title NOT LIKE 'a%'|title LIKE 'b%'|title LIKE 'a%' ESCAPE '%'|title SIMILAR TO 'a%'|title ~~ 'a%'"},
		{"lower(title) = 'a'", "upper(title) = 'a'|title = 'a'|lower(title) <> 'a'|lower(title) = 'A'|lower(title || '') = 'a'"},
		{"score::text = '1'", "score::varchar = '1'|score = 1|score::int8::text = '1'"},
		{"public IS TRUE", "public IS NOT FALSE|public IS NOT TRUE|public IS UNKNOWN|listed IS TRUE"},
		{"score IS NULL", "score IS NOT NULL|title IS NULL"},
		{"public", "listed|NOT public|public IS NULL"},
		{"NOT public", "public|public IS NOT TRUE"},
		{"score = ANY (ARRAY[1, 2])", "score = ALL (ARRAY[1, 2])|score <> ANY (ARRAY[1, 2])|score = ANY (ARRAY[1, 3])|score = ANY (ARRAY[1])|score = ANY ('{1,2}')"},
		{"score > 1", "score >= 1|score < 1|score > 1.0|score > '1'|score > -1|1 > score|score > @n|score > NULL"},
		{"coalesce(score, 0) = 0", "coalesce(score, 1) = 0|coalesce(score, 0) = 1|coalesce(0, score) = 0"},
		{"score IS DISTINCT FROM 1", "score IS NOT DISTINCT FROM 1|score IS DISTINCT FROM 2|score <> 1"},
		{"at <= now()", "at >= now()|at <= '2030-01-01'|at <= clock_timestamp()|at <= current_timestamp"},
		{"at <= CURRENT_TIMESTAMP", "at <= LOCALTIMESTAMP|at <= CURRENT_DATE|at <= now()|at <= CURRENT_TIMESTAMP(0)"},
		{"score IN (1, 2)", "score NOT IN (1, 2)|score IN (1, 2, 3)|score IN (2, 1)"},
		{"mood = 'good'", "mood = 'bad'|mood <> 'good'|mood > 'good'"},
		{"extra ->> 'open' = 'yes'", "extra ->> 'shut' = 'yes'|extra -> 'open' = 'yes'|extra #>> '{open}' = 'yes'"},
		{"public AND listed", "public|listed|public OR listed|public AND NOT listed"},
		{"NOT (public OR listed)", "NOT (public AND listed)|NOT public|public OR listed"},
		{"@org_id = ANY (shared_with)", "owner = ANY (shared_with)|@other = ANY (shared_with)|@org_id <> ALL (shared_with)|@org_id = owner|@org_id <> ANY (shared_with)"},
		{"@org_id = owner", "@other = owner|org_id = owner"},
		{"shared_with @> ARRAY[@org_id]", "shared_with <@ ARRAY[@org_id]|shared_with && ARRAY[@org_id]|shared_with @> ARRAY[@other]|shared_with @> ARRAY[owner]"},
	} {
		db, own, problems := declared(t, config.Table{Name: "docs", ReadAlso: c.also})
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.also, problems)
			continue
		}
		verdict := func(arm string) *analyzer.Result {
			return analyzer.New(db, own, nil).File("q.sql", fmt.Sprintf("-- name: Q :many\nSELECT id FROM docs d WHERE d.org_id = @org_id OR %s;", arm))[0]
		}
		if r := verdict(c.also); r.Verdict != analyzer.Scoped {
			t.Errorf("%s is %s: %v", c.also, r.Verdict, r.Diagnostics)
		}
		for near := range strings.SplitSeq(c.near, "|") {
			if r := verdict(near); r.Verdict != analyzer.Rejected {
				t.Errorf("%s passes for %s", near, c.also)
			}
		}
	}
}

// A condition that compares two columns compares those of one row.
func TestReadAlsoOfOneRow(t *testing.T) {
	db, own, problems := declared(t, config.Table{Name: "docs", ReadAlso: "owner = org_id"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for arm, want := range map[string]analyzer.Verdict{
		"d.owner = d.org_id": analyzer.Scoped,
		"e.owner = d.org_id": analyzer.Rejected,
		"e.owner = e.org_id": analyzer.Rejected,
	} {
		sql := "-- name: Q :many\nSELECT d.id FROM docs e, docs d WHERE e.org_id = @org_id AND (d.org_id = @org_id OR " + arm + ");"
		if r := analyzer.New(db, own, nil).File("q.sql", sql)[0]; r.Verdict != want {
			t.Errorf("%s: %s, want %s: %v", arm, r.Verdict, want, r.Diagnostics)
		}
	}
}

// A parameter of a function is none of the query that stands at the same place.
func TestReadAlsoInFunction(t *testing.T) {
	db, own, problems := declared(t, config.Table{Name: "docs", ReadAlso: "@org_id = ANY (shared_with)"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for n := range 80 {
		sql := "SELECT" + strings.Repeat(" ", 1+n) + "shared(@org_id, @other);"
		if r := analyzer.New(db, own, nil).File("q.sql", sql)[0]; r.Verdict != analyzer.Rejected {
			t.Errorf("%s is %s", sql, r.Verdict)
		}
	}
}

// A child has a condition of its own, which says nothing of its parent.
func TestReadAlsoOfChild(t *testing.T) {
	child := childPages
	child.ReadAlso = "open OR @org_id = ANY (shared_with)"
	db, own, problems := declared(t, child)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, table := range db.Tables {
		if got := own.Of(table).Readable != nil; got != (table.Name.Name == "pages") {
			t.Errorf("others' rows of %s may be read: %t", table.Name, got)
		}
	}
}

// Who reads a table reads the rows of what inherits from it.
func TestConditionsOfInheriting(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE TABLE docs (id int, org_id int NOT NULL, public bool, gone bool);
		CREATE TABLE old_docs (secret bool) INHERITS (docs)`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	declare := func(docs, old config.Table) (*tenancy.Map, []tenancy.Problem) {
		docs.Name, old.Name = "docs", "old_docs"
		tables := []config.Table{docs}
		if old.TenantColumn != "" {
			tables = append(tables, old)
		}
		return analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: tables})
	}
	for _, c := range []struct {
		docs, old config.Table
		want      string
	}{
		{config.Table{ReadAlso: "public", Restrict: "NOT gone"}, config.Table{}, ""},
		{config.Table{ReadAlso: "public"}, config.Table{TenantColumn: "org_id", ReadAlso: "public"}, ""},
		{config.Table{}, config.Table{TenantColumn: "org_id", ReadAlso: "public"}, ""},
		{config.Table{ReadAlso: "public"}, config.Table{TenantColumn: "org_id"}, "read_also of table docs is also about"},
		{config.Table{ReadAlso: "public"}, config.Table{TenantColumn: "org_id", ReadAlso: "public AND secret"}, "read_also of table docs is also about"},
		{config.Table{}, config.Table{TenantColumn: "org_id", Restrict: "NOT gone"}, "restrict of table old_docs is not that of docs"},
		{config.Table{Restrict: "NOT gone"}, config.Table{TenantColumn: "org_id"}, "restrict of table old_docs is not that of docs"},
	} {
		own, problems := declare(c.docs, c.old)
		switch {
		case c.want == "" && len(problems) > 0, c.want != "" && (len(problems) != 1 || !strings.HasPrefix(problems[0].Msg, c.want)):
			t.Errorf("%+v %+v: problems %v, want %q", c.docs, c.old, problems, c.want)
		case strings.HasPrefix(c.want, "read_also") && own.Of(db.Tables[0]).Readable != nil:
			t.Errorf("%+v %+v: others' rows may be read", c.docs, c.old)
		}
	}
}
