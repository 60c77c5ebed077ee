package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tenantgen/tenantgen/internal/cache"
)

// Each command has a script, testdata/script/<command>.txtar, that calls the program as a
// process of its own. Besides testscript's own commands there are
//
//	project <golden>      unpacks a golden's project here, and puts its recorded sqlc on PATH
//	exits <code> args…    calls tenantgen, and wants it to exit with the code
//	edit <file> old new   replaces text that has to be there; \n is a line feed
//
// With -update, what cmp compares with is written anew.
func TestScripts(t *testing.T) {
	goldens, err := filepath.Abs(filepath.Join("..", "..", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: *update, RequireUniqueNames: true, Setup: goCommand,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"edit":  replace,
			"project": func(ts *testscript.TestScript, _ bool, args []string) {
				bin := ts.MkAbs(filepath.Join(ts.Getenv("TMPDIR"), "bin"))
				ts.Check(unpack(filepath.Join(goldens, args[0]+".txtar"), ts.MkAbs("."), bin))
				ts.Setenv("PATH", bin+string(os.PathListSeparator)+ts.Getenv("PATH"))
			},
		},
	})
}

// goCommand lets scripts build Go with what was built before, and without the network. $ROOT is this repository.
func goCommand(env *testscript.Env) error {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOROOT"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		env.Setenv(name, strings.TrimSpace(string(value)))
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	env.Setenv(cache.Variable, "off")
	env.Setenv("GOPROXY", "off")
	env.Setenv("ROOT", root)
	return err
}

// exits calls tenantgen.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil {
		ts.Fatalf("usage: exits code args…")
	}
	got, failed := 0, (*exec.ExitError)(nil)
	if err := ts.Exec("tenantgen", args[1:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("tenantgen exits with %d, not %d", got, want)
	}
}

// replace replaces text that has to be there.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	before, after := strings.ReplaceAll(args[1], `\n`, "\n"), strings.ReplaceAll(args[2], `\n`, "\n")
	if strings.Count(text, before) != 1 {
		ts.Fatalf("%q is not once in %s", before, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, before, after, 1)), 0o644))
}

// A command without a script is one that nobody tries.
func TestEveryCommandHasAScript(t *testing.T) {
	for _, name := range append(names(newInvocation(nil, nil, nil).root()), "help", "tenantgen") {
		if _, err := os.Stat(filepath.Join("testdata", "script", name+".txtar")); err != nil {
			t.Error(err)
		}
	}
}
