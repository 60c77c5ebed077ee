package ddl

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// A typed table (CREATE TABLE … OF) has the attributes of its composite type as columns, and what ALTER TYPE … CASCADE does
// to the type it does to the table as well (PostgreSQL manual, ALTER TYPE).

// typed lists the tables of a composite type.
func (l *loader) typed(of *catalog.Type) []*table {
	var all []*table
	for _, t := range l.tables {
		if t.of == of {
			all = append(all, t)
		}
	}
	return all
}

// addOf executes ALTER TABLE … OF.
func (a *alter) addOf() error {
	of, err := a.declaredType(a.cmd.GetDef().GetTypeName().GetNames())
	a.t.of = of
	return err
}

func (a *alter) dropOf() error {
	a.t.of = nil
	return nil
}

func (a *alter) addAttribute() error {
	def := a.cmd.GetDef().GetColumnDef()
	a.rel.composite.Fields = append(a.rel.composite.Fields, a.newColumn(def))
	a.attributeAppeared(def.GetColname())
	for _, t := range a.typed(a.rel.composite) {
		c := &column{Column: a.newColumn(def), local: true}
		t.cols = append(t.cols, c)
		for _, d := range t.descendants(false)[1:] {
			d.inheritColumn(c)
		}
		for _, d := range t.descendants(false) {
			a.columnAppeared(d, c.Name)
		}
	}
	return nil
}

func (a *alter) dropAttribute() error {
	of, name := a.rel.composite, a.cmd.GetName()
	if !slices.ContainsFunc(of.Fields, func(f *catalog.Column) bool { return f.Name == name }) && !a.cmd.GetMissingOk() {
		return errorf(a.loc, "attribute %q of %q does not exist", name, of.Name)
	}
	return a.removeAttribute(of, name, a.cascade())
}

// removeAttribute takes an attribute from a composite type, and from the tables of the type.
func (l *loader) removeAttribute(of *catalog.Type, name string, cascade bool) error {
	if cascade {
		l.lose(lost{types: []catalog.Name{of.Name}})
	}
	of.Fields = slices.DeleteFunc(slices.Clone(of.Fields), func(f *catalog.Column) bool { return f.Name == name })
	for _, t := range l.typed(of) {
		if c := t.col(name); c != nil {
			if err := l.removeColumn(t, c, cascade, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *alter) attributeType() error {
	of, def := a.rel.composite, a.cmd.GetDef().GetColumnDef()
	typ, found := a.collated(a.typeRef(def.GetTypeName()), def.GetCollClause()), false
	for _, f := range of.Fields {
		if f.Name == a.cmd.GetName() {
			f.Type, found = typ, true
		}
	}
	if !found {
		return errorf(a.loc, "attribute %q of %q does not exist", a.cmd.GetName(), a.rel.name)
	}
	for _, t := range a.typed(of) {
		if c := t.col(a.cmd.GetName()); c != nil {
			a.retyped(t, c, typ, false)
		}
		for _, d := range t.descendants(false) {
			if c := d.col(a.cmd.GetName()); c != nil {
				c.Type = typ
			}
		}
	}
	return nil
}

// renameAttribute executes ALTER TYPE … RENAME ATTRIBUTE.
func (l *loader) renameAttribute(of *catalog.Type, from, to string) error {
	for _, f := range of.Fields {
		if f.Name != from {
			continue
		}
		f.Name = to
		l.attributeAppeared(from)
		l.attributeAppeared(to)
		for _, t := range l.typed(of) {
			if err := l.renameTableColumn(t, from, to, false); err != nil {
				return err
			}
		}
		return nil
	}
	return errorf(-1, "column %q of %q does not exist", from, of.Name)
}
