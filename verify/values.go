package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var strayForeignKey = &rules.Rule{
	Name: "stray-foreign-key", Kind: rules.Database, Severity: rules.Error,
	Title: "a foreign key of the database alone changes rows when others are changed",
	Text: `ON DELETE and ON UPDATE with CASCADE, SET NULL or SET DEFAULT delete or change rows of a
tenant table that the statement does not name, and no policy applies to that (PostgreSQL manual, 5.4.5). A foreign key that only
refuses is harmless to proofs; whether it tells of other tenants' rows is judged by foreign-key-without-tenant.`,
	Bad:  `ALTER TABLE note_tags ADD CONSTRAINT more FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE ON UPDATE CASCADE;`,
	Good: `ALTER TABLE note_tags DROP CONSTRAINT more;`,
}

var missingCheck = &rules.Rule{
	Name: "missing-check", Kind: rules.Database, Severity: rules.Error,
	Title: "a CHECK of the schema files that lets a row have one parent is not in force",
	Text: `A child of several parents belongs to one tenant because CHECK (num_nonnulls(a, b) = 1) lets
at most one parent be set. Other checks keep no tenant apart: proofs do not rest on them.`,
}

// values compares what columns get without being told, and what they are compared by.
func (p *pass) values() {
	p.tables(func(t *promisedTable, rel *relation) {
		again := p.again.Table(t.Name)
		if again == nil {
			return
		}
		for _, want := range t.Columns {
			if have := again.Column(want.Name); have != nil {
				p.value(t, rel, want, have)
			}
		}
		for _, want := range t.Foreign {
			i := slices.IndexFunc(again.Foreign, func(have *catalog.ForeignKey) bool { return sameForeign(want, have) })
			if i >= 0 && !sameSet(want.SetColumns, again.Foreign[i].SetColumns) {
				p.found(missingForeignKey, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "foreign key " + want.Name + " sets other columns when a row is deleted",
					Is: "SET of (" + joined(again.Foreign[i].SetColumns) + ")", Promised: "SET of (" + joined(want.SetColumns) + ")", Hint: p.seesRows(rel, want),
					SQL: []string{"ALTER TABLE " + quote(t.Name) + " " + foreignAgain(migrate.QuoteIdent(again.Foreign[i].Name), want)}})
			}
		}
		for _, columns := range t.OneOf {
			if !slices.ContainsFunc(again.OneOf, func(have []string) bool { return sameSet(columns, have) }) {
				check := "CHECK (num_nonnulls(" + identifiers(columns) + ") <= 1)"
				p.found(missingCheck, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "lets a row have several of " + strings.Join(columns, ", "), Is: "no such check, or one that is not valid",
					Promised: check, SQL: []string{fmt.Sprintf("ALTER TABLE %s ADD %s;", quote(t.Name), check)}})
			}
		}
	})
	p.types()
	p.actions()
}

// types compares what domains and ranges are based on: a column's type is compared by its
// name.
func (p *pass) types() {
	for _, db := range p.promised.dbs {
		for _, want := range db.Types {
			have := p.again.Type(want.Name)
			if have == nil || want.Kind == have.Kind && sameType(db, want.Base, have.Base) && want.Base.Array == have.Base.Array && want.Base.Modified == have.Base.Modified && (want.Base.Nondeterministic || !have.Base.Nondeterministic) {
				continue
			}
			p.found(alteredColumn, Finding{Object: "type " + want.Name.String(), Message: "is another one", Is: have.Kind + " of " + have.Base.Text(), Promised: want.Kind + " of " + want.Base.Text(),
				Hint: "apply the migrations that are missing, or write one"})
		}
	}
}

func (p *pass) value(t *promisedTable, rel *relation, want, have *catalog.Column) {
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Hint: "apply the migrations that are missing, or write one"}
	if live := rel.table.Column(want.Name); live != nil && live.Type.Nondeterministic && !want.Type.Nondeterministic && !want.Value.Nondeterministic {
		f.Message, f.Is, f.Promised = "column "+want.Name+" has a collation by which values that differ are equal", "a nondeterministic collation", "a deterministic one"
		p.found(alteredColumn, f)
	}
	if want.Generated != have.Generated || want.Copies != have.Copies || !sameSet(want.Reads, have.Reads) {
		f.Message, f.Is, f.Promised = "column "+want.Name+" is computed otherwise", computed(have), computed(want)
		p.found(alteredColumn, f)
	}
	if !decides(t, want.Name) || have.Generated || want.Generated {
		return
	}
	if have.HasDefault && (!want.HasDefault || want.Default != "" && !p.options.Same(t.db, t.Table, want.Default, have.Default)) {
		f.Message, f.Is, f.Promised = "column "+want.Name+", which decides whose the row is, has another default", "DEFAULT "+oneLine(have.Default), "no default"
		f.Hint = "" // the statement does it
		f.SQL = []string{fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT;", quote(t.Name), migrate.QuoteIdent(want.Name))}
		if want.HasDefault {
			f.Promised = "DEFAULT " + oneLine(want.Default)
			f.SQL = []string{fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s;", quote(t.Name), migrate.QuoteIdent(want.Name), want.Default)}
		}
		p.found(alteredColumn, f)
	}
}

func computed(c *catalog.Column) string {
	switch {
	case !c.Generated:
		return "not generated"
	case c.Copies != "":
		return "a copy of " + c.Copies
	case len(c.Reads) == 0:
		return "generated from no column"
	}
	return "generated from " + strings.Join(c.Reads, ", ")
}

// decides reports whether a column tells the row's tenant, or what the row refers to.
func decides(t *promisedTable, column string) bool {
	return column == t.column || slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return slices.Contains(f.Columns, column) })
}

// actions looks for foreign keys that change rows and that no schema file has.
func (p *pass) actions() {
	p.sorted(func(rel *relation) {
		t := p.promised.byName[rel.name]
		if t == nil && !p.owned[rel] {
			return
		}
		for _, have := range rel.table.Foreign {
			if !have.Acts(true, nil) && !have.Acts(false, have.RefColumns) || p.promisedForeign(t, have) || altersPromised(t, rel, have) || t == nil && p.inheritsForeign(rel, have) {
				continue
			}
			p.found(strayForeignKey, Finding{Object: "table " + rel.name.String(), Table: p.promisedName(rel), Message: "foreign key " + have.Name + " changes rows and is in no schema file",
				Is: foreignText(have), Promised: "no such key", SQL: []string{fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s;", quote(rel.name), migrate.QuoteIdent(have.Name))}})
		}
	})
}

// promisedForeign reports whether the schema files have a key on the same columns; whether
// it does the same is judged by missing-foreign-key.
func (p *pass) promisedForeign(t *promisedTable, have *catalog.ForeignKey) bool {
	return t != nil && slices.ContainsFunc(t.Foreign, func(w *catalog.ForeignKey) bool {
		return w.RefTable == have.RefTable && slices.Equal(w.Columns, have.Columns) && slices.Equal(w.RefColumns, have.RefColumns) && w.OnDelete == have.OnDelete && w.OnUpdate == have.OnUpdate
	})
}

// altersPromised reports whether a key stands in the place of one of the schema files that
// is not in force: missing-foreign-key reports that, and its statements replace the key.
func altersPromised(t *promisedTable, rel *relation, have *catalog.ForeignKey) bool {
	return t != nil && slices.ContainsFunc(t.Foreign, func(w *catalog.ForeignKey) bool {
		return stands(w, have) && !slices.ContainsFunc(rel.table.Foreign, func(h *catalog.ForeignKey) bool { return sameForeign(w, h) })
	})
}

// inheritsForeign reports whether a partition that no schema file has repeats a key of the
// table that it is a part of.
func (p *pass) inheritsForeign(rel *relation, have *catalog.ForeignKey) bool {
	return slices.ContainsFunc(rel.parents, func(parent *relation) bool {
		return p.promisedForeign(p.promised.byName[parent.name], have) || p.inheritsForeign(parent, have)
	})
}
