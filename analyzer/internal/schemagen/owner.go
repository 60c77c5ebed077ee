package schemagen

import (
	"fmt"
	"slices"
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
			ways = append(ways, fmt.Sprintf("ARRAY(SELECT unnest(%s) FROM %s %s WHERE %s)", s.owners(p.Table, up), p.Table.Name, up, s.refers(p, alias, up)))
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
	if t.Kind == Root {
		return s.root.canonical(alias+"."+t.Outer) + " || '/' || " + own
	}
	said := "NULL"
	if t.Outer != "" {
		said = s.root.canonical(alias + "." + t.Outer)
	}
	return fmt.Sprintf("coalesce(%s, (SELECT %s FROM projects o WHERE o.id = %s.%s), '?') || '/' || %s", said, s.root.canonical("o.org_id"), alias, t.Tenant, own)
}

// refers is l.on for those who judge: an operator of the schema's own, which may read what a
// statement writes, decides nothing for them.
func (s *Schema) refers(l *Link, from, to string) string {
	on := l.on(from, to)
	if slices.ContainsFunc(s.Features, func(f string) bool { return strings.HasSuffix(f, "hidden operator") }) {
		on = strings.ReplaceAll(on, " = ", " OPERATOR(pg_catalog.=) ")
	}
	return join(append([]string{on}, l.conditions(from, to)...), " AND ")
}

// on compares the columns of a link.
func (l *Link) on(from, to string) string {
	var parts []string
	for i := range l.Columns {
		parts = append(parts, fmt.Sprintf("%s.%s = %s.%s", from, l.Columns[i], to, l.Refs[i]))
	}
	return strings.Join(parts, " AND ")
}

// said is that a row says of itself that it has this parent.
func (l *Link) said(alias string) string {
	if l.When == nil {
		return ""
	}
	return " AND " + l.When.SQL(alias)
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

// Doubt is a question to a state: does it have what data should not have?
type Doubt struct {
	// Kind is foreign-key, or link where there is none, for rows that refer to rows of
	// another owner; orphan for rows that refer to none; disagree for rows of several owners;
	// levels for rows that name an organization which is not their project's, as where there is no such project, or it
	// has no organization.
	Kind, Table, Columns, Constraint string
	SQL                              string // a condition
}

// Doubts are the questions that a schema allows.
func (s *Schema) Doubts() []Doubt {
	var out []Doubt
	add := func(kind string, t *Table, columns []string, constraint, where string, args ...any) {
		out = append(out, Doubt{kind, t.Name, strings.Join(columns, ","), constraint, "EXISTS (SELECT 1 FROM " + fmt.Sprintf(where, args...) + ")"})
	}
	for _, t := range s.Tables {
		mine := s.owners(t, "t")
		for _, l := range t.Links {
			kind := "foreign-key"
			if l.FK == "" {
				kind = "link"
			}
			if len(l.Columns) > 0 { // later DDL may have dropped a foreign key
				add("orphan", t, l.Columns, "", "%s t WHERE %s IS NOT NULL%s AND NOT EXISTS (SELECT 1 FROM %s u WHERE %s)", t.Name, "t."+strings.Join(l.Columns, " IS NOT NULL AND t."), l.said("t"), l.Table.Name, s.refers(l, "t", "u"))
			}
			theirs := s.owners(l.Table, "u")
			add(kind, t, l.Columns, l.FK, "%s t, %s u WHERE %s AND %[4]s IS NOT NULL AND %[5]s IS NOT NULL AND NOT (%[4]s <@ %[5]s AND %[5]s <@ %[4]s)", t.Name, l.Table.Name, s.refers(l, "t", "u"), mine, theirs)
		}
		if t.Outer != "" && t.Kind == Tenant {
			add("levels", t, []string{t.Outer}, "", "%[1]s t WHERE t.%[2]s IS NOT NULL AND t.%[3]s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM projects o WHERE o.id = t.%[2]s AND o.org_id = t.%[3]s)", t.Name, t.Tenant, t.Outer)
		}
		if t.Kind == Child {
			// A parent whose tenant is NULL is nobody's, which is another owner, too.
			add("disagree", t, nil, "", "%s t WHERE (SELECT count(DISTINCT o) + count(DISTINCT o IS NULL) FILTER (WHERE o IS NULL) FROM unnest(%s) o) > 1", t.Name, mine)
		}
	}
	return out
}
