package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
)

// Distribute plans the distribution of the tables over the machines of a Citus
// cluster: a global table becomes a reference table, a tenant table is distributed by
// the tenant column of the outermost level and colocated with the others. A table
// follows those that it refers to; foreign keys that go in a circle are dropped first
// and come back last (Citus documentation, "Distributing Coordinator Data").
//
// db must be free of findings that Citus would refuse tables for: its foreign keys
// join tables that are all distributed, or all not.
func Distribute(db *catalog.Database, own *tenancy.Map) (*Advice, error) {
	p := &distribution{db: db, own: own}
	for _, t := range db.Tables {
		if p.wanted(t) && !p.there(t) {
			p.place(t)
		}
	}
	if len(p.seen) == 0 {
		return &Advice{}, p.err
	}
	return &Advice{Migrations: []Migration{{Name: "tenant_citus", Steps: p.migration()}}}, p.err
}

// distribution collects the tables in the order in which Citus accepts them.
type distribution struct {
	printer
	db    *catalog.Database
	own   *tenancy.Map
	seen  []*catalog.Table // placed, or about to be
	open  []*catalog.Table // whose references are being placed
	first *catalog.Table   // that all others are colocated with

	references, tables []migrate.Step
	drop, again        []migrate.Step // foreign keys that close a circle
}

// wanted leaves out partitions, which follow the partitioned table.
func (p *distribution) wanted(t *catalog.Table) bool {
	return !t.Temporary && !t.IsPartition && p.own.Of(t).Kind != tenancy.Undeclared
}

// there reports whether a table is where it should be.
func (p *distribution) there(t *catalog.Table) bool { return t.Reference || t.DistributedBy != "" }

// place places a table behind all that it refers to.
func (p *distribution) place(t *catalog.Table) {
	if slices.Contains(p.seen, t) {
		return
	}
	p.seen, p.open = append(p.seen, t), append(p.open, t)
	for _, f := range t.Foreign {
		to := p.db.Table(f.RefTable)
		switch {
		case to == nil || to == t || p.there(to):
		case slices.Contains(p.open, to):
			p.postpone(t, f)
		default:
			p.place(to)
		}
	}
	p.open = p.open[:len(p.open)-1]
	if p.own.Distribution(t) >= 0 {
		p.tables = append(p.tables, p.distribute(t))
	} else {
		p.references = append(p.references, p.reference(t))
	}
}

// postpone takes a foreign key away until both of its tables are distributed.
func (p *distribution) postpone(t *catalog.Table, f *catalog.ForeignKey) {
	if f.Special && p.err == nil {
		p.err = fmt.Errorf("foreign key %s of %s closes a circle, and is not known in full: drop it, distribute, and add it again", f.Name, t.Name)
	}
	p.drop = append(p.drop, migrate.Step{
		Comment: fmt.Sprintf("%s: %s closes a circle of foreign keys, so no order satisfies it. It comes back below.", t.Name, f.Name),
		SQL:     []string{p.dropConstraint(t.Name, f.Name)},
	})
	p.again = append(p.again, migrate.Step{
		Comment: fmt.Sprintf("%s: %s is back.", t.Name, f.Name), SQL: []string{p.addForeign(t.Name, f, false)},
	})
}

func (p *distribution) distribute(t *catalog.Table) migrate.Step {
	column := t.Columns[p.own.Distribution(t)].Name
	arg := map[string]string{"Table": tableLiteral(t), "Column": migrate.QuoteLiteral(column)}
	if root := p.root(); root != nil {
		arg["With"] = tableLiteral(root)
	} else {
		p.first = t
	}
	return migrate.Step{
		Comment: fmt.Sprintf("%s: the rows of a tenant are on one machine.", t.Name),
		SQL:     []string{p.print("distribute", arg)}, Cause: "tenant column " + column,
	}
}

func (p *distribution) reference(t *catalog.Table) migrate.Step {
	return migrate.Step{
		Comment: fmt.Sprintf("%s: every machine has all rows.", t.Name),
		SQL:     []string{p.print("reference", map[string]string{"Table": tableLiteral(t)})}, Cause: "the table is global",
	}
}

// tableLiteral is a table as Citus's functions take it.
func tableLiteral(t *catalog.Table) string { return migrate.QuoteLiteral(migrate.QuoteName(t.Name)) }

// root returns the table that others are colocated with, nil when there is none yet.
func (p *distribution) root() *catalog.Table {
	if p.first == nil {
		if i := slices.IndexFunc(p.db.Tables, func(t *catalog.Table) bool { return t.DistributedBy != "" && !t.IsPartition }); i >= 0 {
			p.first = p.db.Tables[i]
		}
	}
	return p.first
}

// migration puts the steps between what has to come first and last: reference tables
// refer to each other only. The way back is one statement: undistribute_table takes
// with it whatever foreign keys lead to.
func (p *distribution) migration() []migrate.Step {
	var back []string
	for _, t := range slices.Backward(p.seen) {
		back = append(back, tableLiteral(t))
	}
	sequential := migrate.Step{
		Comment: "Writes to a table wait while its rows move. One connection to each machine, so that foreign keys to reference tables can be checked in the same transaction; and what refers to a reference table stays a plain table until it is distributed.",
		SQL:     []string{p.print("sequential", nil), p.print("plain", nil), p.print("all rows", nil)},
		Reverse: []string{p.print("undistribute", map[string]string{"Tables": strings.Join(back, ", ")})},
	}
	return slices.Concat([]migrate.Step{sequential}, p.drop, p.references, p.tables, p.again)
}
