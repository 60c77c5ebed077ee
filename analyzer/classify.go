package analyzer

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// Classify decides the owner of every table of db by the declarations of cfg, and
// reads the conditions in them.
func Classify(db *catalog.Database, cfg config.Tenant) (*tenancy.Map, []tenancy.Problem) {
	own, problems := tenancy.Classify(db, cfg)
	c := &conditions{db: db, own: own, cfg: cfg, lowerer: &lower.Lowerer{DB: db}}
	for _, t := range db.Tables {
		o := own.Of(t)
		if o.ReadAlso != "" {
			if p := c.read(t, "read_also", o.ReadAlso); p != nil {
				own.Allow(t, p.Disjuncts)
			}
		}
		if o.Restrict != "" {
			c.read(t, "restrict", o.Restrict)
		}
	}
	c.inherited()
	c.views()
	return own, append(problems, c.problems...)
}

// conditions reads the SQL conditions of a configuration.
type conditions struct {
	db       *catalog.Database
	own      *tenancy.Map
	cfg      config.Tenant
	lowerer  *lower.Lowerer
	problems []tenancy.Problem
}

// read returns what a condition says, nil when it cannot be used.
func (c *conditions) read(t *catalog.Table, key, text string) *lower.Predicate {
	p, err := c.lowerer.Predicate(t, text)
	if err == nil {
		err = c.tenants(t, p.Tenants)
	}
	if err == nil {
		return p
	}
	c.fail(t, fmt.Sprintf("%s of table %s %v", key, t.Name, err),
		"write a condition on the table's own columns, such as visibility = 'public'; list named tenants in an array column: @"+
			catalog.QuoteIdent(c.own.Levels[0].Columns[0])+" = ANY (shared_with)")
	return nil
}

// fail reports a problem with the declaration of t.
func (c *conditions) fail(t *catalog.Table, msg, hint string) {
	pr := tenancy.Problem{Msg: msg, Hint: hint}
	i := slices.IndexFunc(c.cfg.Tables, func(d config.Table) bool {
		n := catalog.ParseName(d.Name)
		return c.db.LookupTable(n.Schema, n.Name, c.db.SearchPath) == t || n.Name == t.Name.Name
	})
	if i >= 0 {
		pr.Line, pr.Column = c.cfg.Tables[i].Line, c.cfg.Tables[i].Column
	}
	c.problems = append(c.problems, pr)
}

// inherited makes sure that tables which inherit say what their parents say: who reads
// a parent reads their rows, by the parent's condition and its policies alone
// (PostgreSQL manual, 5.10.1).
func (c *conditions) inherited() {
	for _, t := range c.db.Tables {
		for _, n := range t.Parents {
			parent := c.db.Table(n)
			if parent == nil {
				continue
			}
			of, up := c.own.Of(t), c.own.Of(parent)
			hint := "write the same for both, or leave " + t.Name.String() + " out of the configuration"
			if up.ReadAlso != "" && up.ReadAlso != of.ReadAlso {
				c.own.Allow(parent, nil)
				c.fail(t, fmt.Sprintf("read_also of table %s is also about the rows of %s, which inherits from it and declares something else", parent.Name, t.Name), hint)
			}
			if up.Restrict != of.Restrict {
				c.fail(t, fmt.Sprintf("restrict of table %s is not that of %s, from which it inherits: who reads %[2]s reads its rows too", t.Name, parent.Name), hint)
			}
		}
	}
}

// tenants makes sure that @name is the tenant of the table and is compared with values
// of its type: the text of a uuid, say, has several spellings.
func (c *conditions) tenants(t *catalog.Table, uses []lower.TenantUse) error {
	level := c.own.Levels[c.own.Of(t).Level]
	column := c.own.TenantColumn(t)
	for _, u := range uses {
		if !slices.Contains(level.Columns, u.Name) {
			return fmt.Errorf("mentions @%s, which is not its tenant: write @%s", u.Name, catalog.QuoteIdent(level.Columns[0]))
		}
		if column == nil {
			return fmt.Errorf("mentions @%s, but it has no tenant column", u.Name)
		}
		if u.Column.Type.Name != column.Type.Name || u.Column.Type.Array != u.Element || column.Type.Array {
			return fmt.Errorf("compares the tenant with column %s, which has another type than %s", u.Column.Name, column.Name)
		}
	}
	return nil
}
