package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// exclude reads the elements of EXCLUDE, each with the operator that compares it.
func (x *index) exclude(pairs []*pg.Node) {
	for _, n := range pairs {
		pair := n.GetList().GetItems()
		e := pair[0].GetIndexElem()
		x.elements = append(x.elements, catalog.ExclusionElement{
			Operator: strings.TrimPrefix(strings.Join(parsetree.Strings(pair[1].GetList().GetItems()), "."), "pg_catalog."),
			Special:  len(e.GetOpclass())+len(e.GetCollation()) > 0,
		})
	}
}

// exclusion is what the catalog shows of EXCLUDE. An operator of the users' may be the
// one that a bare = means, so then = is no longer known to be equality.
func (l *loader) exclusion(x *index) *catalog.Exclusion {
	own := slices.ContainsFunc(l.db.Operators, func(o *catalog.Operator) bool { return o.Name.Name == "=" })
	out := &catalog.Exclusion{Name: x.Name, Elements: slices.Clone(x.elements), Pos: x.Pos}
	for i := range out.Elements {
		out.Elements[i].Column = x.Columns[i]
		if own && out.Elements[i].Operator == "=" {
			out.Elements[i].Operator = "?.="
		}
	}
	return out
}
