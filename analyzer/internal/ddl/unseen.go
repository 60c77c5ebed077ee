package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// PostgreSQL looks for rows that violate a foreign key by a query of whoever changes the table: where a key is added or
// validated, a column gets a new type, a partition comes or goes. Where policies hide the rows, it finds none.

// hides reports whether row-level security hides the rows of t from its owner, and so
// from the query that checks them for a new foreign key (PostgreSQL manual, 5.8: FORCE).
// With row_security off the query fails instead.
func (l *loader) hides(t *table) bool { return t.RLS && t.ForceRLS && !l.rowSecurityOff }

// unseen notes that rows may violate a key, and those of the tables that it is a part for.
func (f *foreign) unseen() {
	for up := f; up != nil; up = up.parent {
		up.Unseen = true
	}
}

// parts calls a function with each of the keys that partitions of t have as parts of f.
func (t *table) parts(f *foreign, do func(*table, *foreign)) {
	for _, p := range t.partitions() {
		for _, g := range p.foreign {
			if g.parent == f {
				do(p, g)
				p.parts(g, do)
			}
		}
	}
}

// retyped notes the foreign keys that a new type of a column has PostgreSQL make anew, by a query that sees no row where
// policies hide them; values that stay what they are violate nothing.
func (l *loader) retyped(t *table, c *column, to catalog.TypeRef, using bool) {
	if !using && l.keepsValues(c.Type, to) {
		return
	}
	below := t.descendants(false)
	for _, u := range l.tables {
		for _, f := range u.foreign {
			if !f.NotValid && l.hides(u) && (slices.Contains(below, u) && slices.Contains(f.Columns, c.Name) || slices.Contains(below, f.ref) && slices.Contains(f.RefColumns, c.Name)) {
				f.unseen()
			}
		}
	}
}

// detached notes the foreign keys to a partitioned table one of whose partitions goes: that nothing refers to its rows
// PostgreSQL sees by a query on the referring table (src/backend/utils/adt/ri_triggers.c, RI_PartitionRemove_Check).
func (l *loader) detached(from *table) {
	above := []*table{from}
	for i := 0; i < len(above); i++ {
		above = append(above, above[i].parents...)
	}
	for _, u := range l.tables {
		for _, f := range u.foreign {
			if slices.Contains(above, f.ref) && l.hides(u) {
				f.unseen()
				u.parts(f, func(_ *table, g *foreign) { g.Unseen = true })
			}
		}
	}
}

// validated notes that the rows of t, and those of its partitions (PostgreSQL 18), were looked at for a key.
func (l *loader) validated(t *table, f *foreign) {
	f.NotValid, f.Unseen = false, l.hides(t)
	t.parts(f, func(p *table, g *foreign) {
		if !g.SwitchedOff {
			g.NotValid = false
		}
		if g.Unseen = l.hides(p); g.Unseen {
			g.unseen()
		}
	})
}

var rowSecurity = lazyre.New(`(?i)row_security`)

// showsAgain notes what may end SET row_security = off in a way that is not followed.
func (l *loader) showsAgain(kind string, m parsetree.Message) {
	if !l.rowSecurityOff {
		return
	}
	_, runs := starts[kind]
	again := kind == "discard_stmt"
	parsetree.Walk(m, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.FuncCall:
			if parsetree.LastString(m.GetFuncname()) == "set_config" && len(m.GetArgs()) > 0 {
				name := textConst(m.GetArgs()[0])
				again = again || name == nil || strings.EqualFold(name.GetSval(), "row_security")
			}
		case *pg.DoStmt:
			again = again || rowSecurity().MatchString(l.stmt.source())
		}
	})
	l.rowSecurityOff = !again && !(runs && slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return rowSecurity().MatchString(f.Body) }))
}
