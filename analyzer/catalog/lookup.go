package catalog

import (
	"slices"
	"strings"
)

// Column returns the named column, or nil.
func (t *Table) Column(name string) *Column {
	if i := t.ColumnIndex(name); i >= 0 {
		return t.Columns[i]
	}
	return nil
}

// ColumnNames lists the names of the columns, in their order.
func (t *Table) ColumnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// ColumnIndexes returns the positions of the named columns, -1 for one that t lacks.
func (t *Table) ColumnIndexes(names []string) []int {
	out := make([]int, len(names))
	for i, n := range names {
		out[i] = t.ColumnIndex(n)
	}
	return out
}

// ColumnIndex returns the position of the named column, or -1.
func (t *Table) ColumnIndex(name string) int {
	for i, c := range t.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// PrimaryKey returns the primary key, or nil.
func (t *Table) PrimaryKey() *Key {
	for _, k := range t.Keys {
		if k.Primary {
			return k
		}
	}
	return nil
}

// Index makes look-ups of tables by their names quick, until there are more or fewer tables. Who renames one of
// them, or puts another in its place, calls it again.
func (d *Database) Index() {
	d.tables = make(map[Name]*Table, len(d.Tables))
	for _, t := range slices.Backward(d.Tables) {
		d.tables[t.Name] = t
	}
	d.indexed = len(d.Tables)
}

// Table returns the table with exactly that name, or nil.
func (d *Database) Table(n Name) *Table {
	if d.tables != nil && d.indexed == len(d.Tables) {
		return d.tables[n]
	}
	for _, t := range d.Tables {
		if t.Name == n {
			return t
		}
	}
	return nil
}

// View returns the view with exactly that name, or nil.
func (d *Database) View(n Name) *View {
	for _, v := range d.Views {
		if v.Name == n {
			return v
		}
	}
	return nil
}

// Type returns the user-defined type with exactly that name, or nil.
func (d *Database) Type(n Name) *Type {
	for _, t := range d.Types {
		if t.Name == n {
			return t
		}
	}
	return nil
}

// LookupTable finds a table by a possibly unqualified name along a search path.
func (d *Database) LookupTable(schema, name string, path []string) *Table {
	for _, s := range candidates(schema, path) {
		if t := d.Table(Name{s, name}); t != nil {
			return t
		}
	}
	return nil
}

// ParseName splits "schema.table" as people write it in a configuration file;
// a name without a dot has an empty schema.
func ParseName(s string) Name {
	if schema, name, ok := strings.Cut(s, "."); ok {
		return Name{schema, name}
	}
	return Name{Name: s}
}

func candidates(schema string, path []string) []string {
	if schema != "" {
		return []string{schema}
	}
	return path
}
