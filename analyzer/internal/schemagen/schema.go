// Package schemagen generates small multi-tenant schemas, statements over them, and
// pairs of database states that differ in other tenants' rows only. Package querygen
// varies the statement over one schema; here the schema itself varies: keys, foreign
// keys with every action, types on which "equal" is not "the same", code that the
// server runs unseen. Whose row is whose is said here once more, in SQL that the server
// evaluates (owner.go), and shares nothing with the analyzer.
package schemagen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/config"
)

// Schema is a generated schema with what its author declares of it.
type Schema struct {
	Features  []string // what was put in, to tell kinds apart
	Before    []string // statements before the tables: types, functions
	Tables    []*Table
	After     []string // and after them: views, functions, triggers
	Functions []config.Function
	Also      []string // further tables, all global
	Levels    bool
	Sets      bool     // there are queries for a set of tenants
	Former    bool     // without newer declarations
	Tenants   []string // the ids that tenants have, one of them nearly equal to another
	Projects  []string // of the inner level
	root      tenantType

	views    []*Table
	snippets []snippet
	targets  []*Table // tables that a feature is about: statements prefer them
	deeds    []deed
}

// Kind says how the rows of a table are owned.
type Kind int

// The kinds.
const (
	Root Kind = iota
	Tenant
	Child
	Global
)

// Table is a table, or a view that statements read.
type Table struct {
	Name    string
	Kind    Kind
	Columns []*Column
	Items   []string // table constraints
	Suffix  string   // PARTITION BY, INHERITS
	More    []string // statements behind it: partitions, indexes
	Tenant  string   // its tenant column
	Outer   string   // the column of the outer level
	Level   string   // declared
	Links   []*Link  // what it refers to
	Parents []*Link  // declared
	Only    bool     // other tables inherit from it
	Heir    bool     // it inherits
	keys    [][]string
	targets []string // of ON CONFLICT
	// ReadAlso and Restrict are declared.
	ReadAlso, Restrict string
	shows              Test // read_also as statements use it
	view               bool
}

// Column is a column of a table.
type Column struct {
	Name, Type string // with its collation
	class      string // of types that compare with each other
	NotNull    bool
	Default    string
	Generated  string
	Check      string
	values     []string
	json       map[string]string // the keys of a document that generated columns are made of: to the class
	ref        bool
	late       bool // it is added to the table that was made
}

// Link is a reference to a row of another table, with a foreign key or without.
type Link struct {
	Columns, Refs []string
	Table         *Table
	FK            string // name of the constraint, "" for none
	NoFK          string // why there need be none
	When          *Test  // which rows have this parent
	Where         []Test // what is true of the parent's row
}

func (s *Schema) has(feature string) bool { return slices.Contains(s.Features, feature) }

func (t *Table) column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (c *Column) String() string {
	text := c.Name + " " + c.Type
	if c.Generated != "" {
		text += " GENERATED ALWAYS AS (" + c.Generated + ") STORED"
	}
	if c.NotNull {
		text += " NOT NULL"
	}
	if c.Default != "" {
		text += " DEFAULT " + c.Default
	}
	if c.Check != "" {
		text += " CHECK (" + c.Check + ")"
	}
	return text
}

func (t *Table) String() string {
	var parts []string
	for _, c := range t.Columns {
		if !c.late {
			parts = append(parts, c.String())
		}
	}
	parts = append(parts, t.Items...)
	text := "CREATE TABLE " + t.Name + " (\n  " + strings.Join(parts, ",\n  ") + ")" + t.Suffix + ";\n"
	for _, m := range t.More {
		text += m + ";\n"
	}
	return text
}

// SQL returns the DDL.
func (s *Schema) SQL() string {
	var b strings.Builder
	for _, x := range s.Before {
		b.WriteString(x + ";\n")
	}
	for _, t := range s.Tables {
		b.WriteString(t.String())
	}
	for _, x := range s.After {
		b.WriteString(x + ";\n")
	}
	return b.String()
}

// Config returns the declarations.
func (s *Schema) Config() config.Tenant {
	cfg := config.Tenant{Columns: []string{"org_id"}, Functions: s.Functions}
	if s.Levels {
		cfg.Columns = nil
		cfg.Levels = []config.Level{{Name: "org", Column: "org_id", Setting: "app.org_id"}, {Name: "project", Column: "project_id", Setting: "app.project_id"}}
	}
	for _, t := range s.Tables {
		d := config.Table{Name: t.Name, ReadAlso: t.ReadAlso, Restrict: t.Restrict, Level: t.Level}
		switch t.Kind {
		case Root:
			d.TenantColumn = t.Tenant
		case Global:
			d.Global = true
		case Child:
			for _, l := range t.Parents {
				p := config.Parent{Table: l.Table.Name, NoForeignKey: l.NoFK}
				if l.When != nil {
					p.When = []config.Match{{Column: l.When.Column, Value: l.When.Value}}
				}
				for i, t := range l.Where {
					p.Where += map[bool]string{true: " AND "}[i > 0] + t.SQL("")
				}
				for i := range l.Columns {
					p.On = append(p.On, config.Pair{Child: l.Columns[i], Parent: l.Refs[i]})
				}
				d.Parents = append(d.Parents, p)
			}
		case Tenant:
			if t.ReadAlso == "" && t.Restrict == "" {
				continue
			}
		}
		cfg.Tables = append(cfg.Tables, d)
	}
	for _, name := range s.Also {
		cfg.Tables = append(cfg.Tables, config.Table{Name: name, Global: true})
	}
	return cfg
}

// YAML returns the declarations as the tables and functions of options.tenantgen.
func (s *Schema) YAML() string {
	var b strings.Builder
	if s.Levels {
		b.WriteString("    levels:\n      - {name: org, column: org_id, setting: app.org_id}\n      - {name: project, column: project_id, setting: app.project_id}\n")
	} else {
		b.WriteString("    tenant_column: org_id\n")
	}
	b.WriteString("    out: internal/repo\n    tables:\n")
	for _, d := range s.Config().Tables {
		var parts []string
		if d.TenantColumn != "" {
			parts = append(parts, "tenant_column: "+d.TenantColumn)
		}
		if d.Level != "" {
			parts = append(parts, "level: "+d.Level)
		}
		if d.Global {
			parts = append(parts, "global: true")
		}
		var ps []string
		for _, p := range d.Parents {
			var on []string
			for _, x := range p.On {
				on = append(on, x.Child+": "+x.Parent)
			}
			more := ""
			for _, m := range p.When {
				more += fmt.Sprintf(", when: {%s: %q}", m.Column, m.Value)
			}
			if p.Where != "" {
				more += fmt.Sprintf(", where: %q", p.Where)
			}
			if p.NoForeignKey != "" {
				more += fmt.Sprintf(", no_foreign_key: %q", p.NoForeignKey)
			}
			ps = append(ps, fmt.Sprintf("{table: %s, on: {%s}%s}", p.Table, strings.Join(on, ", "), more))
		}
		if len(ps) > 0 {
			parts = append(parts, "parent: ["+strings.Join(ps, ", ")+"]")
		}
		if d.ReadAlso != "" {
			parts = append(parts, fmt.Sprintf("read_also: %q", d.ReadAlso))
		}
		if d.Restrict != "" {
			parts = append(parts, fmt.Sprintf("restrict: %q", d.Restrict))
		}
		fmt.Fprintf(&b, "      %s: {%s}\n", d.Name, strings.Join(parts, ", "))
	}
	for i, f := range s.Functions {
		if i == 0 {
			b.WriteString("    functions:\n")
		}
		fmt.Fprintf(&b, "      %s: {safe: %q}\n", f.Name, f.Reason)
	}
	return b.String()
}

// Writes reports that a SELECT may change rows, by a function.
func (s *Schema) Writes() bool { return s.has("writer") }
