package ddl

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// renameLabel executes ALTER TYPE … RENAME VALUE. What was stored before, PostgreSQL keeps by the value, not by its
// label: indexes, policies, views and functions with resolved names go on with what now has another name, while the
// rest of the schema, and the configuration, mean what has that name today.
func (l *loader) renameLabel(enum *catalog.Type, from, to string) {
	replace(enum.Values, from, to)
	for _, t := range l.tables {
		for _, x := range t.indexes {
			for i := range x.tests {
				if l.isOf(t, x.tests[i].Column, enum) && x.tests[i].Value == from {
					x.tests[i].Value = to
				}
			}
		}
		for _, p := range t.policies {
			for _, b := range []*bound{&p.using, &p.check} {
				l.relabel(t, b, enum, from, to)
			}
		}
	}
	for _, v := range l.views {
		parsetree.Walk(v.query, func(m parsetree.Message) {
			if c, ok := m.(*pg.A_Const); ok && hasLabel(c.GetSval().GetSval(), from) {
				l.stale(v)
			}
		})
	}
	l.staleBodies(from)
}

// isOf reports whether a column is of an enum, or of a domain over it.
func (l *loader) isOf(t *table, column string, enum *catalog.Type) bool {
	c := t.col(column)
	return c != nil && l.valueOf(c.Type).Type == enum.Name
}

// hasLabel reports whether a literal is a label, or may be an array, row or range with it.
func hasLabel(literal, label string) bool {
	return literal == label || literal != "" && strings.ContainsAny(literal[:1], "{([ ")
}

// relabel gives the literals of a policy their new text, where they may be of that enum.
func (l *loader) relabel(t *table, b *bound, enum *catalog.Type, from, to string) {
	of := l.hasColumnOf(t, enum)
	for _, r := range b.refs {
		of = of || r.table != nil && l.hasColumnOf(r.table, enum) || r.column != nil && l.valueOf(r.column.Type).Type == enum.Name || r.typ == enum
	}
	for i := range b.refs {
		if of && b.refs[i].literal && b.refs[i].label == from {
			b.refs[i].label = to
		}
	}
}

func (l *loader) hasColumnOf(t *table, enum *catalog.Type) bool {
	for _, c := range t.cols {
		if l.valueOf(c.Type).Type == enum.Name {
			return true
		}
	}
	return false
}
