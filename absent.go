package tenantgen

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// absentColumns finds columns of tenants that no table of any entry has.
func (p *Project) absentColumns() []analyzer.Diagnostic {
	severity := p.severityOf(rules.Lookup("absent-tenant-column"))
	if severity == rules.Off {
		return nil
	}
	var ds []analyzer.Diagnostic
	report := func(column string, line, at int) {
		if p.hasColumn(column) {
			return
		}
		ds = append(ds, analyzer.Diagnostic{Rule: "absent-tenant-column", Severity: analyzer.Severity(severity), File: p.Config.Path,
			Message: "no table of the schema has a column " + column, Hint: p.meantColumn(column),
			Line: line, Column: at, EndLine: line, EndColumn: at + 1})
	}
	t := p.Config.Tenant
	if !p.asksForColumn() {
		return nil
	}
	for _, c := range t.Columns {
		report(c, t.ColumnAt.Line, t.ColumnAt.Column)
	}
	for _, l := range t.Levels {
		report(l.Column, l.Line, 1)
	}
	return ds
}

// asksForColumn reports whether it matters that a column is in no table: another one is, or a
// table is declared in no other way.
func (p *Project) asksForColumn() bool {
	columns := slices.Clone(p.Config.Tenant.Columns)
	for _, l := range p.Config.Tenant.Levels {
		columns = append(columns, l.Column)
	}
	return slices.ContainsFunc(columns, p.hasColumn) || slices.ContainsFunc(p.Units, func(u *Unit) bool {
		return slices.ContainsFunc(u.Schema.Tables, func(t *catalog.Table) bool { return u.Tenancy.Of(t).Kind == tenancy.Undeclared })
	})
}

func (p *Project) hasColumn(name string) bool {
	return slices.ContainsFunc(p.Units, func(u *Unit) bool {
		return slices.ContainsFunc(u.Schema.Tables, func(t *catalog.Table) bool { return t.Column(name) != nil })
	})
}

// meantColumn is the hint for a column that is in no table.
func (p *Project) meantColumn(name string) string {
	var known []string
	for _, u := range p.Units {
		for _, t := range u.Schema.Tables {
			for _, c := range t.ColumnNames() {
				if !slices.Contains(known, c) {
					known = append(known, c)
				}
			}
		}
	}
	const hint = "name the column that says whose a row is, as the schema files have it"
	if near := config.Suggest(name, known); strings.HasPrefix(near, "did you mean ") {
		return near + " If not, " + hint
	}
	return hint
}
