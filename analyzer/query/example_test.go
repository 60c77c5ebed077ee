package query_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// columns lists the columns that something of a statement mentions, however deep.
func columns(n query.Node, list []string) []string {
	if c, ok := n.(*query.Col); ok {
		return append(list, c.Text)
	}
	query.Children(n, func(child query.Node) { list = columns(child, list) })
	return list
}

// A walker over WHERE n.org_id = $1 AND NOT n.archived.
func ExampleChildren() {
	where := &query.And{Args: []query.Expr{
		&query.Eq{L: &query.Col{Rel: 0, Index: 1, Text: "n.org_id"}, R: &query.Param{Number: 1}},
		&query.Not{Arg: &query.Col{Rel: 0, Index: 3, Text: "n.archived"}},
	}}
	fmt.Println(columns(where, nil))
	// Output: [n.org_id n.archived]
}
