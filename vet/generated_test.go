package vet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/vet"
)

// generated is an application on what tenantgen generated for a golden, with the packages of testdata/generated.txtar.
func generated(t *testing.T) (string, []*analysis.Analyzer) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, text []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, archive := range []string{"../golden/uuid.txtar", "testdata/generated.txtar"} {
		a, err := txtar.ParseFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			name := strings.TrimPrefix(strings.TrimPrefix(f.Name, "sqlc/"), "want/")
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "db/") || name == "sqlc.yaml" || strings.HasSuffix(name, ".golden") {
				write(name, f.Data)
			}
		}
	}
	runtime, err := filepath.Abs("../tenant")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(runtime, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(mod), "module github.com/tenantgen/tenantgen/tenant", "module example.com/app", 1)
	write("go.mod", []byte(own+"\nrequire github.com/tenantgen/tenantgen/tenant v0.0.0\n\nreplace github.com/tenantgen/tenantgen/tenant => "+runtime+"\n"))
	sum, err := os.ReadFile(filepath.Join(runtime, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write("go.sum", sum)
	p, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := vet.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s.Analyzers
}

// On generated repositories: who holds a pool and crosses tenants, and where ids are made.
func TestGeneratedCode(t *testing.T) {
	dir, all := generated(t)
	for _, a := range all {
		if a.Name != "tenantsql" {
			analysistest.Run(t, dir, a, "./"+a.Name, "./wiring", "./repo/...")
		}
	}
}

// A call around the transaction becomes one on it, and an id of the request's text the context's.
func TestFixedCode(t *testing.T) {
	dir, all := generated(t)
	for _, a := range all {
		if a.Name == "tenanttx" || a.Name == "tenantid" {
			analysistest.RunWithSuggestedFixes(t, dir, a, "./fix"+a.Name)
		}
	}
}
