package parsetree

import (
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestTitlesAreOfNodes: a title that no node has would never be shown.
func TestTitlesAreOfNodes(t *testing.T) {
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for _, titles := range []map[string]string{statementTitles, syntaxTitles} {
		for name := range titles {
			if fields.ByName(protoreflect.Name(name)) == nil {
				t.Errorf("there is no node %s", name)
			}
		}
	}
}
