package advice

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

// pagesAtOnce is how much of a table one batch of the backfill looks at, in pages of 8 KiB.
// A batch is short, since whoever wants one of its rows waits for it to end.
const pagesAtOnce = 32

// turns is how often the backfill comes back to rows that somebody else held.
const turns = 100

// childColumn gives a child the tenant column of its parent, in an order in which no row
// is without what holds for it: before the rows that are there get their tenant, a trigger
// fills it in new ones and a foreign key compares it with the parent's, so that nothing
// that is written meanwhile can come out of step. The key that the foreign key needs is
// built before all.
func (p *planner) childColumn(f rules.Finding) {
	fix, ok := f.Fix.(rules.AddTenantColumn)
	if !ok {
		return
	}
	if why := whyNotColumn(fix); why != "" {
		p.decline(f, why)
		return
	}
	c := p.newColumn(fix, cause(f))
	k := p.ensureKey(fix.Parent, c.next.RefColumns, c.cause)
	k.dropped = append(k.dropped, p.undoConstraint(c.table, c.next.Name))
	p.addColumn(c)
	p.backfill(c)
	p.concurrentlyAfter(c)
	p.constrain(c)
}

// column is the tenant column that a child gets.
type column struct {
	rules.AddTenantColumn
	table    catalog.Name
	function catalog.Name
	next     *catalog.ForeignKey // the one to the parent, with the tenant
	check    string
	cause    string
}

func (p *planner) newColumn(fix rules.AddTenantColumn, why string) *column {
	t := fix.Table.Name
	next := *fix.Key
	next.Columns = append([]string{fix.Column}, fix.Key.Columns...)
	next.RefColumns = append([]string{fix.Follow.ParentColumn}, fix.Key.RefColumns...)
	next.Special = true // empties the columns behind the tenant's only
	next.Name = p.names.choose(t.Schema, t.Name, next.Columns, "fkey")
	return &column{AddTenantColumn: fix, table: t, next: &next, cause: why,
		function: catalog.Name{Schema: t.Schema, Name: p.names.choose(t.Schema, t.Name, []string{fix.Column}, "of_parent")},
		check:    p.names.choose(t.Schema, t.Name, []string{fix.Column}, "present")}
}

// whyNotColumn tells why no migration can do it.
func whyNotColumn(fix rules.AddTenantColumn) string {
	t, parent := fix.Table, fix.Parent
	switch {
	case fix.Levels:
		return "with levels of tenancy a row has a column for each: which ones it needs is for you to say"
	case !fix.Plain:
		return "its rows find their tenant in several ways, or under a condition: no one parent row has it"
	case fix.Key == nil:
		return "no foreign key keeps its rows with their parent rows, so there may be rows without a tenant"
	case fix.Key.Special || nullsOnUpdate(fix.Key):
		return "foreign key " + fix.Key.Name + " has an action or a match of its own that the new one could not have"
	case t.PartitionBy != "" || len(t.Children)+len(parent.Children) > 0 || parent.PartitionBy != "":
		return "a foreign key of a partitioned table has no NOT VALID, and what inherits has no trigger of its parent"
	case t.DistributedBy != "" || t.Reference || t.External:
		return "its rows are on other machines"
	case t.Unsure != "" || parent.Unsure != "":
		return "tenantgen does not follow the " + t.Unsure + parent.Unsure + ", which may have changed it"
	case !parent.Column(fix.Follow.ParentColumn).NotNull:
		return parent.Name.String() + "." + fix.Follow.ParentColumn + " may be NULL: put that right first"
	}
	for _, on := range fix.Follow.On {
		if !t.Column(on[0]).NotNull {
			return "a row whose " + on[0] + " is NULL belongs to nobody, so it could have no tenant: make the column NOT NULL first"
		}
	}
	return ""
}

func nullsOnUpdate(f *catalog.ForeignKey) bool {
	return f.OnUpdate == "set null" || f.OnUpdate == "set default"
}

// addColumn adds what holds for new rows. Nothing reads the table.
func (p *planner) addColumn(c *column) {
	arg := map[string]string{
		"Table": migrate.QuoteName(c.table), "Column": migrate.QuoteIdent(c.Column), "Type": c.typeName(),
		"Function": migrate.QuoteName(c.function), "Body": c.Follow.Body(), "Trigger": catalog.FollowTrigger,
	}
	alter := func(action string) string { return p.alter(c.table, action, arg) }
	p.add = append(p.add,
		migrate.Step{
			Comment: fmt.Sprintf("%s: the tenant column, still empty. ACCESS EXCLUSIVE, for the moment that the catalogs take: a column without a default rewrites nothing.", c.table),
			SQL:     []string{alter("add column")}, Reverse: []string{alter("drop column")}, Cause: c.cause,
		},
		migrate.Step{
			Comment: fmt.Sprintf("%s: a row gets the tenant of its parent row, also from statements that do not know the column, and keeps in step with it. SHARE ROW EXCLUSIVE, for a moment. Whoever writes the table needs SELECT on %s, as its policies do.", c.table, c.Parent.Name),
			SQL:     []string{p.print("function", arg), p.print("follow", arg)},
			Reverse: []string{p.print("drop trigger", arg), p.print("drop function", arg)}, Cause: c.cause,
		},
		migrate.Step{
			Comment: fmt.Sprintf("%s: its tenant is that of its row of %s; rows that have none yet refer to nothing. SHARE ROW EXCLUSIVE on both tables, for a moment: no row is looked at.", c.table, c.Parent.Name),
			SQL:     []string{p.addForeign(c.table, c.next, true)}, Reverse: []string{p.undoConstraint(c.table, c.next.Name)}, Cause: c.cause,
		},
		migrate.Step{
			Comment: fmt.Sprintf("%s: what is written from now on has a tenant. ACCESS EXCLUSIVE, for a moment: no row is looked at.", c.table),
			SQL:     []string{p.addCheck(c.table, c.check, c.Column)}, Reverse: []string{p.undoConstraint(c.table, c.check)}, Cause: c.cause,
		})
}

// typeName is the type of the parent's column, as SQL. A modifier is none of the catalog's:
// whatever length the parent's allows, the foreign key allows here.
func (c *column) typeName() string {
	t := c.Parent.Column(c.Follow.ParentColumn).Type
	name := migrate.QuoteName(t.Name)
	if t.Name.Schema == "pg_catalog" {
		name = migrate.QuoteIdent(t.Name.Name)
	}
	if t.Array {
		name += "[]"
	}
	return name
}

// backfill gives the rows that are there their tenant, a part of the table at a time: a
// row that is moved by an update meanwhile has got it from the trigger.
func (p *planner) backfill(c *column) {
	var on string
	for i, pair := range c.Follow.On {
		if i > 0 {
			on += " AND "
		}
		on += "parent." + migrate.QuoteIdent(pair[1]) + " = child." + migrate.QuoteIdent(pair[0])
	}
	p.later = append(p.later, Migration{Name: "tenant_advice_" + fileName(c.Table.Name.Name) + "_backfill", Alone: true, Steps: []migrate.Step{{
		Comment: fmt.Sprintf("%s: the rows that are there get their tenant, %d pages at a time, each in a transaction of its own. ROW EXCLUSIVE and the locks of the rows of one batch: reads and writes go on. Run it again when it stops: it goes on with the rows that have none. It fails, and changes nothing, where policies hide rows from whoever runs it: then it needs a role with BYPASSRLS. Triggers of the table run for each row.", c.table, pagesAtOnce),
		SQL: []string{p.print("backfill", map[string]string{
			"Table": migrate.QuoteName(c.table), "Literal": tableLiteral(c.Table), "Parent": migrate.QuoteName(c.Parent.Name), "ParentLiteral": tableLiteral(c.Parent),
			"Column": migrate.QuoteIdent(c.Column), "ParentColumn": migrate.QuoteIdent(c.Follow.ParentColumn), "On": on, "Pages": fmt.Sprint(pagesAtOnce), "Timeout": LockTimeout, "Turns": fmt.Sprint(turns),
		})},
		Cause: c.cause,
	}}})
}

// concurrentlyAfter builds the index that policies, filters and the foreign key want, once
// the rows have their tenant.
func (p *planner) concurrentlyAfter(c *column) {
	p.concurrently("", p.names.choose(c.table.Schema, c.table.Name, c.next.Columns, "idx"), c.table, c.next.Columns, "", c.cause)
	last := len(p.indexes) - 1
	p.later, p.indexes = append(p.later, p.indexes[last]), p.indexes[:last]
}

// constrain looks at all rows, then sets NOT NULL and drops what the new key implies.
func (p *planner) constrain(c *column) {
	arg := map[string]string{"Column": migrate.QuoteIdent(c.Column)}
	p.validate = append(p.validate,
		migrate.Step{
			Comment: fmt.Sprintf("%s: every row has a tenant. SHARE UPDATE EXCLUSIVE: reads and writes go on. This fails while there are rows without one: run the backfill again.", c.table),
			SQL:     []string{p.validateConstraint(c.table, c.check)},
		},
		migrate.Step{
			Comment: fmt.Sprintf("%s: it is the tenant of the row of %s. SHARE UPDATE EXCLUSIVE, and ROW SHARE on %[2]s: reads and writes go on.", c.table, c.Parent.Name),
			SQL:     []string{p.validateConstraint(c.table, c.next.Name)},
		})
	p.finish = append(p.finish,
		migrate.Step{
			Comment: fmt.Sprintf("%s: NOT NULL takes the place of the check that proves it. ACCESS EXCLUSIVE, for a moment: the check spares the look at every row.", c.table),
			SQL:     []string{p.alter(c.table, "set not null", arg), p.dropConstraint(c.table, c.check)},
			Reverse: []string{p.alter(c.table, "drop not null", arg), p.addCheck(c.table, c.check, c.Column)}, Cause: c.cause,
		},
		migrate.Step{
			Comment: fmt.Sprintf("%s: the foreign key without the tenant goes, which the one with it implies. ACCESS EXCLUSIVE on both tables, for a moment.", c.table),
			SQL:     []string{p.dropConstraint(c.table, c.Key.Name)}, Reverse: []string{p.addForeign(c.table, c.Key, false)}, Cause: c.cause,
		})
}

// dropTrigger drops what filled the tenant column while the table was a child.
func (p *planner) dropTrigger(f rules.Finding) {
	fix, ok := f.Fix.(rules.DropTrigger)
	if !ok {
		return
	}
	body := ""
	for _, fn := range p.db.Functions {
		if fn.Name == fix.Trigger.Function && len(fn.Args) == 0 {
			body = fn.Body
		}
	}
	arg := map[string]string{"Table": migrate.QuoteName(fix.Table.Name), "Trigger": migrate.QuoteIdent(fix.Trigger.Name), "Function": migrate.QuoteName(fix.Trigger.Function), "Body": body}
	p.finish = append(p.finish, migrate.Step{
		Comment: fmt.Sprintf("%s: every statement names the tenant now, and nothing fills it in any more. ACCESS EXCLUSIVE, for a moment. Apply this when no old version of the application runs.", fix.Table.Name),
		SQL:     []string{p.print("drop trigger", arg), p.print("drop function", arg)},
		Reverse: []string{p.print("function", arg), p.print("follow", arg)}, Cause: cause(f),
	})
}
