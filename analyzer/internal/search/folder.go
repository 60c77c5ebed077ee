package search

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
)

// Write makes a folder of a leak, as the folders of soundness have it: psql runs
// schema.sql, states.sql with b set to 0 or 1, and probe.sql.
func (l *Leak) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string]string{"schema.sql": l.Schema.SQL(), "queries.sql": strings.Replace(header(l.Set), "Q", "Leak", 1) + l.Text + ";\n", "sqlc.yaml": l.yaml(),
		"states.sql": l.states(), "probe.sql": l.probe(), "README.txt": l.String() + "\n"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (l *Leak) yaml() string {
	return `version: "2"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries.sql
    gen:
      go:
        package: sqlcgen
        out: internal/repo/internal/sqlcgen
        sql_package: pgx/v5
options:
  tenantgen:
` + l.Schema.YAML()
}

// states has the rows of both, those of one of them under a condition.
func (l *Leak) states() string {
	var b strings.Builder
	a, c := l.Pair.States[0], l.Pair.States[1]
	rows := func(list []*schemagen.Row) {
		for _, r := range list {
			b.WriteString(r.SQL() + ";\n")
		}
	}
	both := slices.DeleteFunc(slices.Clone(a), func(r *schemagen.Row) bool { return !slices.Contains(c, r) })
	rows(both)
	only := func(list []*schemagen.Row) []*schemagen.Row {
		return slices.DeleteFunc(slices.Clone(list), func(r *schemagen.Row) bool { return slices.Contains(both, r) })
	}
	b.WriteString("\\if :b\n")
	rows(only(c))
	b.WriteString("\\else\n")
	rows(only(a))
	b.WriteString("\\endif\n")
	return b.String()
}

func (l *Leak) probe() string {
	args := ""
	if len(l.Values) > 0 {
		args = "(" + l.values() + ")"
	}
	return fmt.Sprintf("PREPARE q AS %s;\nEXECUTE q%s;\n-- the table, whose row it is, and the row\n%s;\n", l.Text, args, l.Schema.Dump())
}
