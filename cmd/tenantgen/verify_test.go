package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// sample is the damage that docs/verify.md shows the output for.
const sample = `
ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
CREATE POLICY reports ON notes FOR SELECT USING (true);
CREATE MATERIALIZED VIEW notes_per_day AS SELECT org_id, date(created_at) AS day, count(*) FROM notes GROUP BY 1, 2;
GRANT SELECT ON notes_per_day TO app_tenant;
GRANT ALL ON projects TO app_tenant;
CREATE INDEX notes_status ON notes (org_id, status);`

const sampleFile = "../../verify/testdata/output.txt"

var serverVersion = regexp.MustCompile(`PostgreSQL [^:]+:`)

// exampleDatabase makes the example's configuration the current one and returns its
// database, with what somebody did to it.
func exampleDatabase(t *testing.T, damage string) (databaseURL string) {
	t.Helper()
	for _, name := range []string{"DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGPASSWORD"} {
		t.Setenv(name, "")
	}
	databaseURL = pgserver.DatabaseForTest(t)
	if err := applied.Migrate(t.Context(), databaseURL, "../../example/db/migrations"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), damage); err != nil {
		t.Fatal(err)
	}
	return databaseURL
}

// The text is what docs/verify.md shows.
func TestVerifyText(t *testing.T) {
	t.Setenv("DATABASE_URL", exampleDatabase(t, sample))
	code, out, errOut := cli("-f", "../../sqlc.yaml", "verify")
	if code != exitFindings || errOut != "" {
		t.Fatalf("code %d\n%s", code, errOut)
	}
	out = serverVersion.ReplaceAllString(out, "PostgreSQL 15:")
	if *update {
		if err := os.WriteFile(sampleFile, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(sampleFile)
	if err != nil || out != string(want) {
		t.Errorf("the output has changed (%v); run go test ./cmd/tenantgen -run TestVerifyText -update, then go test ./verify -update, and read the diff:\n%s", err, out)
	}
}

func TestVerifyClean(t *testing.T) {
	databaseURL := exampleDatabase(t, "")
	code, out, errOut := cli("-f", "../../sqlc.yaml", "verify", "--database-url", databaseURL)
	if code != exitClean || errOut != "" || !strings.Contains(out, ": key-without-tenant: ") || !strings.HasSuffix(out, ": 0 errors, 1 warnings\n") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	// The flag comes before DATABASE_URL, and that before the variables of libpq.
	t.Setenv("DATABASE_URL", "postgres://127.0.0.1:1/no")
	if code, _, errOut := cli("-f", "../../sqlc.yaml", "verify", "--database-url="+databaseURL); code != exitClean {
		t.Errorf("the flag: code %d\n%s", code, errOut)
	}
	if code, out, errOut := cli("-f", "../../sqlc.yaml", "verify"); code != exitFailed || out != "" || !strings.HasPrefix(errOut, "tenantgen: cannot connect to database no on 127.0.0.1:1") {
		t.Errorf("DATABASE_URL: code %d\n%s%s", code, out, errOut)
	}
	c, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"DATABASE_URL": "", "PGHOST": c.Host, "PGPORT": fmt.Sprint(c.Port), "PGUSER": c.User, "PGPASSWORD": c.Password, "PGDATABASE": c.Database} {
		t.Setenv(name, value)
	}
	if code, out, errOut := cli("-f", "../../sqlc.yaml", "verify"); code != exitClean {
		t.Errorf("PGHOST and so on: code %d\n%s%s", code, out, errOut)
	}
}

func TestVerifyFormats(t *testing.T) {
	t.Setenv("DATABASE_URL", exampleDatabase(t, sample+"CREATE POLICY \"odd\x1b[2J\nname\" ON notes AS RESTRICTIVE USING (true)"))
	code, out, _ := cli("-f", "../../sqlc.yaml", "verify", "--format", "json")
	var report struct {
		Version  int
		AppRoles []string `json:"app_roles"`
		Summary  map[string]int
		Findings []jsonFinding
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitFindings {
		t.Fatal(code, err, out)
	}
	s := report.Summary
	if report.Version != 1 || len(report.AppRoles) != 1 || s["tables"] != 27 || s["policies"] != 52 || s["errors"] != 3 || s["warnings"] != 4 || len(report.Findings) != 7 {
		t.Errorf("%s", out)
	}
	for _, f := range report.Findings {
		if f.Rule == "" || f.Severity == "" || f.Object == "" || f.Message == "" || f.Rule == "rls-not-forced" && (f.Table != "notes" || f.Is == "" || f.Promised == "" || len(f.SQL) != 1) {
			t.Errorf("%+v", f)
		}
	}
	code, out, _ = cli("-f", "../../sqlc.yaml", "verify", "--format=sarif")
	log, err := sarif.FromBytes([]byte(out))
	if err != nil || code != exitFindings {
		t.Fatal(code, err)
	}
	if err := log.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs[0].Results) != 7 {
		t.Errorf("%d results", len(log.Runs[0].Results))
	}
	for _, r := range log.Runs[0].Results {
		rule, at := log.Runs[0].Tool.Driver.Rules[r.RuleIndex], r.Locations[0].PhysicalLocation
		if *rule.ID != *r.RuleID || *r.RuleID == "rls-not-forced" && (!strings.HasSuffix(*at.ArtifactLocation.URI, "migrations/00002_notes.sql") || *at.Region.StartLine != 33 ||
			!strings.Contains(*r.Message.Text, "ALTER TABLE public.notes FORCE ROW LEVEL SECURITY;") || !strings.HasSuffix(*rule.HelpURI, "docs/verify.md#rls-not-forced")) {
			t.Errorf("%s at %s:%d of rule %s: %s", *r.RuleID, *at.ArtifactLocation.URI, *at.Region.StartLine, *rule.ID, *r.Message.Text)
		}
	}
	if code, out, _ = cli("-f", "../../sqlc.yaml", "verify", "--format", "github"); code != exitFindings || strings.Count(out, "::error ") != 3 || strings.Count(out, "::warning ") != 4 || strings.Count(out, "\n") != 8 {
		t.Errorf("code %d\n%s", code, out)
	}
	// Nobody's name writes to the terminal.
	if _, out, _ = cli("-f", "../../sqlc.yaml", "verify"); strings.Contains(out, "\x1b") || strings.Contains(out, "\nname") {
		t.Errorf("%q", out)
	}
}

// Warnings of verify are configured like those of lint; its errors are not.
func TestVerifyRuleSettings(t *testing.T) {
	databaseURL := exampleDatabase(t, sample)
	text, err := os.ReadFile("../../sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS("example/db", os.DirFS(root+"/../../example/db")); err != nil {
		t.Fatal(err)
	}
	with := func(settings string) (int, string, string) {
		put(t, "sqlc.yaml", string(text)+"    rules:\n"+settings)
		return cli("verify", "--database-url", databaseURL)
	}
	if code, out, errOut := with("      non-leakproof-index: {severity: off, reason: small tables}\n      extra-policy: {severity: error}\n"); code != exitFindings || strings.Contains(out, "non-leakproof-index") ||
		!strings.Contains(out, "extra-policy: policy reports is not ours; the restrictive floor keeps it from letting through more\n") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	if code, _, errOut := with("      rls-not-forced: {severity: off, reason: in a hurry}\n"); code != exitFailed || !strings.Contains(errOut, "without rls-not-forced the database does not keep tenants apart") {
		t.Errorf("code %d\n%s", code, errOut)
	}
	if code, _, errOut := with("      extra-polcy: {severity: error}\n"); code != exitFailed || !strings.Contains(errOut, `did you mean "extra-policy"?`) {
		t.Errorf("code %d\n%s", code, errOut)
	}
	// What cannot be understood promises nothing.
	put(t, "example/db/migrations/99999_odd.sql", "-- +goose Up\nCREATE TABLE nobodys (id int);\n")
	if code, out, errOut := with("      extra-policy: {severity: error}\n"); code != exitFailed || out != "" || !strings.Contains(errOut, "table nobodys has no column org_id and is not declared, so it is not known what to verify") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}
