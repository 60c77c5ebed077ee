package prove

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// conditions reads what is declared of tables: rows of other tenants that read_also
// names count as the tenant's own, so that neither state may have one that the other
// lacks; and rows without restrict are not to be seen, by nobody, so there are none.
func (w *world) conditions() {
	for _, t := range w.tables {
		if t.owner.ReadAlso != "" {
			t.readAlso = w.named(t, t.owner.ReadAlso)
		}
		if t.owner.Restrict != "" {
			t.restrict = w.named(t, t.owner.Restrict)
		}
	}
}

// tenantName finds @name and strings, in which it means nothing.
var tenantName = regexp.MustCompile(`'(?:[^']|'')*'|@\s*("(?:[^"]|"")*"|[\pL_][\pL\pN_$]*)`)

// named writes a condition with the tenant that queries run for in the place of its name.
func (w *world) named(t *table, text string) string {
	level := w.levels[t.owner.Level]
	return tenantName.ReplaceAllStringFunc(text, func(s string) string {
		m := tenantName.FindStringSubmatch(s)
		name, quoted := strings.CutPrefix(m[1], `"`)
		if quoted {
			name = strings.ReplaceAll(strings.TrimSuffix(name, `"`), `""`, `"`)
		} else {
			name = strings.ToLower(name)
		}
		if !slices.Contains(level.Columns, name) {
			return s
		}
		return literal(&level.tenants[0]) + "::pg_catalog." + ident(w.tenantType(t).name)
	})
}

// tenantType is the type of the tenant column that a table, or its parent, has.
func (w *world) tenantType(t *table) *typ {
	for range w.tables {
		if t.owner.Kind == tenancy.Column {
			break
		}
		for _, r := range t.refs {
			if r.kind == parentRow {
				t = r.table
				break
			}
		}
	}
	return w.base(t.columns[t.owner.Column].typ)
}

// refused is the condition under which a new row of t is not wanted, "" for none.
// foreign tells that it is another tenant's, in one of the states only.
func (t *table) refused(foreign bool) string {
	var any []string
	if t.restrict != "" {
		any = append(any, fmt.Sprintf("(%s) IS NOT TRUE", t.restrict))
	}
	if t.readAlso != "" && foreign {
		any = append(any, fmt.Sprintf("(%s) IS TRUE", t.readAlso))
	}
	return strings.Join(any, " OR ")
}
