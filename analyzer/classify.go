package analyzer

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgsql"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/config"
)

// Classify decides the owner of every table of db by the declarations of cfg, and
// reads the conditions in them.
func Classify(db *catalog.Database, cfg config.Tenant) (*tenancy.Map, []tenancy.Problem) {
	own, problems := tenancy.Classify(db, cfg)
	c := &conditions{db: db, own: own, cfg: cfg, lowerer: &pgsql.Lowerer{DB: db}}
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
	return own, append(problems, c.problems...)
}

// conditions reads the SQL conditions of a configuration.
type conditions struct {
	db       *catalog.Database
	own      *tenancy.Map
	cfg      config.Tenant
	lowerer  *pgsql.Lowerer
	problems []tenancy.Problem
}

// read returns what a condition says, nil when it cannot be used.
func (c *conditions) read(t *catalog.Table, key, text string) *pgsql.Predicate {
	p, err := c.lowerer.Predicate(t, text)
	if err == nil {
		err = c.tenants(t, p.Tenants)
	}
	if err == nil {
		return p
	}
	pr := tenancy.Problem{Msg: fmt.Sprintf("%s of table %s %v", key, t.Name, err),
		Hint: "write a condition on the table's own columns, such as visibility = 'public'; list named tenants in an array column: @" +
			pgsql.QuoteIdent(c.own.Levels[0].Columns[0]) + " = ANY (shared_with)"}
	i := slices.IndexFunc(c.cfg.Tables, func(d config.Table) bool {
		n := catalog.ParseName(d.Name)
		return c.db.LookupTable(n.Schema, n.Name, c.db.SearchPath) == t || n.Name == t.Name.Name
	})
	if i >= 0 {
		pr.Line, pr.Column = c.cfg.Tables[i].Line, c.cfg.Tables[i].Column
	}
	c.problems = append(c.problems, pr)
	return nil
}

// tenants makes sure that @name is the tenant of the table and is compared with values
// of its type: the text of a uuid, say, has several spellings.
func (c *conditions) tenants(t *catalog.Table, uses []pgsql.TenantUse) error {
	level := c.own.Levels[c.own.Of(t).Level]
	column := c.own.TenantColumn(t)
	for _, u := range uses {
		if !slices.Contains(level.Columns, u.Name) {
			return fmt.Errorf("mentions @%s, which is not its tenant: write @%s", u.Name, pgsql.QuoteIdent(level.Columns[0]))
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
