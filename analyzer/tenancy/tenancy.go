// Package tenancy is the one place that decides what belongs to a tenant, and
// how: by a column of its own, through a parent, or not at all.
package tenancy

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Kind tells how a table's rows belong to a tenant.
type Kind int

// The kinds of ownership. The zero Kind is a table that nobody declared.
const (
	Undeclared Kind = iota
	Column          // by its tenant column
	Child           // through a parent row
	Global          // to nobody: every tenant may use it
)

// Owner says how the rows of a table belong to a tenant.
type Owner struct {
	Kind    Kind
	Column  int // index of the tenant column, for Column
	Level   int // level of tenancy, 0 is the outermost
	Parents []Parent
	// ReadAlso is a condition under which rows of other tenants may be read, and
	// Readable what it says: a row may be read for which all forms of one element are
	// true (see query.Form). Parameters in them are the tenant. Nil allows nothing.
	ReadAlso string
	Readable [][]string
	// Restrict is a condition without which policies show no row and let none be written.
	Restrict string
	// NoTenant says why no column of a Global table names a tenant, though one looks like it.
	NoTenant string
}

// Parent is one way from a child row to the row that owns it.
type Parent struct {
	Table *catalog.Table
	On    []Pair
	// When tells which rows refer to this parent: those that have all these values.
	When []Match
	// Where is what is true of a row of the parent that a row can belong to: among those rows
	// alone On is a key.
	Where []Test
	// NoForeignKey says why no foreign key keeps a row with its parent row, "" when one has to.
	NoForeignKey string
}

// Match is a column of the child, as an index, and the value that it has.
type Match struct {
	Column int
	Value  string
}

// Test is a condition on a column of the parent, as an index.
type Test struct {
	Column int
	Kind   catalog.TestKind
	Value  string // of catalog.HasValue
}

// Text is a test as it stands behind its column.
func (t Test) Text() string {
	switch t.Kind {
	case catalog.IsNull:
		return " IS NULL"
	case catalog.IsNotNull:
		return " IS NOT NULL"
	}
	return " = '" + strings.ReplaceAll(t.Value, "'", "''") + "'"
}

// Pair is a column of the child and the parent's column that it equals, as indexes.
type Pair struct{ Child, Parent int }

// Level is one level of tenancy.
type Level struct {
	Name    string   // "" for the only one
	Columns []string // spellings of the tenant column
	Setting string
}

// Map holds the owner of every table of a schema.
type Map struct {
	Levels []Level
	// SetByCalls is the setting that holds the tenant of whoever runs a query, because generated
	// methods alone run queries and set it; "" where nobody sees to that.
	SetByCalls string
	// ByClaim tells that policies find the tenant in a claim.
	ByClaim bool
	// Citus tells that the rows are distributed over machines by their tenant.
	Citus  bool
	owners map[*catalog.Table]Owner
	// Literals are the values that some parent's When or Where asks for.
	Literals []string
	// Tests is true when some parent has a Where.
	Tests bool
	// Views are those that the configuration declares. They are read through all the same.
	Views []DeclaredView
	// roots and outward are those of each level; native is what an outward view is of.
	roots   []*catalog.Table
	outward []*Map
	native  *Map
}

// Of returns how t is owned.
func (m *Map) Of(t *catalog.Table) Owner {
	o, ok := m.owners[t]
	if !ok && m.native != nil {
		return m.native.owners[t]
	}
	return o
}

// Allow says what the ReadAlso of t says.
func (m *Map) Allow(t *catalog.Table, readable [][]string) {
	o := m.owners[t]
	o.Readable = readable
	m.owners[t] = o
}

// TenantColumn is the column whose values are the tenants of t's rows: its own, or that of
// the parent at the end of its first chain of parents of its level.
func (m *Map) TenantColumn(t *catalog.Table) *catalog.Column {
	level := m.Of(t).Level
	for range len(m.Native().owners) {
		o := m.Of(t)
		i := slices.IndexFunc(o.Parents, func(p Parent) bool { return m.Of(p.Table).Level == level })
		switch {
		case o.Kind == Column:
			return t.Columns[o.Column]
		case o.Kind != Child || i < 0:
			return nil
		}
		t = o.Parents[i].Table
	}
	return nil
}

// Problem is a declaration that does not fit the schema.
type Problem struct {
	Line, Column int            // in the configuration file, 0 when it is about a table
	Table        *catalog.Table // the undeclared table, if that is the problem
	Absent       string         // the declared table that this schema lacks, if that is the problem
	Msg, Hint    string
}
