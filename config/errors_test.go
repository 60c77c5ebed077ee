package config

import (
	"fmt"
	"strings"
	"testing"
)

// settings is a fault in options.tenantgen, whose first line is line 10.
func settings(name, block string, want ...string) fault {
	return fault{name, entry + "    " + strings.ReplaceAll(block, "\n", "\n    ") + "\n", want}
}

// goEntry is a fault in gen.go, on line 3.
func goEntry(name, options string, want ...string) fault {
	return fault{name, `version: "2"
sql: [{engine: postgresql, schema: db, queries: q, gen: {go:
` + options + `}}]
options: {tenantgen: {tenant_column: org_id}}
`, want}
}

func check(t *testing.T, f fault) {
	t.Helper()
	_, err := Load("sqlc.yaml")
	var got []string
	if err != nil {
		for _, e := range err.(Errors) {
			line := strings.TrimPrefix(e.Error(), "sqlc.yaml:")
			if e.Hint != "" {
				line += " | " + strings.SplitN(e.Hint, "\n", 2)[0]
			}
			got = append(got, line)
		}
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", f.want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(f.want, "\n"))
	}
}

func TestFaults(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range faults {
		if seen[f.name] {
			t.Errorf("%s: two cases of this name", f.name)
		}
		seen[f.name] = true
		t.Run(f.name, func(t *testing.T) {
			files := app(f.config)
			files["nul.sql"], files["note.txt"], files["d/x.down.sql"] = "SELECT 1;\x00", "", ""
			files["nested/go.mod"] = "module nested\n"
			tree(t, files)
			check(t, f)
		})
	}
}

func TestMissingFile(t *testing.T) {
	t.Chdir(t.TempDir())
	check(t, fault{want: []string{" cannot read: no such file or directory | run tenantgen where sqlc.yaml is, or name it with -f"}})
}

func TestSuggest(t *testing.T) {
	known := []string{"emit_interface", "emit_json_tags", "out", "package"}
	for word, want := range map[string]string{
		"emitInterface": `did you mean "emit_interface"?`, "emit-json-tags": `did you mean "emit_json_tags"?`,
		"otu": `did you mean "out"?`, "packages": `did you mean "package"?`, "emit_interfcae": `did you mean "emit_interface"?`,
		"zebra": "known here: emit_interface, emit_json_tags, out, package", "": "known here: emit_interface, emit_json_tags, out, package",
	} {
		if got := suggest(word, known); got != want {
			t.Errorf("suggest(%q) = %s, want %s", word, got, want)
		}
	}
}

// What the hints tell somebody to add must be enough.
func TestHintsAreValid(t *testing.T) {
	files := app("version: \"2\"\n" + strings.TrimPrefix(minimalEntry, "add\n") + "\n" + strings.TrimPrefix(minimalBlock, "add\n") + "\n")
	files["db/migrations/1.sql"], files["db/queries/a.sql"] = "SELECT 1;", "SELECT 1;"
	if err := mustLoad(t, files).CheckGenerate(); err != nil {
		t.Error(err)
	}
}

// Aliases multiply: ten lines of them must not become a thousand million values.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 2\noptions:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d {<<: [%s], k%d: v}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "), i)
	}
	b.WriteString("  tenantgen: *a9\nsql: []\n")
	tree(t, app(b.String()))
	_, err := Load("sqlc.yaml")
	if err == nil || !strings.Contains(err.Error(), "aliases expand to more than 200000 values") {
		t.Errorf("got %.300v", err)
	}
	if n := len(err.(Errors)); n > 100 {
		t.Errorf("%d errors", n)
	}
}
