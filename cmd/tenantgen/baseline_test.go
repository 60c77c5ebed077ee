package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
)

// adopt is a project whose leak the baseline excuses.
func adopt(t *testing.T) {
	t.Helper()
	project(t, "uuid")
	put(t, "db/queries/leak.sql", leak)
	code, out, errOut := cli("lint", "--write-baseline")
	if code != exitClean || out != tenantgen.BaselineName+" excuses 1 queries until they change\n" {
		t.Fatalf("code %d\n%s%s", code, out, errOut)
	}
}

func TestBaselineExcuses(t *testing.T) {
	adopt(t)
	code, out, _ := cli("lint")
	if code != exitClean || out != "10 queries: 7 scoped, 1 global, 1 cross-tenant, 1 rejected (1 of them in the baseline)\n" {
		t.Errorf("code %d\n%s", code, out)
	}
	_, out, _ = cli("lint", "--format", "json")
	var report struct {
		Summary struct{ Rejected, Baselined int }
		Queries []struct {
			Name, Verdict string
			Baselined     bool
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Summary.Rejected != 1 || report.Summary.Baselined != 1 {
		t.Errorf("%v: %+v", err, report.Summary)
	}
	for _, q := range report.Queries {
		if q.Baselined != (q.Name == "Leak") || q.Name == "Leak" && q.Verdict != "rejected" {
			t.Errorf("%+v", q)
		}
	}
	// It is the same from another folder.
	t.Chdir("db")
	if code, out, errOut := cli("-f", "../sqlc.yaml", "lint"); code != exitClean {
		t.Errorf("from a folder: code %d\n%s%s", code, out, errOut)
	}
}

// A baseline never hides what it was not written for.
func TestBaselineHidesNothingNew(t *testing.T) {
	const name = "db/queries/leak.sql"
	cases := map[string]struct {
		change func(t *testing.T)
		says   []string // "" is nothing: clean
	}{
		"a comment in front": {func(t *testing.T) { put(t, name, "-- a leak that we know\n"+leak) }, nil},
		"the query changed": {func(t *testing.T) { put(t, name, strings.Replace(leak, "n.id =", "n.id >=", 1)) },
			[]string{"unscoped-table: reads rows", "stale-baseline: the baseline excuses query Leak"}},
		"the query is scoped now": {func(t *testing.T) { put(t, name, strings.Replace(leak, "@id", "@id AND n.org_id = @org_id", 1)) },
			[]string{"stale-baseline: the baseline excuses query Leak"}},
		"the query is gone": {func(t *testing.T) { put(t, name, "-- nothing\n") },
			[]string{"stale-baseline"}},
		"another leak": {func(t *testing.T) { put(t, "db/queries/more.sql", strings.Replace(leak, "Leak", "More", 1)) },
			[]string{"db/queries/more.sql:3:15: unscoped-table"}},
		"the query moved": {func(t *testing.T) { put(t, name, "-- nothing\n"); put(t, "db/queries/moved.sql", leak) }, nil},
		"the query is there twice": {func(t *testing.T) { put(t, "db/queries/moved.sql", leak) },
			[]string{"db/queries/moved.sql:3:15: unscoped-table"}},
		"another layout": {func(t *testing.T) {
			put(t, name, strings.NewReplacer("\n\t", "\n    ", "SELECT", "select", "n.id = @id", "n.id  /* of a note */ = @id").Replace(leak))
		}, nil},
		"another name of a column": {func(t *testing.T) { put(t, name, strings.Replace(leak, "n.title", "n.TITLE", 1)) },
			[]string{"unscoped-table", "stale-baseline"}},
		"the same text under another name": {func(t *testing.T) { put(t, name, strings.Replace(leak, "Leak", "Other", 1)) },
			[]string{"unscoped-table", "stale-baseline"}},
		"a new finding in the same text": {func(t *testing.T) {
			edit(t, tenantgen.BaselineName, "unscoped-table notes", "unscoped-write notes")
		}, []string{"unscoped-table", "stale-baseline"}},
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			adopt(t)
			c.change(t)
			code, out, errOut := cli("lint")
			if (code == exitClean) != (len(c.says) == 0) || code == exitFailed {
				t.Errorf("code %d\n%s%s", code, out, errOut)
			}
			for _, says := range c.says {
				if !strings.Contains(out, says) {
					t.Errorf("it does not say %q:\n%s", says, out)
				}
			}
		})
	}
}

// Entries about files that this run does not judge are not stale.
func TestBaselineAndFiles(t *testing.T) {
	adopt(t)
	if code, out, _ := cli("lint", "db/queries/notes.sql"); code != exitClean {
		t.Errorf("another file: code %d\n%s", code, out)
	}
	put(t, "db/queries/leak.sql", "-- name: Fine :many\nSELECT id FROM notes WHERE org_id = @org_id;\n")
	if code, out, _ := cli("lint", "db/queries/leak.sql"); code != exitFindings || !strings.Contains(out, "stale-baseline") {
		t.Errorf("the file: code %d\n%s", code, out)
	}
	if code, _, errOut := cli("lint", "--write-baseline", "db/queries/leak.sql"); code != exitFailed || !strings.Contains(errOut, "every query") {
		t.Errorf("a baseline of one file: code %d\n%s", code, errOut)
	}
}

// Writing again keeps the reasons that people wrote, and is deterministic.
func TestBaselineKeepsReasons(t *testing.T) {
	adopt(t)
	edit(t, tenantgen.BaselineName, `"hash"`, `"reason": "moves to the admin service in March", "hash"`)
	if code, _, errOut := cli("lint", "--write-baseline"); code != exitClean {
		t.Fatal(errOut)
	}
	first, _ := os.ReadFile(tenantgen.BaselineName)
	if !strings.Contains(string(first), "moves to the admin service in March") {
		t.Errorf("the reason is lost:\n%s", first)
	}
	cli("lint", "--write-baseline")
	if second, _ := os.ReadFile(tenantgen.BaselineName); string(second) != string(first) {
		t.Error("writing again changed it")
	}
	code, out, _ := cli("audit")
	if code != exitClean || !strings.Contains(out, "db/queries/leak.sql:1: baselined: Leak\n  reason: moves to the admin service in March\n") || !strings.Contains(out, "1 cross-tenant queries, 1 in the baseline") {
		t.Errorf("audit: code %d\n%s", code, out)
	}
}

// A reason was given for one text; whoever accepts another one has not given it.
func TestBaselineReasonsBelongToTheText(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "DELETE FROM notes WHERE id = $1;\n") // without a name
	cli("lint", "--write-baseline")
	edit(t, tenantgen.BaselineName, `"hash"`, `"reason": "one row", "hash"`)
	put(t, "db/queries/leak.sql", "DELETE FROM notes WHERE id = $1;\n-- name: One :one\nSELECT 1;\nDELETE FROM notes;\n")
	if code, _, errOut := cli("lint", "--write-baseline"); code != exitClean {
		t.Fatal(errOut)
	}
	text, _ := os.ReadFile(tenantgen.BaselineName)
	if strings.Count(string(text), `"hash"`) != 2 || strings.Count(string(text), "one row") != 1 {
		t.Errorf("%s", text)
	}
}

// What no baseline can excuse is reported when it is written, not only afterwards.
func TestWriteBaselineReportsTheRest(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", leak)
	put(t, "db/migrations/00009_stray.sql", "-- +goose Up\nCREATE TABLE stray (id int);\n")
	code, out, errOut := cli("lint", "--write-baseline")
	if code != exitFindings || !strings.Contains(out, "excuses 1 queries") || !strings.Contains(out, "undeclared-table") || strings.Contains(out, "unscoped-table") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}

// A write that nobody proved must not give the application's role the right to it.
func TestBaselinedWritesAreNotGranted(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", "-- name: Leak :exec\nUPDATE plans SET seats = 0 FROM notes n WHERE n.id = @id;\n")
	if code, _, errOut := cli("lint", "--write-baseline"); code != exitClean {
		t.Fatal(errOut)
	}
	if code, out, errOut := cli("generate"); code != exitClean {
		t.Fatalf("code %d\n%s%s", code, out, errOut)
	}
	text, err := os.ReadFile("db/migrations/00002_tenant_isolation.sql")
	if err != nil || !strings.Contains(string(text), "GRANT SELECT ON public.plans") {
		t.Fatalf("%v\n%s", err, text)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "GRANT") && strings.Contains(line, "plans") && strings.Contains(line, "UPDATE") {
			t.Error(line)
		}
	}
}

func TestBaselineIsNoBaseline(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", "null", `{"entries": []}`, `{"version": 1, "entries": []} {}`, `{"version": 4}`, `{"version": 2, "entries": [{"file": "x.sql", "hash": "h", "findings": ["f"]}]}`, `{"version": 1, "entries": [{"file": "x.sql"}]}`, `{"version": 1, "surprise": true}`} {
		t.Run(text, func(t *testing.T) {
			project(t, "uuid")
			put(t, tenantgen.BaselineName, text)
			for _, args := range [][]string{{"lint"}, {"lint", "--write-baseline"}, {"generate"}} {
				if code, _, errOut := cli(args...); code != exitFailed || !strings.Contains(errOut, tenantgen.BaselineName+":") {
					t.Errorf("%v: code %d\n%s", args, code, errOut)
				}
			}
			if after, _ := os.ReadFile(tenantgen.BaselineName); string(after) != text {
				t.Errorf("it was overwritten with %s", after)
			}
		})
	}
}

// What is excused is not proved, and of what policies do not make up for nothing is generated.
func TestBaselinedQueriesAreNotGenerated(t *testing.T) {
	project(t, "uuid")
	data, _ := os.ReadFile("db/queries/notes.sql")
	put(t, "db/queries/notes.sql", strings.Replace(string(data), " AND org_id = @org_id", " AND org_id = @org_id AND EXISTS (SELECT FROM pg_class)", 1))
	if code, _, errOut := cli("lint", "--write-baseline"); code != exitClean {
		t.Fatal(errOut)
	}
	text, _ := os.ReadFile(tenantgen.BaselineName)
	var b struct{ Entries []struct{ Query string } }
	if err := json.Unmarshal(text, &b); err != nil || len(b.Entries) != 1 {
		t.Fatal(err, string(text))
	}
	if code, out, errOut := cli("generate"); code != exitClean || !strings.Contains(out, "1 queries of the baseline get no method") || !strings.Contains(out, ": "+b.Entries[0].Query+"\n") {
		t.Fatalf("code %d\n%s%s", code, out, errOut)
	}
	for name, text := range snapshot(t) {
		if strings.HasPrefix(name, "repo/") && !strings.HasPrefix(name, "repo/internal") && strings.Contains(text, ") "+b.Entries[0].Query+"(") {
			t.Errorf("%s has a method %s", name, b.Entries[0].Query)
		}
	}
}

func TestAuditJSON(t *testing.T) {
	project(t, "uuid")
	if code, _, errOut := cli("generate"); code != exitClean {
		t.Fatal(errOut)
	}
	code, out, _ := cli("audit", "--format", "json")
	var got struct {
		Version    int
		Exceptions []tenantgen.Exception
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitClean {
		t.Fatal(code, err)
	}
	for _, e := range got.Exceptions {
		if e.Kind != "cross-tenant" {
			continue
		}
		file, _, _ := strings.Cut(e.Method, ":")
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), ") "+e.Name+"(") || e.Category == "" || e.Reason == "" {
			t.Errorf("%+v: %v", e, err)
		}
		return
	}
	t.Errorf("no cross-tenant query:\n%s", out)
}

func edit(t *testing.T, name, old, new string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(data), old) {
		t.Fatalf("%s has no %q (%v)", name, old, err)
	}
	put(t, name, strings.Replace(string(data), old, new, 1))
}
