package tenantgen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

// What lint says of names in sqlc's code is what generate finds in it, and the rest compiles.
func TestUsableNames(t *testing.T) {
	pgserver.Long(t) // sqlc and the compiler take seconds
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const read, remove = "SELECT id, name FROM orgs WHERE id = @", "DELETE FROM orgs WHERE id = @"
	const shared, change = "SELECT ctx, q FROM things WHERE db = @", "INSERT INTO things (db) VALUES (1), (@"
	commands := []string{"one", read, "many", read, "exec", remove, "execrows", remove, "execresult", remove,
		"batchexec", change, "batchone", shared, "batchmany", shared}
	names := strings.Fields("ctx q db rows row err items i arg len nil string append context pgx pgconn pgtype errors sql a vals batch br result init int64 error b t f e v closed some_id fmt make close new")
	l := &namesLab{newApplication(t), root}
	if err := usermodule.Write(".", root, "example.com/app"); err != nil {
		t.Fatal(err)
	}
	l.write("m/00001_schema.sql", "-- +goose Up\nCREATE TABLE orgs (id uuid PRIMARY KEY, name text);\nCREATE TABLE things ("+strings.Join(names, " int, ")+" int);\n")
	var parameters, read1, batch strings.Builder
	for i, name := range names {
		for j := 0; j < len(commands); j += 2 {
			fmt.Fprintf(&parameters, "-- name: P%d%s :%s\n%s%s%s;\n", i, commands[j], commands[j], commands[j+1], name, strings.Repeat(")", strings.Count(commands[j+1], "(1), (")))
		}
		fmt.Fprintf(&parameters, "-- name: P%d :copyfrom\nINSERT INTO things (%s) VALUES (@%[2]s);\n", i, name)
		upper := strings.ToUpper(name[:1]) + name[1:]
		fmt.Fprintf(&batch, "-- name: %s :batchexec\n%ssome_id);\n", upper, change)
		if name == "errors" { // a package, in the files of batches alone: generate knows whether there are some
			continue
		}
		fmt.Fprintf(&read1, "-- name: %s :many\n%ssome_id;\n", upper, read)
	}
	l.compare(t, "parameters and constants", parameters.String()+read1.String()+"-- name: getNote :one\n"+read+"id;\n")
	const others = "-- name: Others :many\n" + read + "id;\n-- name: Removed :execrows\n" + remove + "id;\n" // what they have a use for counts, too
	l.compare(t, "constants of batches", others+batch.String())
}

type namesLab struct {
	*application
	root string
}

// judge is what lint says of names in queries, and generate of those in sqlc's code.
func (l *namesLab) judge(t *testing.T, queries string) (said, found []string, out *Output, err error) {
	t.Helper()
	if err := errors.Join(os.RemoveAll("repo"), os.RemoveAll("m/00002_tenant_isolation.sql")); err != nil {
		t.Fatal(err)
	}
	l.configure("    out: repo\n    migrations: {dir: m, format: goose}\n    tables: {orgs: {tenant_column: id}, things: {global: true}}\n", "m: "+queries)
	l.write("sqlc.yaml", strings.Replace(l.read("sqlc.yaml"), "queries: queriesa}", "queries: queriesa, gen: {go: {package: db, out: repo/internal/db, sql_package: pgx/v5}}}", 1))
	p, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := p.Check()
	for _, d := range r.Diagnostics {
		if d.Rule == "unusable-name" {
			said = append(said, d.Query)
		} else if d.Severity == analyzer.Error {
			t.Fatalf("%+v", d)
		}
	}
	p.sqlc = func(ctx context.Context) (map[string][]byte, error) { return (&golden{}).realSQLC(ctx, p, l.root) }
	out, err = p.Generate(t.Context(), r)
	if err != nil {
		for _, m := range regexp.MustCompile(`(?:: |of )query (\w+)`).FindAllStringSubmatch(err.Error(), -1) {
			found = append(found, m[1])
		}
		if len(found) == 0 {
			t.Fatal(err)
		}
	}
	slices.Sort(said)
	slices.Sort(found)
	return said, slices.Compact(found), out, err
}

// compare judges queries, and compiles what is left of them without the refused ones.
func (l *namesLab) compare(t *testing.T, what, queries string) {
	t.Helper()
	said, found, _, _ := l.judge(t, queries)
	if !slices.Equal(said, found) || len(found) == 0 {
		t.Errorf("%s: lint refuses\n%q\ngenerate\n%q", what, said, found)
	}
	for _, name := range append(said, found...) {
		queries = regexp.MustCompile(`(?m)^-- name: `+name+` .*\n.*\n`).ReplaceAllString(queries, "")
	}
	said, found, out, err := l.judge(t, queries)
	if len(said)+len(found) > 0 {
		t.Fatalf("%s: of the rest lint refuses %q, generate %q: %v", what, said, found, err)
	}
	changes, err := out.Changes()
	if err = errors.Join(err, Commit(changes)); err != nil {
		t.Fatal(err)
	}
	if out, err := usermodule.Go(".", "vet", "./repo/...").CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", what, err, out)
	}
}
