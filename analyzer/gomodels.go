package analyzer

import (
	"fmt"
	"go/token"
	"maps"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqlcmodel"
	"github.com/tenantgen/tenantgen/config"
)

func namingOf(g config.Go) sqlcmodel.Naming {
	n := sqlcmodel.Naming{Exact: g.EmitExactTableNames, Excluded: g.InflectionExcludeTableNames, Initialisms: g.Initialisms, Rename: g.Rename}
	if n.Initialisms == nil {
		n.Initialisms = []string{"id"} // sqlc's default
	}
	return n
}

// Clash is a name that sqlc's Go would have twice.
type Clash struct {
	Table, Type   catalog.Name // whose name it is: of the two, the later one
	Column        string       // "" where it is the table's name
	Message, Hint string
}

// Clashes are the names of tables, columns and enumerations for which what is generated would not compile; taken are
// those that repositories have for themselves, with what they are. Of tables that sqlc may leave out, since no query
// uses them, those count that used reports.
func (s *SQLC) Clashes(db *catalog.Database, taken map[string]string, used func(catalog.Name) bool) []Clash {
	if !s.names.generated {
		return nil
	}
	c := &clashes{naming: s.names.naming, taken: maps.Clone(taken)}
	for _, name := range []string{"DBTX", "New", "Queries"} {
		c.taken[name] = "sqlc's own " + name
	}
	if s.querier {
		c.taken["Querier"] = "sqlc's own Querier"
	}
	for _, t := range s.model.Tables() {
		name := catalog.Name{Schema: t.Schema, Name: t.Name}
		if s.unused && !used(name) {
			continue
		}
		model, renamed := s.names.naming.Model(t.Schema, t.Name)
		c.claim(Clash{Table: name}, model, "the model of "+name.String(), renamed)
		if s.names.repositories && token.IsIdentifier(model) && !token.IsExported(model) && used(name) {
			c.say(Clash{Table: name}, "no repository could return "+model+", the model of "+name.String()+", which is not exported", renamed)
		}
		c.fields(name, t.Columns)
	}
	if !s.unused {
		for _, t := range db.Types {
			c.enum(t)
		}
	}
	return c.found
}

// clashes collects who has which name.
type clashes struct {
	naming sqlcmodel.Naming
	taken  map[string]string
	found  []Clash
}

func (c *clashes) claim(at Clash, name, what, renamed string) {
	other, found := c.taken[name]
	switch {
	case !token.IsIdentifier(name):
		c.say(at, "sqlc's code would not compile: Go has no name for "+what, renamed)
	case found:
		c.say(at, fmt.Sprintf("the code would not compile: %s would be both %s and %s", name, other, what), renamed)
	default:
		c.taken[name] = what
	}
}

func (c *clashes) say(at Clash, message, renamed string) {
	at.Message, at.Hint = message, fmt.Sprintf("rename: {%q: …}, under gen.go of this entry of sqlc.yaml", renamed)
	c.found = append(c.found, at)
}

// fields are those of a model, for which sqlc does not look whether they are declared twice.
func (c *clashes) fields(table catalog.Name, columns []string) {
	own := &clashes{naming: c.naming, taken: map[string]string{}}
	for _, column := range columns {
		own.claim(Clash{Table: table, Column: column}, c.naming.Of(column), "column "+column, column)
	}
	c.found = append(c.found, own.found...)
}

// enum follows buildEnums.
func (c *clashes) enum(t *catalog.Type) {
	if t.Kind != "enum" {
		return
	}
	name := t.Name.Name
	if t.Name.Schema != "public" {
		name = t.Name.Schema + "_" + name
	}
	what := "the enumeration " + t.Name.String()
	c.claim(Clash{Type: t.Name}, c.naming.Of(name), what, name)
	c.claim(Clash{Type: t.Name}, "Null"+c.naming.Of(name), what+" that may be NULL", name)
	seen := map[string]bool{"": true}
	for i, label := range t.Values {
		value := sqlcmodel.EnumValue(label)
		if seen[value] {
			value = fmt.Sprintf("value_%d", i)
		}
		seen[value] = true
		c.claim(Clash{Type: t.Name}, c.naming.Of(name+"_"+value), fmt.Sprintf("the label %q of %s", label, t.Name), name+"_"+value)
	}
}
