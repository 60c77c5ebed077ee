package tenancy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/spelling"
)

// Classify decides the owner of every table of db by the declarations of cfg.
// A table with a tenant column belongs to its tenant without a declaration.
func Classify(db *catalog.Database, cfg config.Tenant) (*Map, []Problem) {
	c := &classifier{db: db, m: &Map{Citus: cfg.Scale == "citus", ByClaim: len(cfg.Source.JWTClaim) > 0, owners: map[*catalog.Table]Owner{}}}
	for _, l := range cfg.Levels {
		c.m.Levels = append(c.m.Levels, Level{l.Name, []string{l.Column}, l.Setting})
	}
	if len(c.m.Levels) == 0 {
		c.m.Levels = []Level{{Columns: cfg.Columns, Setting: cfg.Source.Setting}}
		if cfg.Out != "" && !c.m.Citus {
			c.m.SetByCalls = cfg.Source.Setting
		}
	}
	declared, spelled := map[*catalog.Table]bool{}, map[*catalog.Table]string{}
	for _, d := range cfg.Tables {
		if c.declaredView(d) {
			continue
		}
		if t := c.lookup(d.Name, d.Line, d.Column); t != nil {
			if declared[t] {
				c.fail(d.Line, d.Column, "keep one of the two", "%s is the table that is declared as %s already", d.Name, spelled[t])
				continue
			}
			declared[t], spelled[t] = true, d.Name
			c.declare(t, d)
		}
	}
	for _, t := range db.Tables {
		if !declared[t] {
			c.byColumn(t)
		}
	}
	c.inherit(declared)
	c.children(cfg)
	c.heirs(cfg)
	c.external(cfg)
	c.levels(declared)
	for _, t := range db.Tables {
		if c.m.owners[t].Kind == Undeclared {
			c.problems = append(c.problems, Problem{Table: t,
				Msg:  fmt.Sprintf("table %s has no column %s and is not declared", t.Name, c.spellings()),
				Hint: "declare under options.tenantgen.tables: " + c.m.Suggest(db, t).Text(t.Name)})
		}
	}
	return c.m, c.problems
}

type classifier struct {
	db       *catalog.Database
	m        *Map
	problems []Problem
}

func (c *classifier) fail(line, column int, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Line: line, Column: column, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *classifier) lookup(name string, line, column int) *catalog.Table {
	n := catalog.ParseName(name)
	t := c.db.LookupTable(n.Schema, n.Name, c.path())
	switch {
	case t != nil:
	case c.view(n) != nil:
		c.fail(line, column, "declare the tables that it reads", "%s is a view, whose rows are those of its tables", name)
	default:
		c.problems = append(c.problems, Problem{Line: line, Column: column, Absent: name, Msg: fmt.Sprintf("table %s does not exist in the schema", name),
			Hint: spelling.Meant(n.Name, c.tableNames(), "check its spelling against the schema files")})
	}
	return t
}

func (c *classifier) tableNames() []string {
	var names []string
	for _, t := range c.db.Tables {
		names = append(names, t.Name.Name)
	}
	return names
}

func (c *classifier) path() []string {
	if len(c.db.SearchPath) > 0 {
		return c.db.SearchPath
	}
	return []string{"public"}
}

func (c *classifier) spellings() string {
	var all []string
	for _, l := range c.m.Levels {
		all = append(all, l.Columns...)
	}
	return strings.Join(all, " or ")
}

// declare takes a declaration of the configuration; parents are resolved later.
func (c *classifier) declare(t *catalog.Table, d config.Table) {
	switch {
	case d.Global:
		c.m.owners[t] = Owner{Kind: Global, NoTenant: d.NoTenant}
		return
	case len(d.Parents) > 0:
		c.m.owners[t] = Owner{Kind: Child}
	case d.TenantColumn != "":
		i := t.ColumnIndex(d.TenantColumn)
		if i < 0 {
			c.fail(d.Line, d.Column, spelling.Meant(d.TenantColumn, t.ColumnNames(), "name a column of the table"), "table %s has no column %s", t.Name, d.TenantColumn)
			return
		}
		c.m.owners[t] = Owner{Kind: Column, Column: i, Level: c.level(d)}
	case d.Level != "":
		c.ofLevel(t, d)
	default:
		c.byColumn(t)
	}
	if o := c.m.owners[t]; o.Kind != Undeclared {
		o.ReadAlso, o.Restrict = d.ReadAlso, d.Restrict
		c.m.owners[t] = o
	}
}

// ofLevel gives a table to the level that its declaration names, by the column of it.
func (c *classifier) ofLevel(t *catalog.Table, d config.Table) {
	level := c.level(d)
	for _, name := range c.m.Levels[level].Columns {
		if i := t.ColumnIndex(name); i >= 0 {
			c.m.owners[t] = Owner{Kind: Column, Column: i, Level: level}
			return
		}
	}
	c.fail(d.Line, d.Column, "name the column that holds its "+d.Level+": {tenant_column: …, level: "+d.Level+"}",
		"table %s has no column %s", t.Name, strings.Join(c.m.Levels[level].Columns, " or "))
}

func (c *classifier) level(d config.Table) int {
	for i, l := range c.m.Levels {
		if l.Name == d.Level {
			return i
		}
	}
	return len(c.m.Levels) - 1
}

// byColumn gives a table to the innermost level whose column it has; with
// several levels, the column must be NOT NULL to count.
func (c *classifier) byColumn(t *catalog.Table) {
	for level := len(c.m.Levels) - 1; level >= 0; level-- {
		for _, name := range c.m.Levels[level].Columns {
			i := t.ColumnIndex(name)
			if i >= 0 && (len(c.m.Levels) == 1 || t.Columns[i].NotNull) {
				c.m.owners[t] = Owner{Kind: Column, Column: i, Level: level}
				return
			}
		}
	}
}

// inherit gives partitions and inheriting tables their parent's owner. A table with
// a tenant column of its own keeps it below a global parent; but then whoever reads
// the parent reads that table's rows too, without a column to tell them apart.
func (c *classifier) inherit(declared map[*catalog.Table]bool) {
	for _, t := range c.db.Tables {
		for _, p := range t.Parents {
			parent := c.db.Table(p)
			if parent == nil {
				continue
			}
			o := c.m.owners[parent]
			if o.Kind == Column {
				o.Column = t.ColumnIndex(parent.Columns[o.Column].Name)
			}
			own := c.m.owners[t].Kind
			if !declared[t] && (o.Kind == Global && own == Undeclared || o.Kind == Column && o.Column >= 0) {
				c.m.owners[t] = o
			}
		}
	}
	for _, t := range slices.Backward(c.db.Tables) { // children before their parents
		for _, p := range t.Parents {
			if parent := c.db.Table(p); parent != nil && c.m.owners[parent].Kind == Global && c.m.owners[t].Kind != Global {
				c.m.owners[parent] = Owner{}
				c.fail(0, 0, "take the tenant tables out of the inheritance, or give "+parent.Name.String()+" the tenant column",
					"table %s is declared global, but reading it reads the rows of %s, which belong to tenants", parent.Name, t.Name)
			}
		}
	}
}

// children resolves parent declarations. The parent's columns must be a key, or
// a child row would have more than one owner.
func (c *classifier) children(cfg config.Tenant) {
	for _, d := range cfg.Tables {
		n := catalog.ParseName(d.Name)
		t := c.db.LookupTable(n.Schema, n.Name, c.path())
		if t == nil || len(d.Parents) == 0 {
			continue
		}
		o := c.m.owners[t]
		for _, p := range d.Parents {
			if parent, ok := c.parent(t, p); ok {
				o.Parents = append(o.Parents, parent)
			}
		}
		c.m.owners[t] = o
	}
	c.deepen()
}

// deepen gives every child the level of its parents, the deepest of several: its row is of
// each parent's tenant, and the inner one's lies in the others. A parent may be a child that
// is declared later.
func (c *classifier) deepen() {
	for again := true; again; {
		again = false
		for t, o := range c.m.owners {
			for _, p := range o.Parents {
				if l := c.m.owners[p.Table].Level; o.Kind == Child && l > o.Level {
					o.Level, again = l, true
				}
			}
			c.m.owners[t] = o
		}
	}
}

func (c *classifier) parent(t *catalog.Table, p config.Parent) (Parent, bool) {
	table := c.lookup(p.Table, p.Line, p.Column)
	if table == nil {
		return Parent{}, false
	}
	out := Parent{Table: table, NoForeignKey: p.NoForeignKey}
	var key []string
	for _, on := range p.On {
		pair := Pair{t.ColumnIndex(on.Child), table.ColumnIndex(on.Parent)}
		if pair.Child < 0 || pair.Parent < 0 {
			c.fail(p.Line, p.Column, "map columns of the child to columns of the parent", "%s.%s or %s.%s does not exist", t.Name, on.Child, table.Name, on.Parent)
			return Parent{}, false
		}
		out.On = append(out.On, pair)
		key = append(key, on.Parent)
	}
	if k := c.m.owners[table].Kind; k != Column && k != Child {
		c.fail(p.Line, p.Column, "declare the parent as a tenant table", "parent %s of %s belongs to no tenant", table.Name, t.Name)
		return Parent{}, false
	}
	if p.Where != "" && !c.where(t, p, &out) {
		return Parent{}, false
	}
	for _, w := range p.When {
		m, ok := c.match(t, p, w)
		if !ok {
			return Parent{}, false
		}
		out.When = append(out.When, m)
	}
	if p.Where == "" && !hasKey(table, key) {
		c.fail(p.Line, p.Column, noKey(table, key), "columns %s of %s are no key, so a row of %s could belong to several tenants", strings.Join(key, ", "), table.Name, t.Name)
		return Parent{}, false
	}
	return out, true
}
