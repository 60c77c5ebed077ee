package parameters_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A server knows no @org_id; and whoever runs the statement wants to know what it is compared with.
func ExampleOf() {
	const text = "SELECT title FROM notes WHERE org_id = @org_id"
	notes := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "notes"}, Columns: []*catalog.Column{{Name: "org_id"}, {Name: "title"}}}
	use := query.Span{Start: len(text) - len("@org_id"), End: len(text)}
	st := parameters.Of(&query.Statement{
		Root: &query.Select{From: []query.Rel{&query.Base{Table: notes}},
			Where: &query.Eq{L: &query.Col{}, R: &query.Param{Number: 1, Text: "@org_id", Pos: use}}},
		Params: []*query.ParamInfo{{Number: 1, Name: "org_id", Uses: []query.Span{use}}},
		Rels:   1,
	}, text)
	fmt.Println(st.SQL)
	for _, p := range st.Params {
		column := p.Columns[0]
		fmt.Println(p.Name, column.Table.Name, column.Table.Columns[column.Column].Name)
	}
	// Output:
	// SELECT title FROM notes WHERE org_id = $1
	// org_id notes org_id
}
