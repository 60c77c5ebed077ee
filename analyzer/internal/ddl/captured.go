package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// What PostgreSQL stores, it stores with its names resolved. Where the catalog keeps text, something of a name that is
// made later must not come between: a column that a name without a table would now be, one that x.f would be where f is
// a function of x (manual, 8.16.3 and 38.5.3), a type in a schema that is looked up first.

// columnAppeared marks views stale that a new column of t could change the meaning of.
func (l *loader) columnAppeared(t *table, name string) {
	for _, v := range l.views {
		if slices.Contains(v.tables, t) && (v.star || slices.Contains(v.bare, name)) || v.selects(t.Name, name) {
			l.stale(v)
		}
	}
	l.fieldAppeared(name)
}

// outputsAppeared does so for the columns of a view that another definition took the place of.
func (l *loader) outputsAppeared(of *view, before []output) {
	had := outputNames(before)
	for _, v := range l.views {
		if !slices.Contains(v.views, of) {
			continue
		}
		lost := of.outputs == nil || before == nil
		for _, name := range outputNames(of.outputs) {
			lost = lost || !slices.Contains(had, name) && (v.star || slices.Contains(v.bare, name) || v.selects(of.Name, name))
		}
		if lost {
			l.stale(v)
		}
	}
}

// attributeAppeared does so for a field of a composite type.
func (l *loader) attributeAppeared(name string) {
	for _, v := range l.views {
		if v.selects(catalog.Name{}, name) {
			l.stale(v)
		}
	}
	l.fieldAppeared(name)
}

// fieldAppeared gives up the bodies with resolved names that take what now has a field of that name from a row whose
// type the text does not tell. For those of relations that it names, see bodyMeanings.
func (l *loader) fieldAppeared(name string) {
	for _, f := range l.atomic {
		if tree, err := treejson.Parse(f.Body); err == nil && selects(tree, catalog.Name{}, name) {
			f.Body = ""
		}
	}
}

func (v *view) selects(of catalog.Name, name string) bool {
	return v.query != nil && selects(v.query, of, name)
}

// selects reports whether a text takes name from a row of a relation, or from one of a type that it does not tell.
func selects(text parsetree.Message, of catalog.Name, name string) bool {
	rows := map[string]bool{}
	found := false
	parsetree.Walk(text, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.RangeVar:
			if parsetree.RangeName(m) == of {
				rows[rangeAlias(m)] = true
			}
		case *pg.RangeFunction:
			rows[m.GetAlias().GetAliasname()] = true
			parsetree.Walk(m, func(c parsetree.Message) {
				if f, ok := c.(*pg.FuncCall); ok && m.GetAlias() == nil {
					rows[parsetree.LastString(f.GetFuncname())] = true
				}
			})
		case *pg.A_Indirection:
			found = found || slices.Contains(parsetree.Strings(m.GetIndirection()), name)
		}
	})
	parsetree.Walk(text, func(m parsetree.Message) {
		if c, ok := m.(*pg.ColumnRef); ok {
			fields := parsetree.Strings(c.GetFields())
			last := len(fields) - 1
			found = found || last > 0 && fields[last] == name && rows[fields[last-1]]
		}
	})
	return found
}

// qualifyTypes gives the types that a view names the schemas in which they were found.
func (l *loader) qualifyTypes(v *view) {
	first := slices.Contains(l.path, pgtype.SystemSchema) // otherwise nothing comes before PostgreSQL's own
	parsetree.Walk(v.query, func(m parsetree.Message) {
		t, ok := m.(*pg.TypeName)
		if !ok || len(t.GetNames()) != 1 || t.GetPctType() {
			return
		}
		name := parsetree.LastString(t.GetNames())
		if schema := l.typeNamed(catalog.Name{Name: name}).Name.Schema; schema != "" && schema != tempSchema && (first || schema != pgtype.SystemSchema) {
			t.Names = []*pg.Node{pg.MakeStrNode(schema), pg.MakeStrNode(name)}
		}
	})
}
