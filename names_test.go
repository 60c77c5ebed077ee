package tenantgen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

// What generate refuses of names and of types of the tenant, or Go of what it wrote, lint says, and nothing else.
// -update writes both down; sqlc itself is run.
func TestForeseen(t *testing.T) {
	pgserver.Long(t) // sqlc and the compiler take seconds
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob("testdata/names/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal(err)
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			file = filepath.Join(root, file)
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			l := newApplication(t)
			wanted := map[string]string{}
			for _, f := range archive.Files {
				if f.Name == "lint" || f.Name == "generate" {
					wanted[f.Name] = string(f.Data)
				} else {
					l.write(f.Name, string(f.Data))
				}
			}
			said, failed := foreseen(t, root)
			if (said == "") != (failed == "") {
				t.Errorf("lint says\n%sand generate\n%s", said, failed)
			}
			if *update {
				archive.Files = archive.Files[:len(archive.Files)-2]
				archive.Files = append(archive.Files, txtar.File{Name: "lint", Data: []byte(said)}, txtar.File{Name: "generate", Data: []byte(failed)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if said != wanted["lint"] || failed != wanted["generate"] {
				t.Errorf("lint says\n%swant\n%sgenerate says\n%swant\n%s", said, wanted["lint"], failed, wanted["generate"])
			}
		})
	}
}

// foreseen is what lint says of the project here, and generate when it does not listen to that.
func foreseen(t *testing.T, root string) (said, failed string) {
	t.Helper()
	p, err := Load("sqlc.yaml")
	if err = errors.Join(err, usermodule.Write(".", root, "example.com/app")); err != nil {
		t.Fatal(err)
	}
	r := p.Check()
	for _, d := range r.Diagnostics {
		if d.Severity == analyzer.Error {
			said += fmt.Sprintf("%s:%d: %s: %s\n", d.File, d.Line, d.Rule, d.Message)
		}
	}
	p.sqlc = func(ctx context.Context) (map[string][]byte, error) { return (&golden{}).realSQLC(ctx, p, root) }
	out, err := p.Generate(t.Context(), r)
	if err != nil {
		_, message, _ := strings.Cut("\n"+err.Error(), "\n")
		if at := strings.Index(message, "# package"); at >= 0 { // what sqlc says, without the way to it
			message = message[at:]
		}
		return said, message + "\n"
	}
	changes, err := out.Changes()
	if err = errors.Join(err, Commit(changes)); err != nil {
		t.Fatal(err)
	}
	if out, err := usermodule.Go(".", "vet", "./repo/...").CombinedOutput(); err != nil {
		return said, string(out)
	}
	return said, ""
}

// Without repositories, names and types are sqlc's and its user's affair; what does not compile is said all the same.
func TestLintAlone(t *testing.T) {
	a := newApplication(t)
	a.write("m/s.sql", "CREATE DOMAIN org AS uuid;\nCREATE TABLE txes (org_id org NOT NULL, a int, \"A\" int);\nCREATE TABLE org_id (org_id bigint NOT NULL, \"1a\" int);\n")
	a.write("q/1st_linux.sql", "-- name: getTx :many\nSELECT a FROM txes WHERE org_id = @org_id AND a = sqlc.arg('1a');\n-- name: GetOrg :many\nSELECT * FROM org_id WHERE org_id = @org_id;\n")
	a.write("sqlc.yaml", `version: "2"
sql:
  - {engine: postgresql, schema: m, queries: q, gen: {go: {package: db, out: db, sql_package: pgx/v5}}}
options:
  tenantgen: {tenant_column: org_id, rules: {no-tenant-index: {severity: "off", reason: tables are small}}}
`)
	p, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const want = "m/s.sql:2:48-2:55: unusable-name: the code would not compile: A would be both column a and column A\n  hint: rename: {\"A\": …}, under gen.go of this entry of sqlc.yaml"
	if got := strings.TrimSpace(diagnostics(p.Check())); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
