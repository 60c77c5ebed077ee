package golangci

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// testdata of package vet.
const app = "../testdata/app"

// said is what the linter says of a package, in order.
func said(t *testing.T, pkg string) []string {
	t.Helper()
	t.Setenv("GOWORK", "off")
	new, err := register.GetPlugin(Name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(map[string]any{"config": filepath.Join(app, "sqlc.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	analyzers, err := p.BuildAnalyzers()
	if err != nil {
		t.Fatal(err)
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax | packages.NeedModule, Dir: app}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs { // of drivers nothing has to be known
		maps.DeleteFunc(p.Imports, func(_ string, imported *packages.Package) bool { return !slices.Contains(pkgs, imported) })
	}
	graph, err := checker.Analyze(analyzers, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, act := range graph.Roots {
		if act.Err != nil {
			t.Fatal(act.Err)
		}
		for _, d := range act.Diagnostics {
			if act.Package.PkgPath != pkg {
				continue
			}
			rule, _, _ := strings.Cut(d.Message, ":")
			all[act.Analyzer.Name+" "+rule] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// One linter says what all analyzers find, also through functions of other packages.
func TestFindings(t *testing.T) {
	if got := strings.Join(said(t, "example.com/app/lines"), ", "); got != "tenantgen unknown-column, tenantgen unscoped-write" {
		t.Error(got)
	}
	if got := said(t, "example.com/app/user"); !slices.Contains(got, "tenantgen untyped-tenant") || !slices.Contains(got, "tenantgen unseen-sql") {
		t.Error(got)
	}
}

// A mistake in the settings is said, and so is that there is nothing to judge by.
func TestSettings(t *testing.T) {
	if _, err := New(map[string]any{"configs": "sqlc.yaml"}); err == nil || !strings.Contains(err.Error(), `unknown field "configs"`) {
		t.Error(err)
	}
	if p, err := New(map[string]any{"config": "nowhere.yaml"}); err != nil {
		t.Error(err)
	} else if _, err := p.BuildAnalyzers(); err == nil || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if _, err := New(nil); err == nil || !strings.Contains(err.Error(), "no sqlc.yaml") {
		t.Error(err)
	}
}
