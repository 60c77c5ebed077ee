package tenantgen

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/migrate"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// The ten changes in every format: nothing is left to plan after any of them. With
// TENANTGEN_FORMATS the directories are kept there, for the tools themselves.
func TestTenChangesInEveryFormat(t *testing.T) {
	pgserver.Long(t)
	keep := os.Getenv("TENANTGEN_FORMATS")
	for _, format := range migrate.Formats() {
		t.Run(string(format), func(t *testing.T) {
			steps := readSteps(t)
			l := &line{application: newApplication(t), format: format}
			l.widening = true
			if keep != "" {
				l.dir = filepath.Join(keep, string(format))
				if err := os.MkdirAll(l.dir, 0o755); err != nil {
					t.Fatal(err)
				}
				t.Chdir(l.dir)
			}
			for i := range steps {
				l.apply(&steps[i])
				if name, _ := l.generate(&steps[i]); (name == "") != (steps[i].wantedName == "") {
					t.Errorf("%s: wrote %q", steps[i].title, name)
				}
			}
			if _, err := os.Stat(filepath.Join(l.dir, "m", migrate.SumName)); (err == nil) != (format == migrate.Atlas) {
				t.Errorf("checksums: %v", err)
			}
		})
	}
}

// inFormat writes a migration for goose as another tool wants it. Without a way
// back in the format, it is left out.
func inFormat(f migrate.Format, name, text string) map[string]string {
	up, down, _ := strings.Cut(strings.TrimPrefix(text, "-- +goose Up\n"), "-- +goose Down\n")
	switch f {
	case migrate.GolangMigrate:
		stem := strings.TrimSuffix(name, ".sql")
		return map[string]string{stem + ".up.sql": up, stem + ".down.sql": down}
	case migrate.Dbmate:
		return map[string]string{name: "-- migrate:up\n" + up + "-- migrate:down\n" + down}
	case migrate.Tern:
		return map[string]string{name: up + "---- create above / drop below ----\n" + down}
	case migrate.Plain, migrate.Atlas:
		return map[string]string{name: up}
	}
	return map[string]string{name: text}
}

// own adds the application's migration, and for Atlas signs it.
func (l *line) own(name, text string) {
	l.t.Helper()
	dir := filepath.Join(l.dir, "m")
	for name, text := range inFormat(l.format, name, text) {
		sum, _, err := migrate.Sum(os.DirFS(dir), l.format, []migrate.File{{Name: name, Text: []byte(text)}})
		if err != nil {
			l.t.Fatal(err)
		}
		l.write("m/"+name, text)
		if sum != nil {
			l.write("m/"+sum.Name, string(sum.Text))
		}
	}
}

func (l *line) settingsFile() string {
	return "version: \"2\"\nsql: [{engine: postgresql, schema: m, queries: q}]\noptions:\n  tenantgen:\n" +
		fmt.Sprintf("    migrations: {dir: m, format: %s}\n    ", l.format) + strings.ReplaceAll(strings.TrimSpace(l.settings), "\n", "\n    ") + "\n"
}
