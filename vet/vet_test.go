package vet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/vet"
)

// app is the module that the tests judge.
const app = "testdata/app"

// downloaded has the modules that app requires, once: analysistest asks no proxy.
var downloaded = sync.OnceValue(func() error {
	cmd := exec.Command("go", "mod", "download")
	cmd.Dir, cmd.Env = app, append(os.Environ(), "GOWORK=off")
	return cmd.Run()
})

func suite(t testing.TB) *vet.Suite {
	t.Helper()
	if err := downloaded(); err != nil {
		t.Fatalf("go mod download in %s: %v", app, err)
	}
	p, err := tenantgen.Load(filepath.Join(app, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := vet.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func analyzer(t testing.TB, name string) *analysis.Analyzer {
	t.Helper()
	for _, a := range suite(t).Analyzers {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("there is no analyzer %s", name)
	return nil
}

// Comments in the packages say what is reported where.
func TestTenantSQL(t *testing.T) {
	dir, err := filepath.Abs(app)
	if err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, dir, analyzer(t, "tenantsql"), "./plain", "./store", "./user", "./declared", "./ids", "./appended", "./jumps", "./colons", "./unsent", "./through")
}

// Where ids of a type of the application's own are made.
func TestTenantID(t *testing.T) {
	dir, err := filepath.Abs(app)
	if err != nil {
		t.Fatal(err)
	}
	analysistest.Run(t, dir, analyzer(t, "tenantid"), "./rows", "./implicit")
}

// What a statement lacks is written into its literal, with the tenant's id for a parameter that is new.
func TestFixedSQL(t *testing.T) {
	dir, err := filepath.Abs(app)
	if err != nil {
		t.Fatal(err)
	}
	analysistest.RunWithSuggestedFixes(t, dir, analyzer(t, "tenantsql"), "./fixes")
}
