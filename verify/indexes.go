package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var nonLeakproofIndex = &rules.Rule{
	Name: "non-leakproof-index", Kind: rules.Database, Severity: rules.Warning,
	Title: "an index is lost under row-level security, because its operators are not LEAKPROOF",
	Text: `PostgreSQL tests a row against the policies before it hands it to an operator that might
tell about it, by an error message for instance. A condition with such an operator
therefore cannot be looked up in an index: it is tried on each row that the tenant
has (PostgreSQL manual, CREATE FUNCTION, LEAKPROOF, and 41.5). Operators of enum, numeric,
jsonb, arrays, full-text search, LIKE and most extensions are of that kind; those of
uuid, integers, text, bytea, date and timestamps are leakproof.

An index that starts with the tenant column still finds the tenant's rows. Otherwise
the index takes space and time on every write for nothing that the application's role does.`,
	Bad:  `CREATE INDEX notes_status ON notes (org_id, status);`,
	Good: `DROP INDEX notes_status;`,
}

// indexes reports index columns that conditions of the application cannot use.
func (p *pass) indexes() {
	p.sorted(func(rel *relation) {
		t := p.promised.byName[rel.name]
		if !p.owned[rel] {
			return
		}
		for _, c := range rel.indexes {
			f := Finding{Object: "table " + rel.name.String(), Is: fmt.Sprintf("%s %s with %s (%s)", c.method, c.class, strings.Join(c.leaky, " "), bytes(c.bytes)),
				Promised: "operators that are LEAKPROOF", Hint: hint(c)}
			if t != nil {
				f.Table = t.Name
			}
			f.Message = fmt.Sprintf("index %s cannot look up %s under row-level security: %s", c.index, c.column, cost(c))
			p.found(nonLeakproofIndex, f)
		}
	})
}

// cost says what is read instead.
func cost(c *indexColumn) string {
	if len(c.before) == 0 {
		return "a condition on it reads every row that another index, or none, finds for the tenant"
	}
	return fmt.Sprintf("it narrows by (%s) only, and a condition on %s is tried on each row of those", strings.Join(c.before, ", "), c.column)
}

func hint(c *indexColumn) string {
	switch {
	case c.unique:
		return "the key is still kept unique; add an index on columns whose operators are leakproof if such lookups are frequent"
	case slices.Contains([]string{"gin", "gist", "brin"}, c.method):
		return "drop it if only the application's role queries the table, or keep what is searched in a column of a leakproof type"
	}
	return "compare another column, such as text or an integer instead of an enum or numeric, or drop it from the index"
}

func bytes(n int64) string {
	for _, unit := range []string{"bytes", "kB", "MB", "GB"} {
		if n < 10240 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n /= 1024
	}
	return fmt.Sprintf("%d TB", n)
}
