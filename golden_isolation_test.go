package tenantgen

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

// isolationModule is a golden of the generated test of isolation, as a module, with a database of its own.
func isolationModule(t *testing.T, name string) (g *golden, module, databaseURL string) {
	t.Helper()
	g = unpack(t, filepath.Join("golden", name))
	got := g.run(t)
	databaseURL = pgserver.DatabaseForTest(t)
	g.applies(t, got, databaseURL)
	return g, g.module(t, got), databaseURL
}

func testOutput(g *golden, module, databaseURL string) string {
	cmd := usermodule.Go(module, "test", "-count=1", "-ldflags=-w", "./repo")
	cmd.Env = append(cmd.Env, "GOLDEN_DATABASE_URL="+databaseURL, "GOLDEN_ROLE="+g.role)
	text, err := cmd.CombinedOutput()
	if err == nil {
		return "passed:\n" + string(text)
	}
	return string(text)
}

// TestIsolationTestFails puts leaks into what was generated, takes row-level security off a table, and wants the generated
// test to notice each of them.
func TestIsolationTestFails(t *testing.T) {
	g, module, url := isolationModule(t, "isolation.txtar")
	const indent = "            " // as go test has it
	leaks := []struct{ statement, leak, want string }{
		{`orgID.Scope(), tenant.Operation{Repository: "CommentsRepository", Name: "Before"`, `NewOrgID(1).Scope(), tenant.Operation{Repository: "CommentsRepository", Name: "Before"`,
			"Comments.Before with no tenant: got <nil>, want tenant: no tenant"},
		{"WHERE org_id = $1 AND id = $2\n`\n\ntype GetNoteParams", "WHERE $1::int > 0 AND id = $2 ORDER BY org_id DESC\n`\n\ntype GetNoteParams",
			`--- FAIL: TestIsolation/Notes.GetNote`},
		{"SELECT count(*) FROM notes WHERE org_id = $1", "SELECT count(*) FROM notes WHERE org_id = $1 OR org_id > $1",
			"without row-level security, it depends on rows of another tenant:\n" + indent + "returned is [7], otherwise [3]"},
		{"UPDATE notes SET state = 'done' WHERE org_id = $1 AND id = $2", "UPDATE notes SET state = 'done' WHERE org_id >= $1 AND id = $2",
			"added to public.notes.org_id is [1 2], otherwise [1]"},
		{"UPDATE notes SET title = title WHERE org_id = $1 AND", "UPDATE notes SET title = title WHERE org_id >= $1 AND",
			`--- FAIL: TestIsolation/Notes.Touch`},
		{"SELECT title FROM notes WHERE org_id = $1 AND id = $2", "SELECT title FROM notes WHERE org_id >= $1 AND id = $2",
			"with arguments of B, without row-level security, it depends on rows of another tenant:\n" + indent + `error "", otherwise "no rows in result set"`},
	}
	for _, name := range []string{"internal/sqlcgen/notes.sql.go", "internal/sqlcgen/batch.go", "comments.go"} {
		name = filepath.Join(module, "repo", name)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for i := range leaks {
			if s := leaks[i].statement; s != "" && strings.Contains(text, s) {
				text = strings.Replace(text, s, leaks[i].leak, 1)
				leaks[i].statement = ""
			}
		}
		write(t, name, []byte(text))
	}
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	if _, err := db.Exec(t.Context(), "ALTER TABLE slugs DISABLE ROW LEVEL SECURITY"); err != nil {
		t.Fatal(err)
	}
	out := testOutput(g, module, url)
	for _, l := range leaks {
		if l.statement != "" {
			t.Errorf("there is no %q to leak", l.statement)
		}
		if !strings.Contains(out, l.want) {
			t.Errorf("%s is not noticed: want %s", l.leak, l.want)
		}
	}
	if !strings.Contains(out, "table public.slugs: has row-level security disabled") {
		t.Error("a table without row-level security is not noticed")
	}
	for _, healthy := range []string{"Notes.AddNote", "Notes.Retitle", "Comments.Bodies"} {
		if strings.Contains(out, "TestIsolation/"+healthy) {
			t.Errorf("%s fails too", healthy)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// TestIsolationTestNeedsFixture has none, and one that is wrong.
func TestIsolationTestNeedsFixture(t *testing.T) {
	g, module, url := isolationModule(t, "isolation.txtar")
	name := filepath.Join(module, "repo/isolation_fixture_test.go")
	fixture, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	replace := strings.NewReplacer("INSERT INTO slugs VALUES ('a', 1), ('b', 2)", "INSERT INTO slugs VALUES ('a', 1)",
		`"Notes.Purge": `, `"Notes.GetNote": `, `"Notes.Retitle": func`, `"Notes.Rename": func`)
	write(t, name, []byte(replace.Replace(string(fixture))))
	out := testOutput(g, module, url)
	for _, want := range []string{
		"RemoveB removed no row of public.slugs: give B rows there",
		"it changed nothing with arguments of A: give it better ones in ArgsA, or say in FindNothing why it cannot",
		"FindNothing excuses it, but it finds something",
		"Oracles excuses it, but it violates no unique constraint",
		"Adjust: there is no call Notes.Rename",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %s in\n%s", want, out)
		}
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if out := testOutput(g, module, url); !strings.Contains(out, "undefined: isolationFixture") {
		t.Errorf("without a fixture: %s", out)
	}
}

// TestLevelsIsolationTestFails: with levels of tenancy, a leak across organizations is noticed by the test of organizations, and one from project to
// project within an organization by that of projects.
func TestLevelsIsolationTestFails(t *testing.T) {
	g, module, url := isolationModule(t, "levels_isolation.txtar")
	name := filepath.Join(module, "repo/internal/sqlcgen/docs.sql.go")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for statement, leak := range map[string]string{
		"SELECT id, title FROM docs WHERE project_id = $1 ORDER BY id": "SELECT id, title FROM docs WHERE project_id = $1 OR organization_id = (SELECT p.organization_id FROM projects p WHERE p.id = $1) ORDER BY id",
		"SELECT count(*) FROM docs WHERE organization_id = $1":         "SELECT count(*) FROM docs WHERE organization_id >= $1",
	} {
		if !strings.Contains(text, statement) {
			t.Fatalf("there is no %q to leak", statement)
		}
		text = strings.Replace(text, statement, leak, 1)
	}
	write(t, name, []byte(text))
	out := testOutput(g, module, url)
	for _, want := range []string{"--- FAIL: TestProjectIsolation/Docs.ListDocs ", "--- FAIL: TestIsolation/Docs.CountDocsOfOrganization ", "without row-level security, it depends on rows of another tenant"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %s", want)
		}
	}
	if strings.Contains(out, "TestProjectIsolation/Docs.CountDocsOfOrganization") {
		t.Error("what an organization counts over its projects is called for a project")
	}
	if t.Failed() {
		t.Log(out)
	}
}

// called finds the calls of a generated test of isolation.
var called = regexp.MustCompile(`\{Name: "(\w+)\.(\w+)"`)

// TestIsolationTestCallsAll: every query that is for a tenant, and each once, is called by the generated test, with one level of tenancy and with
// several. What is not are queries on shared tables, and those that say themselves that they cross tenants.
func TestIsolationTestCallsAll(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, config, test string) {
		project, err := Load(config)
		if err != nil {
			t.Fatal(err)
		}
		calls := map[string]int{}
		for _, m := range called.FindAllStringSubmatch(test, -1) {
			if base, seq := strings.CutSuffix(m[2], "Seq"); !seq || calls[base] == 0 { // else it is an iterator over the same query
				calls[m[2]]++
			}
		}
		scoped := 0
		for _, q := range project.Check().Queries {
			switch q.Verdict {
			case analyzer.Global, analyzer.CrossTenant, analyzer.OfTenants:
			case analyzer.Scoped:
				scoped++
				if calls[q.Name] != 1 {
					t.Errorf("%s: %s is called %d times", name, q.Name, calls[q.Name])
				}
			default:
				t.Errorf("%s: %s is %s: is it to be called?", name, q.Name, q.Verdict)
			}
		}
		if scoped == 0 || len(calls) != scoped {
			t.Errorf("%s: %d calls of %d queries that are for a tenant", name, len(calls), scoped)
		}
	}
	test, err := os.ReadFile("example/repo/isolation_test.go")
	if err != nil {
		t.Fatal(err)
	}
	check("example", "sqlc.yaml", string(test))
	for _, name := range []string{"isolation", "levels_isolation"} {
		g := unpack(t, filepath.Join("golden", name+".txtar"))
		got := g.run(t)
		t.Chdir(g.dir)
		check(name, "sqlc.yaml", got["repo/isolation_test.go"])
		t.Chdir(root)
	}
}
