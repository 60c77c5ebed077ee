package ddl

import "github.com/tenantgen/tenantgen/analyzer/query"

// Statements finds the statements of a schema file, for somebody who runs them one by
// one. What does not parse is left out.
func Statements(f SchemaFile) []query.Span {
	var spans []query.Span
	statements, _ := newFile(f).parse()
	for _, s := range statements {
		spans = append(spans, query.Span{Start: s.base + s.start, End: s.base + s.end})
	}
	return spans
}
