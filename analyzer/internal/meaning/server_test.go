package meaning

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// TestMeaningIsPostgreSQLs compares what Run returns with what a server returns, for random statements of
// what both understand alike: all joins, subqueries, set operations, grouping, WITH queries, recursive ones, three-valued conditions.
// What is drawn by a seed (functions, choices) a server cannot know, and is left out.
//
// TENANTGEN_QUERIES is how many statements to compare, in two states each.
func TestMeaningIsPostgreSQLs(t *testing.T) {
	pgserver.Long(t)
	w, conn := newWorld(t), pgserver.ConnForTest(t)
	pgserver.ExecForTest(t, conn, "SET statement_timeout = '20s'")
	r := rand.New(rand.NewPCG(uint64(pgserver.Number(t, "TENANTGEN_SEED", 1)), 0))
	states := w.onServer(t, conn, r, 8)
	want := pgserver.Number(t, "TENANTGEN_QUERIES", 1500)
	compared, rows, refused := 0, 0, map[string]int{}
	for compared < want && !t.Failed() {
		g := &gen{Rand: r, world: w}
		st := g.statement(1 + r.IntN(maxRelations))
		plain(r, st)
		first := r.IntN(len(states))
		for _, n := range []int{first, (first + 1) % len(states)} {
			params := map[int]Value{1: Value(r.IntN(3)), 2: Value(r.IntN(3))}
			got, code := w.ask(t, conn, n, SQL(st.Root), params)
			if code != "" {
				refused[code]++
				break
			}
			if run := Run(st, states[n], params, nil, 1); !Equal(run, got) {
				t.Errorf("the server returns %v, Run %v, with %v in state %d:\n%s", sorted(got), sorted(run), params, n, SQL(st.Root))
			}
			compared++
			rows += len(got)
		}
	}
	t.Logf("%d runs compared, %d rows; refused by the server: %v", compared, rows, refused)
	if rows*4 < compared {
		t.Errorf("%d rows in %d runs show little", rows, compared)
	}
}

// plain takes out what a server has no meaning for: functions become constants and conditions on nulls,
// choices are not made, and half of the conditions go, for more rows.
func plain(r *rand.Rand, st *query.Statement) {
	var visit func(query.Node)
	constant := func(e *query.Expr) {
		if _, ok := (*e).(*query.Op); ok {
			*e = &query.Const{Text: "1"}
		}
	}
	visit = func(n query.Node) {
		switch n := n.(type) {
		case *query.Select:
			n.Limited, n.DistinctOn, n.Windows, n.Having = false, nil, nil, nil
			for i := range n.Out {
				constant(&n.Out[i].Expr)
			}
			conditions(r, &n.Where)
		case *query.SetOp:
			n.Limited = false
		case *query.Values:
			n.Limited = false
		case *query.CTE: // a union of all may have no end
			if op, ok := n.Query.(*query.SetOp); ok && n.Recursive {
				op.All = false
			}
		case *query.Join:
			conditions(r, &n.On)
		case *query.Write:
			conditions(r, &n.Where)
			for i := range n.Keeps {
				n.Keeps[i] = true
			}
			for i := range n.Sets {
				constant(&n.Sets[i].Value)
			}
			for i := range n.Actions {
				conditions(r, &n.Actions[i].When)
				for j := range n.Actions[i].Sets {
					constant(&n.Actions[i].Sets[j].Value)
				}
				for j := range n.Actions[i].Values {
					constant(&n.Actions[i].Values[j])
				}
			}
			if n.Conflict != nil {
				conditions(r, &n.Conflict.Where)
				for i := range n.Conflict.Sets {
					constant(&n.Conflict.Sets[i].Value)
				}
			}
		case *query.Base, *query.Derived, *query.CTERef, *query.Rows, query.Expr:
		default:
			panic(query.Unexpected(n))
		}
		query.Children(n, visit)
	}
	visit(st.Root)
}

// conditions replaces functions, and uses of subqueries that are none of the three, by conditions that a server knows.
func conditions(r *rand.Rand, e *query.Expr) {
	switch x := (*e).(type) {
	case nil:
	case *query.And:
		x.Args = append(x.Args[:1:1], slices.DeleteFunc(x.Args[1:], func(query.Expr) bool { return r.IntN(2) == 0 })...)
		for i := range x.Args {
			conditions(r, &x.Args[i])
		}
	case *query.Or:
		for i := range x.Args {
			conditions(r, &x.Args[i])
		}
	case *query.Not:
		conditions(r, &x.Arg)
	case *query.Op:
		if x.Negation == nil {
			*e = &query.Eq{L: x.Args[0], R: x.Args[1]}
		}
	case *query.Sub:
		if x.Kind == query.Scalar || x.Kind == query.Other {
			x.Kind, x.Test = query.Exists, nil
		}
	case *query.Eq, *query.IsNotNull, *query.Col, *query.Param, *query.Const:
	default:
		panic(query.Unexpected(x))
	}
}

// numbered is the schema with columns that are called what SQL calls them.
const numbered = `
CREATE TABLE notes (c0 int NOT NULL, c1 int PRIMARY KEY, c2 int, UNIQUE (c0, c1));
CREATE TABLE tasks (c0 int NOT NULL, c1 int PRIMARY KEY, c2 int NOT NULL, FOREIGN KEY (c0, c2) REFERENCES notes (c0, c1) ON DELETE CASCADE);
CREATE TABLE comments (c0 int NOT NULL REFERENCES notes (c1) ON DELETE CASCADE, c1 int PRIMARY KEY);
CREATE TABLE plans (c0 int, c1 int PRIMARY KEY);
CREATE TABLE links (c0 int NOT NULL, c1 int PRIMARY KEY, c2 int REFERENCES notes (c1) ON DELETE SET NULL ON UPDATE CASCADE, UNIQUE (c0, c1));
CREATE TABLE posts (c0 int NOT NULL, c1 int PRIMARY KEY, c2 int);
CREATE TABLE items (c0 int NOT NULL DEFAULT current_setting('app.org_id')::int, c1 int PRIMARY KEY);
CREATE TABLE marks (c0 int NOT NULL, c1 int PRIMARY KEY, c2 int NOT NULL);
CREATE TABLE rooms (c0 int NOT NULL, c1 int PRIMARY KEY, c2 int, c3 int);
CREATE UNIQUE INDEX ON rooms (c2) WHERE c3 IS NULL;
CREATE TABLE drafts (c0 int NOT NULL, c1 int PRIMARY KEY);
`

// onServer makes states, each in a schema of its own.
func (w *world) onServer(t *testing.T, conn *pgx.Conn, r *rand.Rand, n int) []State {
	t.Helper()
	var states []State
	for i := range n {
		s := State{}
		for range 3 {
			s = w.rows(r, s, func(Value) bool { return true }, false)
		}
		states = append(states, s)
		sql := "SET app.org_id = 0;" + fmt.Sprintf("CREATE SCHEMA s%d; SET search_path = s%d;%s", i, i, numbered)
		for _, table := range w.db.Tables { // notes come first, which others refer to
			for _, row := range s[table] {
				sql += "INSERT INTO " + table.Name.Name + " VALUES " + literal(row) + ";"
			}
		}
		pgserver.ExecForTest(t, conn, sql)
	}
	return states
}

func literal(r Row) string {
	var all []string
	for _, v := range r {
		text := "NULL::int"
		if v != Null {
			text = fmt.Sprint(v)
		}
		all = append(all, text)
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// ask runs a statement in a state, and returns its rows or the code of its error.
func (w *world) ask(t *testing.T, conn *pgx.Conn, state int, sql string, params map[int]Value) ([]Row, string) {
	t.Helper()
	pgserver.ExecForTest(t, conn, fmt.Sprintf("SET search_path = s%d", state))
	return rowsOf(t, conn, filled(sql, params))
}

// filled is a statement with its parameters in their places.
func filled(sql string, params map[int]Value) string {
	for n, v := range params {
		sql = strings.ReplaceAll(sql, fmt.Sprint("$", n), fmt.Sprint(v))
	}
	return sql
}

// rowsOf returns what a statement yields, or the code of its error.
func rowsOf(t *testing.T, conn *pgx.Conn, sql string) ([]Row, string) {
	t.Helper()
	results, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, refusal(t, err, sql)
	}
	all, err := pgx.CollectRows(results, func(row pgx.CollectableRow) (Row, error) {
		values := make([]*int32, len(row.FieldDescriptions()))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		err := row.Scan(into...)
		out := make(Row, len(values))
		for i, v := range values {
			if out[i] = Null; v != nil {
				out[i] = Value(*v)
			}
		}
		return out, err
	})
	if err != nil {
		return nil, refusal(t, err, sql)
	}
	return all, ""
}

// refusal is the code of an error that a statement may have: of FULL JOIN, a scalar of several rows or a row that is
// changed twice, recursion where it may not be, time, and constraints.
func refusal(t *testing.T, err error, sql string) string {
	t.Helper()
	var failed *pgconn.PgError
	if errors.As(err, &failed) && slices.Contains([]string{"0A000", "21000", "42P19", "57014", "23502", "23503", "23505"}, failed.Code) {
		return failed.Code
	}
	t.Fatalf("%v\n%s", err, sql)
	return ""
}
