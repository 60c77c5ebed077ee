package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var notDistributable = &Rule{
	Name:     "not-distributable",
	Title:    "Citus would refuse to distribute a table, or a key of it",
	Severity: Warning,
	Kind:     Schema,
	Scale:    "citus",
	Text: `With scale: citus, each table with a tenant column is distributed by that of the
outermost level, all of them colocated, and each global table is a reference table.
Citus refuses what it cannot enforce on one machine (Citus documentation, "Creating
and Modifying Distributed Tables", "SQL Support and Workarounds"):

- a primary key, unique key or unique index without the distribution column;
- a foreign key between distributed tables that does not include it, at the same
  place, on both sides; one with ON DELETE SET NULL or SET DEFAULT, in whatever
  spelling, or with ON UPDATE CASCADE, SET NULL or SET DEFAULT; one from a
  reference table to a distributed table;
- a child table without the tenant column: it can neither be distributed by it nor
  refer to its parent;
- triggers (unless citus.enable_unsafe_triggers is set), rules, partitions of
  partitions, a generated tenant column, identity columns that are not bigint.

Reported only with scale: citus.`,
	Bad:  `CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY); CREATE INDEX ON notes (org_id);`,
	Good: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Run: func(p *Pass) {
		if !p.Own.Citus {
			return
		}
		for _, t := range p.DB.Tables {
			if t.Temporary || t.IsPartition || p.Own.Of(t).Kind == tenancy.Undeclared {
				continue
			}
			p.placement(t)
			p.undistributableKeys(t)
			p.undistributableForeign(t)
			p.undistributableParts(t)
		}
	},
}

func (p *Pass) refused(at catalog.Pos, t *catalog.Table, hint string, fix Fix, format string, args ...any) {
	p.reportFix(at, t.Name.String(), hint, "Citus cannot distribute "+t.Name.String()+": "+fmt.Sprintf(format, args...), fix)
}

// distributedBy returns the name of a table's distribution column, "" when it is to
// be a reference table or has none.
func (p *Pass) distributedBy(t *catalog.Table) string {
	if i := p.Own.Distribution(t); i >= 0 {
		return t.Columns[i].Name
	}
	return ""
}

// placement judges the column that the rows are placed by.
func (p *Pass) placement(t *catalog.Table) {
	o := p.Own.Of(t)
	column := t.Column(p.distributedBy(t))
	switch {
	case o.Kind == tenancy.Global:
	case o.Kind == tenancy.Child:
		parent := o.Parents[0].Table.Name.String()
		p.refused(t.Pos, t, "add the tenant column, fill it in from "+parent+", put it into the keys, and take the table out of options.tenantgen.tables", nil,
			"it shows its tenant through %s only", parent)
	case column == nil:
		p.refused(t.Pos, t, "add a column "+p.Own.Levels[0].Columns[0]+" that is NOT NULL", nil, "it lacks the tenant column of the outermost level")
	case column.Generated:
		p.refused(column.Pos, t, "make "+column.Name+" an ordinary column", nil, "%s is a generated column", column.Name)
	case !column.NotNull && o.Level > 0:
		p.refused(column.Pos, t, "declare it NOT NULL", nil, "%s can be NULL", column.Name)
	case column.Type != p.rootType():
		p.refused(column.Pos, t, "give "+column.Name+" the same type in every table", nil, "%s has another type than the tenant column of other tables, so it cannot be colocated with them", column.Name)
	}
}

// rootType is the type of the first distribution column of the schema.
func (p *Pass) rootType() catalog.TypeRef {
	for _, t := range p.DB.Tables {
		if c := t.Column(p.distributedBy(t)); c != nil && !t.Temporary {
			return c.Type
		}
	}
	return catalog.TypeRef{}
}

func (p *Pass) undistributableKeys(t *catalog.Table) {
	column := p.distributedBy(t)
	for _, k := range t.Keys {
		if column == "" || slices.Contains(k.Columns, column) {
			continue
		}
		what := "unique key"
		if k.Primary {
			what = "primary key"
		}
		fix := p.keyFix(t, k)
		hint := "add " + column + " to the key"
		if r, ok := fix.(ReplaceKey); ok && !slices.Contains(r.Columns, column) {
			fix = nil // it is led by an inner level
		}
		if p.oneRowPerTenant(t) { // with the tenant in it, the key would say nothing
			fix, hint = nil, "keep what is unique among all tenants in a reference table of its own"
		}
		p.refused(k.Pos, t, hint, fix, "%s %s does not include %s", what, k.Name, column)
	}
}

func (p *Pass) undistributableForeign(t *catalog.Table) {
	from := p.distributedBy(t)
	for _, f := range t.Foreign {
		to := p.DB.Table(f.RefTable)
		if to == nil {
			p.refused(f.Pos, t, "drop the foreign key, or let the schema files create the table it refers to", nil, "foreign key %s refers to a table that is not distributed", f.Name)
			continue
		}
		into := p.distributedBy(to)
		switch {
		case p.Own.Of(to).Kind == tenancy.Global:
			if from != "" && slices.Contains(f.Columns, from) {
				p.refusedActions(t, f)
			}
		case p.Own.Of(t).Kind == tenancy.Global:
			p.refused(f.Pos, t, "drop the foreign key, or give the table the tenant column", nil, "it would be a reference table, and %s refers to the distributed table %s", f.Name, to.Name)
		case from == "" || into == "": // the table without the column is reported
		case !samePlace(f, from, into):
			if !p.omitsTenant(t, f, to) { // else foreign-key-without-tenant reports it
				p.refused(f.Pos, t, "include "+from+" and "+into+" at the same place", nil, "foreign key %s to %s does not include the tenant on both sides", f.Name, to.Name)
			}
		default:
			p.refusedActions(t, f)
		}
	}
}

// samePlace reports whether a foreign key has the distribution columns of both tables
// at one place.
func samePlace(f *catalog.ForeignKey, from, into string) bool {
	i := slices.Index(f.Columns, from)
	return i >= 0 && i < len(f.RefColumns) && f.RefColumns[i] == into
}

// refusedActions reports actions that could change the distribution column.
func (p *Pass) refusedActions(t *catalog.Table, f *catalog.ForeignKey) {
	if nulls(f.OnDelete) {
		p.refused(f.Pos, t, "use RESTRICT or CASCADE, and empty the reference in the application", nil, "ON DELETE %s of foreign key %s includes the tenant", strings.ToUpper(f.OnDelete), f.Name)
	}
	if nulls(f.OnUpdate) || f.OnUpdate == "cascade" {
		p.refused(f.Pos, t, "leave ON UPDATE out: a tenant does not change", nil, "ON UPDATE %s of foreign key %s includes the tenant", strings.ToUpper(f.OnUpdate), f.Name)
	}
}

// undistributableParts reports what else a distributed table must not have.
func (p *Pass) undistributableParts(t *catalog.Table) {
	for _, g := range t.Triggers {
		p.refused(g.Pos, t, "drop the trigger: Citus itself refuses to change the tenant of a row; or set citus.enable_unsafe_triggers and switch this rule off", nil, "it has trigger %s", g.Name)
	}
	if t.Rules {
		p.refused(t.Pos, t, "drop the rule", nil, "it has a rule")
	}
	for _, name := range t.Children {
		if child := p.DB.Table(name); child != nil && child.PartitionBy != "" {
			p.refused(child.Pos, t, "partition it in one level: Citus distributes the partitions by tenant itself", nil, "its partition %s is partitioned", name)
		}
	}
	if len(t.Children) > 0 && t.PartitionBy == "" || len(t.Parents) > 0 {
		p.refused(t.Pos, t, "use declarative partitioning, or separate tables", nil, "it takes part in inheritance")
	}
	for _, c := range t.Columns {
		if c.Identity && c.Type.Name.Name != "int8" {
			p.refused(c.Pos, t, "make it bigint: Citus keeps the number of the machine in the upper bits", nil, "identity column %s is not bigint", c.Name)
		}
	}
}
