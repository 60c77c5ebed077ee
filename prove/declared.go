package prove

import (
	"errors"
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
)

// conditions reads what is declared of tables: rows of other tenants that read_also
// names count as the tenant's own, so that neither state may have one that the other
// lacks; and rows without restrict are not to be seen, by nobody, so there are none.
func (w *world) conditions() error {
	for _, t := range w.tables {
		var errs [2]error
		t.readAlso, errs[0] = w.named(t, t.owner.ReadAlso)
		t.restrict, errs[1] = w.named(t, t.owner.Restrict)
		if err := errors.Join(errs[:]...); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}

// named writes a condition with the tenant that queries run for in the place of its name.
func (w *world) named(t *table, text string) (string, error) {
	level := w.levels[t.owner.Level]
	return migrate.NameTenant(text, level.Columns, func() (string, error) {
		return literal(&level.tenants[0]) + "::pg_catalog." + ident(w.tenantType(t).name), nil
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
