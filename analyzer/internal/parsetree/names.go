package parsetree

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Strings returns the values of a list of String nodes, nil when one is not.
func Strings(nodes []*pg.Node) []string {
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		s, ok := n.GetNode().(*pg.Node_String_)
		if !ok {
			return nil
		}
		out = append(out, s.String_.GetSval())
	}
	return out
}

// typeLabel is the name a cast gives to an unnamed output column.
func typeLabel(t *pg.TypeName) string {
	names := Strings(t.GetNames())
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// LastString is the last part of a dotted name, "" where that is no name.
func LastString(nodes []*pg.Node) string {
	if len(nodes) == 0 {
		return ""
	}
	return nodes[len(nodes)-1].GetString_().GetSval()
}

// Qualified reads a dotted name; a database name before the schema is dropped.
func Qualified(names []*pg.Node) catalog.Name {
	s := Strings(names)
	switch len(s) {
	case 0:
		return catalog.Name{}
	case 1:
		return catalog.Name{Name: s[0]}
	}
	return catalog.Name{Schema: s[len(s)-2], Name: s[len(s)-1]}
}

// RangeName is the name of a relation as it is written.
func RangeName(r *pg.RangeVar) catalog.Name {
	return catalog.Name{Schema: r.GetSchemaname(), Name: r.GetRelname()}
}

// QualifiedName reads a name of one part or more, of which the last two count.
func QualifiedName(full []string) catalog.Name {
	n := catalog.Name{Name: full[len(full)-1]}
	if len(full) > 1 {
		n.Schema = full[len(full)-2]
	}
	return n
}

func lastString(nodes []*pg.Node) (string, int) {
	for i := len(nodes) - 1; i >= 0; i-- {
		if s := nodes[i].GetString_(); s != nil {
			return s.GetSval(), 2
		}
	}
	return "", 0
}
