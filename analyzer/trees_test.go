package analyzer_test

import (
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// What judges a statement leaves its tree as it is: what predicts sqlc reads the same one afterwards.
func TestTreesAreLeft(t *testing.T) {
	parser := sqltext.Parser
	defer func() { sqltext.Parser = parser }()
	for _, c := range loadCases(t) {
		var trees, before []*pg.ParseResult
		sqltext.Parser = func(text string) (*pg.ParseResult, error) {
			tree, err := parser(text)
			if err == nil {
				trees, before = append(trees, tree), append(before, proto.Clone(tree).(*pg.ParseResult))
			}
			return tree, err
		}
		c.analysis().File("q.sql", c.queries)
		for i := range trees {
			if !proto.Equal(trees[i], before[i]) {
				t.Errorf("%s: the tree of a text has changed", c.name)
			}
		}
	}
}
