package propose

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// schema is a database with what is found out about its tables.
type schema struct {
	db *catalog.Database
	// tables are those with an owner of their own: partitions and what inherits have their parents'.
	tables []*catalog.Table
	levels []*candidate
	// own has how a table belongs to tenants, for those of which that is found.
	own   map[*catalog.Table]owned
	links map[*catalog.Table][]link // from a table without a tenant column to tables of tenants
	// What comes out.
	out      []*Table
	columned []string
}

// owned tells that a table belongs to tenants: by a column, or at this depth of parents.
type owned struct {
	level int
	depth int // 0 with a column
}

func newSchema(db *catalog.Database) *schema {
	s := &schema{db: db, own: map[*catalog.Table]owned{}, links: map[*catalog.Table][]link{}}
	for _, t := range db.Tables {
		if !slices.ContainsFunc(t.Parents, func(n catalog.Name) bool { return db.Table(n) != nil }) {
			s.tables = append(s.tables, t)
		}
	}
	return s
}

// name is how the configuration can name a table: as people write it, where that means the
// table, or with its schema.
func (s *schema) name(t *catalog.Table) string {
	path := s.db.SearchPath
	if len(path) == 0 {
		path = []string{"public"}
	}
	for _, name := range []string{t.Name.Name, t.Name.Schema + "." + t.Name.Name} {
		if n := catalog.ParseName(name); s.db.LookupTable(n.Schema, n.Name, path) == t {
			return name
		}
	}
	return ""
}

// nameable reports whether the configuration can name a table and columns of it.
func (s *schema) nameable(t *catalog.Table, columns ...string) bool {
	return s.name(t) != "" && !slices.ContainsFunc(append(columns, t.Name.Name), func(n string) bool {
		_, hidden := inert.Hidden(n, "")
		return hidden
	})
}

// decide finds out about every table.
func (s *schema) decide(levels []*candidate) {
	s.levels = levels
	declared := map[*catalog.Table]*Table{}
	for _, t := range s.tables {
		if t.External || t.Temporary {
			continue
		}
		if d := s.byRoot(t); d != nil {
			declared[t] = d
			continue
		}
		if level, column := s.byColumn(t); level >= 0 {
			s.own[t] = owned{level: level}
			if d := s.spelledOut(t, level, column); d != nil {
				declared[t] = d
			} else {
				s.columned = append(s.columned, s.name(t))
			}
			continue
		}
		if d := s.toRoot(t); d != nil {
			declared[t] = d
		}
	}
	s.link(func(t *catalog.Table) bool {
		_, known := s.own[t]
		return !known && declared[t] == nil && !t.External && !t.Temporary
	})
	for _, t := range s.tables {
		if _, tenants := s.own[t]; tenants && len(s.links[t]) > 0 {
			declared[t] = s.child(t)
		}
	}
	s.rest(declared)
	for _, t := range s.tables {
		if d := declared[t]; d != nil {
			d.Name = s.name(t)
			s.out = append(s.out, s.sayable(t, d))
		}
	}
}

// sayable leaves open what the configuration cannot say.
func (s *schema) sayable(t *catalog.Table, d *Table) *Table {
	columns := []string{}
	for _, c := range d.Choices {
		columns = append(columns, c.Declared.TenantColumn)
		for _, p := range c.Declared.Parents {
			for _, on := range p.On {
				columns = append(columns, on.Child, on.Parent)
			}
		}
	}
	if !s.nameable(t, columns...) {
		d.Name, d.Open, d.Why, d.Choices = t.Name.String(), true, Reason{Kind: Unsayable}, nil
	}
	return d
}

// level is the name of a level in declarations, "" where there is only one.
func (s *schema) level(i int) string {
	if len(s.levels) == 1 {
		return ""
	}
	return s.levels[i].said().Noun
}

// byColumn is the innermost level whose column a table has, -1 for none: of several levels it
// has to be NOT NULL, as tenancy wants it.
func (s *schema) byColumn(t *catalog.Table) (int, string) {
	for level := len(s.levels) - 1; level >= 0; level-- {
		for _, name := range s.levels[level].spellings() {
			if c := t.Column(name); c != nil && (len(s.levels) == 1 || c.NotNull) {
				return level, name
			}
		}
	}
	return -1, ""
}

// spelledOut is the entry that a table needs whose column is not spelled as its level's is.
func (s *schema) spelledOut(t *catalog.Table, level int, column string) *Table {
	if len(s.levels) == 1 || column == s.levels[level].spellings()[0] {
		return nil
	}
	return &Table{Choices: []Choice{{config.Table{TenantColumn: column, Level: s.level(level)}, Reason{Kind: OtherSpelling, Names: []string{column}}}}}
}

// byRoot declares the tables of the tenants themselves.
func (s *schema) byRoot(t *catalog.Table) *Table {
	for level, c := range s.levels {
		r := c.rootOf(t)
		if r == nil {
			continue
		}
		why := Reason{Kind: IsRoot, Names: c.spellings()}
		switch {
		case r.named:
			why.Kind = NamedAsRoot
		case r.parts:
			why.Kind = HasTenantsOf
		}
		d := &Table{Choices: []Choice{{config.Table{TenantColumn: r.key, Level: s.level(level)}, why}}}
		if key := t.Column(r.key); key == nil || familyOf(key) != c.family {
			d.Open, d.Why = true, Reason{Kind: OtherType, Names: []string{r.key}}
			return d
		}
		s.own[t] = owned{level: level}
		return d
	}
	return nil
}

// toRoot declares a table that refers to the tenants by a column of another name. Where there
// are several, or none has to be there, nobody can tell what they say.
func (s *schema) toRoot(t *catalog.Table) *Table {
	var choices []Choice
	unsure := false
	level := 0
	for i, c := range s.levels {
		for _, fk := range t.Foreign {
			to := s.db.Table(fk.RefTable)
			r := c.rootOf(to)
			if to == nil || to == t || r == nil || len(fk.Columns) != 1 || fk.RefColumns[0] != r.key || fk.NotValid {
				continue
			}
			column := t.Column(fk.Columns[0])
			if column == nil || familyOf(column) != c.family || slices.ContainsFunc(choices, func(o Choice) bool { return o.Declared.TenantColumn == column.Name }) {
				continue
			}
			unsure, level = unsure || !column.NotNull, i
			choices = append(choices, Choice{config.Table{TenantColumn: column.Name, Level: s.level(i)}, Reason{Kind: RefersToRoot, Names: []string{column.Name, to.Name.String()}}})
		}
	}
	switch {
	case len(choices) == 0:
		return nil
	case len(choices) > 1:
		return &Table{Choices: choices, Open: true, Why: Reason{Kind: SeveralTenants, Names: columnsOf(choices)}}
	case unsure:
		choices = append(choices, sharedWith(columnsOf(choices)[0]))
		return &Table{Choices: choices, Open: true, Why: Reason{Kind: PerhapsTenant, Names: columnsOf(choices)[:1]}}
	}
	s.own[t] = owned{level: level}
	return &Table{Choices: choices}
}

// sharedWith is the declaration of a table for everybody that has a column of a tenant's.
func sharedWith(column string) Choice {
	return Choice{config.Table{Global: true, NoTenant: "<why>"}, Reason{Kind: IfShared, Names: []string{column}}}
}

func columnsOf(choices []Choice) []string {
	var names []string
	for _, c := range choices {
		names = append(names, c.Declared.TenantColumn)
	}
	return names
}
