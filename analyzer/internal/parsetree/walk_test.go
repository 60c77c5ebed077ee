package parsetree

import (
	"slices"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestChildren: what Go's structs hold is what protobuf says that the messages hold.
func TestChildren(t *testing.T) {
	tree, err := pg.Parse(`CREATE TABLE t (id int PRIMARY KEY, a text[] DEFAULT '{}', CHECK (id > 1.5 AND a IS NOT NULL));
WITH x AS MATERIALIZED (SELECT DISTINCT ON (a) *, count(*) FILTER (WHERE id = $1) OVER w FROM t LEFT JOIN u USING (id) WINDOW w AS (ORDER BY id ROWS 1 PRECEDING))
INSERT INTO t SELECT * FROM x ON CONFLICT (id) DO UPDATE SET a = ARRAY[CASE WHEN true THEN NULL END, x.a[1]] RETURNING *;
MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE`)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	Walk(tree, func(m Message) {
		seen++
		var got []Message
		Children(m, func(c Message) { got = append(got, c) })
		want := reflected(m)
		if len(got) != len(want) || slices.ContainsFunc(got, func(c Message) bool { return !slices.Contains(want, c) }) {
			t.Errorf("%T holds %v, want %v", m, got, want)
		}
	})
	if seen < 150 {
		t.Errorf("only %d messages", seen)
	}
}

func reflected(m Message) (all []Message) {
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				all = append(all, v.List().Get(i).Message().Interface())
			}
		default:
			all = append(all, v.Message().Interface())
		}
		return true
	})
	return all
}
