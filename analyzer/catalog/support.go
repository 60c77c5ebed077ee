package catalog

import "slices"

// Support is code that PostgreSQL runs for the values of types although nothing names it:
// the function of a cast, those of an operator class, those that read and write a base
// type. A cast may run wherever an expression of its source type meets its target type, an
// operator class in ORDER BY, GROUP BY, DISTINCT, joins and indexes.
type Support struct {
	What  string    // "cast from text to tally", "operator class tally_ops"
	Types []TypeRef // it runs only where there are values of all of them
	Calls []Name
	Pos   Pos
}

// Concerns reports whether the support may run where there are values of the named
// user-defined types; values of built-in types can be anywhere.
func (s *Support) Concerns(types []Name) bool {
	return !slices.ContainsFunc(s.Types, func(t TypeRef) bool {
		return t.Name.Schema != "pg_catalog" && t.Name.Name != "" && !slices.Contains(types, t.Name)
	})
}

// Default is the default of a view's column and the functions that it runs.
type Default struct {
	Column string
	Calls  []Name
}

// Parts names the types of which a value of t has parts: t, what a domain or range is
// based on, the types of fields, and those of the columns where t is a table's row type.
func (d *Database) Parts(t TypeRef) []Name {
	all := []Name{t.Name}
	add := func(part TypeRef) {
		if part.Name.Name != "" && !slices.Contains(all, part.Name) {
			all = append(all, part.Name)
		}
	}
	for i := 0; i < len(all); i++ {
		if u := d.Type(all[i]); u != nil {
			add(u.Base)
			for _, f := range u.Fields {
				add(f.Type)
			}
		}
		if u := d.Table(all[i]); u != nil {
			for _, c := range u.Columns {
				add(c.Type)
			}
		}
	}
	return all
}

// OwnCasts reports whether the schema declares casts, so that a value which is converted
// from one type to another may become any other value.
func (d *Database) OwnCasts() bool {
	return slices.ContainsFunc(d.Unknown, func(u *Unknown) bool { return u.What == "CREATE CAST" })
}
