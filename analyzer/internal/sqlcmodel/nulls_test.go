package sqlcmodel

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// serverFacts asks a server.
type serverFacts struct {
	t    *testing.T
	conn *pgx.Conn
}

func (f serverFacts) NotNull(schema, table, column string) (notNull, known bool) {
	err := f.conn.QueryRow(context.Background(), `SELECT a.attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = $1::text::regnamespace AND c.relname = $2 AND c.relkind = 'r' AND a.attname = $3`, schema, table, column).Scan(&notNull)
	return notNull, err == nil
}

func (f serverFacts) Refers(_, table string, columns []string, _, toTable string, toColumns []string) bool {
	return table == "people" && toTable == "firms" && slices.Equal(columns, []string{"firm_id"}) && slices.Equal(toColumns, []string{"id"})
}

// TestNulls runs the queries of testdata: what is said to be NULL sometimes is NULL in a
// row, and no other column that has a Go type which cannot hold NULL is.
func TestNulls(t *testing.T) {
	parts := members(t, "testdata/nulls.txtar")
	conn := pgserver.ConnForTest(t)
	pgserver.ExecForTest(t, conn, parts["schema.sql"]+parts["rows.sql"])
	m := New(Options{}, serverFacts{t, conn})
	for _, e := range m.Apply(parts["schema.sql"]) {
		t.Fatal(e)
	}
	text := parts["queries.sql"]
	units := sqltext.Split(text)
	for i, q := range file(m, text) {
		t.Run(q.Name, func(t *testing.T) {
			if q.Error != nil {
				t.Fatal(q.Error)
			}
			said := m.saidNull(q)
			if want := expected(units[i].Comments); !slices.Equal(said, want) {
				t.Errorf("said to be NULL: %q, want %q", said, want)
			}
			seen := nullsSeen(t, conn, text[units[i].Span.Start:units[i].Span.End])
			if len(seen) != len(q.Columns) {
				t.Fatalf("%d columns instead of %d", len(q.Columns), len(seen))
			}
			for at, c := range q.Columns {
				switch says := slices.Contains(said, c.Name); {
				case says && !seen[at]:
					t.Errorf("%s is never NULL", c.Name)
				case !says && seen[at] && m.plainOf(c) != "":
					t.Errorf("%s is NULL in a row", c.Name)
				}
			}
		})
	}
}

func (m *Model) plainOf(c *Column) string {
	types := GoTypes{PGX5: true}
	if c.Embed.Name == "" {
		return m.Plain(types, c)
	}
	_, plain := m.PlainColumn(types, c.Embed.Schema, c.Embed.Name)
	return plain
}

func (m *Model) saidNull(q *Query) []string {
	var names []string
	for _, c := range q.Columns {
		if c.Null != (Reason{}) && m.plainOf(c) != "" {
			names = append(names, c.Name)
		}
	}
	return names
}

func expected(comments []string) []string {
	for _, c := range comments {
		if list, ok := strings.CutPrefix(c, "null:"); ok {
			return strings.Fields(list)
		}
	}
	return nil
}

var embedCall = regexp.MustCompile(`sqlc\.embed\((\w+)\)`)

// nullsSeen tells for each column whether some row has NULL in it.
func nullsSeen(t *testing.T, conn *pgx.Conn, sql string) []bool {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	rows, err := tx.Query(t.Context(), embedCall.ReplaceAllString(sql, "$1::text"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := make([]bool, len(rows.FieldDescriptions()))
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			seen[i] = seen[i] || v == nil
		}
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return seen
}
