package schemagen

import (
	"fmt"
	"strings"
)

// owners is an expression of type text[]: whose row the alias stands for. A row of an
// inner level is named outer/inner. Nobody's rows (a child whose parent is gone) have
// none; rows that belong to everybody are null.
func (s *Schema) owners(t *Table, alias string) string {
	switch t.Kind {
	case Root, Tenant:
		return "ARRAY[" + s.owner(t, alias) + "]"
	case Child:
		var ways []string
		for i, p := range t.Parents {
			up := fmt.Sprintf("%s_%d", alias, i)
			ways = append(ways, fmt.Sprintf("ARRAY(SELECT unnest(%s) FROM %s %s WHERE %s)", s.owners(p.Table, up), p.Table.Name, up, p.on(alias, up)))
		}
		if len(ways) == 0 {
			return "'{}'::text[]"
		}
		return "(" + strings.Join(ways, " || ") + ")"
	}
	return "NULL::text[]"
}

func (s *Schema) owner(t *Table, alias string) string {
	own := s.root.canonical(alias + "." + t.Tenant)
	if !s.Levels || t.Level == "org" || t.Level == "" && t.column("project_id") == nil {
		return own
	}
	if t.Outer != "" {
		return s.root.canonical(alias+"."+t.Outer) + " || '/' || " + own
	}
	return fmt.Sprintf("coalesce((SELECT %s FROM projects o WHERE o.id = %s.%s), '?') || '/' || %s", s.root.canonical("o.org_id"), alias, t.Tenant, own)
}

// on compares the columns of a link.
func (l *Link) on(from, to string) string {
	var parts []string
	for i := range l.Columns {
		parts = append(parts, fmt.Sprintf("%s.%s = %s.%s", from, l.Columns[i], to, l.Refs[i]))
	}
	return strings.Join(parts, " AND ")
}

// Dump is a query for all rows: the table, the owners and the row.
func (s *Schema) Dump() string {
	var parts []string
	for _, t := range s.Tables {
		only := ""
		if t.Only {
			only = "ONLY "
		}
		parts = append(parts, fmt.Sprintf("SELECT '%s', %s, t::text FROM %s%s t", t.Name, s.owners(t, "t"), only, t.Name))
	}
	return strings.Join(parts, " UNION ALL ")
}

// Crossing is a query for the names of references by which rows of one owner refer to rows
// of another: the premises that a state does not meet.
func (s *Schema) Crossing() string {
	parts := []string{"SELECT '' WHERE false"}
	for _, t := range s.Tables {
		for _, l := range t.Links {
			mine, theirs := s.owners(t, "t"), s.owners(l.Table, "u")
			apart := fmt.Sprintf("%[1]s IS NOT NULL AND %[2]s IS NOT NULL AND NOT (%[1]s <@ %[2]s AND %[2]s <@ %[1]s)", mine, theirs)
			name := fmt.Sprintf("%s(%s)->%s", t.Name, strings.Join(l.Columns, ","), l.Table.Name)
			parts = append(parts, fmt.Sprintf("SELECT '%s' WHERE EXISTS (SELECT 1 FROM %s t, %s u WHERE %s AND %s)", name, t.Name, l.Table.Name, l.on("t", "u"), apart))
			if l.FK == "" {
				parts = append(parts, fmt.Sprintf("SELECT 'orphan %s' WHERE EXISTS (SELECT 1 FROM %s t WHERE NOT EXISTS (SELECT 1 FROM %s u WHERE %s))", name, t.Name, l.Table.Name, l.on("t", "u")))
			}
		}
	}
	return strings.Join(parts, " UNION ALL ")
}
