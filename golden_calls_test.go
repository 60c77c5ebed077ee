package tenantgen

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

// goldenModule is what the module of every case is called.
const goldenModule = "example.com/app"

// goldenCalls calls what was generated in each case as two tenants: in one module with a folder for each, because linking
// a program takes longer than all that they do. A case with tests of its own packages is a module of its own.
type goldenCalls struct {
	*testing.T    // whose databases they are
	dir           string
	env           []string
	imports, runs strings.Builder
}

func newGoldenCalls(t *testing.T) *goldenCalls { return &goldenCalls{T: t, dir: t.TempDir()} }

// untested is what go test says of a package without tests.
var untested = regexp.MustCompile(`(?m)^\?.*\[no test files\]\n`)

// What stands in the tests of a case.
var (
	aTest        = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	aTestPackage = regexp.MustCompile(`(?m)^package app_test$`)
)

// add migrates a database, and makes what is to be called a folder of the module, as a package that the calls import.
func (c *goldenCalls) add(t *testing.T, g *golden, name string, got map[string]string) {
	t.Helper()
	databaseURL := pgserver.DatabaseForTest(c.T)
	g.applies(t, got, databaseURL)
	dir := g.module(t, got)
	if others, err := filepath.Glob(filepath.Join(dir, "*/*_test.go")); err != nil || len(others) > 0 {
		g.calls(t, dir, databaseURL)
		return
	}
	tests := aTest.FindAllSubmatch(g.tests, -1)
	if len(tests) == 0 {
		t.Error("run_test.go has no tests")
	}
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" {
			return err
		}
		text, err := os.ReadFile(file)
		text = bytes.ReplaceAll(text, []byte(`"`+goldenModule+`/`), []byte(`"`+goldenModule+`/`+name+`/`))
		to := strings.TrimPrefix(file, dir)
		if filepath.Dir(to) == string(filepath.Separator) {
			to = strings.TrimSuffix(to, "_test.go") + ".go"
			text = aTestPackage.ReplaceAll(text, []byte("package app"))
		}
		write(t, filepath.Join(c.dir, name, to), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&c.imports, "\t%s %q\n", name, goldenModule+"/"+name)
	for _, test := range tests {
		fmt.Fprintf(&c.runs, "\t{%q, %q, %s.%s},\n", name, test[1], name, test[1])
	}
	c.env = append(c.env, "GOLDEN_DATABASE_URL_"+name+"="+databaseURL, "GOLDEN_ROLE_"+name+"="+g.role)
}

// goldenRun is the test that calls the tests of all cases.
const goldenRun = `package calls

import (
	"os"
	"testing"

%s)

func TestCalls(t *testing.T) {
	for _, c := range []struct {
		golden, name string
		test         func(*testing.T)
	}{
%s	} {
		t.Run(c.golden+"/"+c.name, func(t *testing.T) {
			for _, v := range []string{"GOLDEN_DATABASE_URL", "GOLDEN_ROLE"} {
				t.Setenv(v, os.Getenv(v+"_"+c.golden))
			}
			c.test(t)
		})
	}
}
`

// run vets every package, and runs the tests against the migrated databases.
func (c *goldenCalls) run(t *testing.T) {
	t.Helper()
	if c.env == nil {
		return
	}
	if err := usermodule.Write(c.dir, ".", goldenModule); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(c.dir, "calls/calls_test.go"), fmt.Appendf(nil, goldenRun, &c.imports, &c.runs))
	goldenTest(t, c.dir, c.env...)
}

// goldenTest vets every package of a module, and runs its tests.
func goldenTest(t *testing.T, module string, env ...string) {
	t.Helper()
	cmd := usermodule.Go(module, "test", "-count=1", "-vet=all", "-ldflags=-s", "./...")
	cmd.Env = append(cmd.Env, env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the generated code does not work: %v\n%s", err, untested.ReplaceAll(text, nil))
	}
}

// module makes the case a module on this checkout of tenantgen.
func (g *golden) module(t *testing.T, got map[string]string) string {
	t.Helper()
	root := filepath.Dir(filepath.Dir(g.file))
	dir := t.TempDir()
	if err := usermodule.Write(dir, root, goldenModule); err != nil {
		t.Fatal(err)
	}
	for _, files := range []map[string][]byte{g.own, g.recorded} {
		for name, data := range files {
			write(t, filepath.Join(dir, name), data)
		}
	}
	for name, data := range got {
		write(t, filepath.Join(dir, name), []byte(data))
	}
	if g.tests == nil {
		t.Error("there is no run_test.go: what is generated has to be called as two tenants")
		return dir
	}
	setup, err := os.ReadFile(filepath.Join(root, "testdata/golden/setup_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "setup_test.go"), setup)
	write(t, filepath.Join(dir, "run_test.go"), g.tests)
	return dir
}

// calls runs the tests of a case that is a module of its own.
func (g *golden) calls(t *testing.T, module, databaseURL string) {
	t.Helper()
	goldenTest(t, module, "GOLDEN_DATABASE_URL="+databaseURL, "GOLDEN_ROLE="+g.role)
}
