package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var missingTable = &rules.Rule{
	Name: "missing-table", Kind: rules.Database, Severity: rules.Error,
	Title: "a table of the schema files is not in the database",
	Text: `Either a migration has not been applied, or somebody dropped or renamed the
table. Queries on it fail; nothing leaks by that alone.`,
	Bad: `DROP TABLE usage_counters;`,
}

var missingColumn = &rules.Rule{
	Name: "missing-column", Kind: rules.Database, Severity: rules.Error,
	Title: "a column of the schema files is not in the database",
	Text: `Either a migration has not been applied, or somebody dropped or renamed the
column. A tenant column takes its policies with it.`,
	Bad:  `ALTER TABLE tags DROP COLUMN color;`,
	Good: `ALTER TABLE tags ADD COLUMN color text NOT NULL DEFAULT 'grey';`,
}

var alteredColumn = &rules.Rule{
	Name: "altered-column", Kind: rules.Database, Severity: rules.Error,
	Title: "a column has another type, or a tenant column may be NULL, against the schema files",
	Text: `Proofs rest on the types of the columns they compare, and on NOT NULL of the tenant
column: a row without a tenant belongs to nobody, and no key or foreign key that
includes the column holds for it (PostgreSQL manual, 5.4.5, MATCH SIMPLE).`,
	Bad:  `ALTER TABLE invitations ALTER COLUMN email TYPE varchar(200);`,
	Good: `ALTER TABLE invitations ALTER COLUMN email TYPE text;`,
}

var strayColumn = &rules.Rule{
	Name: "stray-column", Kind: rules.Database, Severity: rules.Warning,
	Title: "a column is in the database but in no schema file",
	Text: `Nothing was proved with it in mind: a bare name in a query can mean the new column.
It is an error when it is the tenant column of a table that is declared to have none,
because then the policies do not use it.`,
	Bad:  `ALTER TABLE tags ADD COLUMN icon text;`,
	Good: `ALTER TABLE tags DROP COLUMN icon;`,
}

var strayTable = &rules.Rule{
	Name: "stray-table", Kind: rules.Database, Severity: rules.Error,
	Title: "a table is in the database but in no schema file, and tenants' rows are or may be in it",
	Text: `A table with the tenant column holds rows of tenants, and no migration of ours
protects it. A table without it is reported when the application's role may use it:
nobody has said whom its rows belong to. What no role of the application reaches, such
as the table of a migration tool, is left alone. Use through a view or a materialized view counts, since a copy
of tenants' rows may be read so. A table that belongs to an extension is reported too where the role may use its schema, because ALTER
EXTENSION … ADD makes any table a member; those of PostGIS are known.

Write the table into the schema files and run tenantgen generate, or revoke what
the role has on it.`,
	Bad: `CREATE TABLE exports (id integer, path text);
GRANT SELECT ON exports TO app_tenant;`,
	Good: `REVOKE SELECT ON exports FROM app_tenant;`,
}

var missingView = &rules.Rule{
	Name: "missing-view", Kind: rules.Database, Severity: rules.Error,
	Title: "a view of the schema files is not in the database",
	Text: `Queries on a view are proved through the text that the schema files give it. Only
whether the view is there is checked, not its text.`,
}

// structure compares tables and their columns.
func (p *pass) structure() {
	for _, t := range p.promised.tables {
		rel := p.live.byName[t.Name]
		f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Promised: "a table", Hint: "apply the migrations that create it"}
		switch {
		case rel == nil:
			f.Message, f.Is = "does not exist", "nothing of that name"
			p.found(missingTable, f)
		case !rel.isTable():
			f.Message, f.Is = "is no table", "a "+rel.what()
			p.found(missingTable, f)
		case len(t.Parents) == 0: // what has a parent has its columns
			p.columns(t, rel)
		}
	}
}

func (p *pass) columns(t *promisedTable, rel *relation) {
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name}
	for _, want := range t.Columns {
		have := rel.table.Column(want.Name)
		if have == nil {
			f.Message, f.Is, f.Promised = "has no column "+want.Name, "columns "+strings.Join(rel.table.ColumnNames(), ", "), want.Type.Text()
			f.Hint = "apply the migrations that add it"
			p.found(missingColumn, f)
			continue
		}
		p.column(t, want, have)
	}
	for _, have := range rel.table.Columns {
		if t.Column(have.Name) != nil {
			continue
		}
		f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "has a column " + have.Name + " that no schema file adds", Is: have.Type.Text(),
			Promised: "columns " + strings.Join(t.Table.ColumnNames(), ", "), Hint: "add it to the schema files by a migration"}
		if t.column == "" && slices.ContainsFunc(p.own.Levels, func(l tenancy.Level) bool { return slices.Contains(l.Columns, have.Name) }) {
			f.Severity, f.Message = rules.Error, "has a tenant column "+have.Name+" that no schema file adds, so that no policy uses it"
		}
		p.found(strayColumn, f)
	}
}

func (p *pass) column(t *promisedTable, want, have *catalog.Column) {
	table, column := quote(t.Name), quote(catalog.Name{Name: want.Name})
	if !sameType(t.db, want.Type, have.Type) {
		p.found(alteredColumn, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "column " + want.Name + " has another type",
			Is: have.Type.Text(), Promised: want.Type.Text(), Hint: "apply the migrations that are missing, or write one with ALTER COLUMN … TYPE"})
	}
	if want.NotNull && !have.NotNull && want.Name == t.column {
		p.found(alteredColumn, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "tenant column " + want.Name + " may be NULL",
			Is: "NULL", Promised: "NOT NULL", SQL: []string{fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL;", table, column)}})
	}
}

// sameType compares types. The catalog does not know the schema of a type that an
// extension makes.
func sameType(db *catalog.Database, want, have catalog.TypeRef) bool {
	if want.Array != have.Array || want.Name.Name != have.Name.Name {
		return false
	}
	known := want.Name.Schema == "pg_catalog" || db.Type(want.Name) != nil
	return !known && have.Name.Schema != "pg_catalog" || want.Name.Schema == have.Name.Schema
}

func (p *pass) views() {
	names := make([]catalog.Name, 0, len(p.promised.views))
	for n := range p.promised.views {
		names = append(names, n)
	}
	slices.SortFunc(names, catalog.Name.Compare)
	for _, n := range names {
		want, rel, is := "a view", p.live.byName[n], "nothing of that name"
		if p.promised.views[n].Materialized {
			want = "a materialized view"
		}
		if rel != nil {
			is = "a " + rel.what()
		}
		if is != want {
			p.found(missingView, Finding{Object: "view " + n.String(), Message: "does not exist", Is: is, Promised: want, Hint: "apply the migrations that create it"})
		}
	}
}

// strayTables looks at the tables that no schema file creates. What is part of a
// promised table is judged by partitions.
func (p *pass) strayTables() {
	p.sorted(func(rel *relation) {
		if !rel.isTable() || p.promised.byName[rel.name] != nil || p.partOfPromised(rel) || rel.extension && p.known(rel) {
			return
		}
		reach := joined(slices.DeleteFunc([]string{p.reach(rel), p.shown(rel)}, func(s string) bool { return s == "" }))
		f := Finding{Object: "table " + rel.name.String(), Is: "no grant to the application's role", Promised: "nothing of that name",
			Hint: "write it into the schema files and run tenantgen generate, or drop it", SQL: p.revokeAll(rel)}
		if reach != "" {
			f.Is = reach
		}
		if rel.table.RLS && rel.table.ForceRLS {
			f.Is += "; row-level security is enabled and forced"
		}
		own := p.own.Of(rel.table)
		switch {
		case own.Kind == tenancy.Column:
			f.Message = "has the tenant column " + rel.table.Columns[own.Column].Name + " and is in no schema file"
			f.SQL = nil
			p.found(strayTable, f)
		case reach != "":
			f.Message = "can be used by the application's role and is in no schema file"
			p.found(strayTable, f)
		}
	})
}

// knownTables are tables of extensions that everybody may read, by their names.
var knownTables = map[string]string{"spatial_ref_sys": "postgis"}

// known reports whether a table of an extension is one that it is known to have, or is
// in a schema that the application's role may not use.
func (p *pass) known(rel *relation) bool {
	if knownTables[rel.name.Name] != "" && knownTables[rel.name.Name] == rel.memberOf {
		return true
	}
	for _, s := range p.live.schemas {
		if s.name == rel.name.Schema {
			return !p.holders[s.owner] && !slices.ContainsFunc(s.grants, func(g grant) bool { return p.holders[g.grantee] })
		}
	}
	return false
}

// shown names the views that the application's role may use and that show a table with
// other rights than its own.
func (p *pass) shown(table *relation) string {
	var list []string
	p.sorted(func(rel *relation) {
		if (rel.kind == view && !rel.invoker || rel.kind == materialized) && p.reach(rel) != "" && reads(rel, table, map[*relation]bool{}) {
			list = append(list, rel.what()+" "+rel.name.String())
		}
	})
	return joined(list)
}

// reads reports whether a view reads a relation, through other views too.
func reads(from, of *relation, seen map[*relation]bool) bool {
	return slices.ContainsFunc(from.reads, func(r *relation) bool {
		if seen[r] {
			return false
		}
		seen[r] = true
		return r == of || reads(r, of, seen)
	})
}

// partOfPromised reports whether a table inherits from one of the schema files.
func (p *pass) partOfPromised(rel *relation) bool {
	return slices.ContainsFunc(rel.parents, func(parent *relation) bool {
		return p.promised.byName[parent.name] != nil || p.partOfPromised(parent)
	})
}

// revokeAll takes away what the application's roles hold on a relation.
func (p *pass) revokeAll(rel *relation) []string {
	var list []string
	for _, g := range p.held(rel) {
		list = append(list, fmt.Sprintf("REVOKE ALL ON %s FROM %s;", quote(rel.name), p.grantee(g.grantee)))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
