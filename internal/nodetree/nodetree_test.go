package nodetree_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/internal/nodetree"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// printed are the trees that a server prints of a statement: as it is analysed, and as rules leave it.
func printed(t *testing.T, sql string) (parsed, rewritten nodetree.Value) {
	t.Helper()
	config, err := pgx.ParseConfig(pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	trees := map[string]string{}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { trees[n.Message] = n.Detail }
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	pgserver.ExecForTest(t, conn, `CREATE TABLE notes (id bigint, org_id uuid, "a (b) :c {d} \e" text, "<x" int, ":y" int);
		CREATE VIEW titled AS SELECT id, org_id FROM notes WHERE id IS NOT NULL`)
	pgserver.ExecForTest(t, conn, "SET client_min_messages = log; SET debug_pretty_print = off; SET debug_print_parse = on; SET debug_print_rewritten = on")
	if _, err := conn.PgConn().Prepare(t.Context(), "", sql, nil); err != nil {
		t.Fatal(err)
	}
	read := func(title string) nodetree.Value {
		v, err := nodetree.Parse(trees[title])
		if err != nil {
			t.Fatalf("%s %v in %s", title, err, trees[title])
		}
		return v
	}
	return read("parse tree:"), read("rewritten parse tree:")
}

// find lists the nodes of a name.
func find(v nodetree.Value, name string) []*nodetree.Node {
	var all []*nodetree.Node
	nodetree.Walk(v, func(n *nodetree.Node) bool {
		if n.Name == name {
			all = append(all, n)
		}
		return true
	})
	return all
}

// What a server prints is read field by field: names that need escapes, data, numbers, places.
func TestParseOfServer(t *testing.T) {
	sql := `SELECT n.id AS "two  words", (SELECT count(m.id) FROM notes m WHERE m.org_id = n.org_id), 'é' || $2::text FROM notes n JOIN titled v ON v.id = n.id WHERE n.org_id = $1::uuid AND n.id IN (3, 4)`
	parsed, rewritten := printed(t, sql)
	query := parsed.(*nodetree.Node)
	if query.Name != "QUERY" || query.Int("commandType", 0) != 1 || !query.Bool("hasSubLinks") || query.Bool("hasAggs") || query.Node("onConflict") != nil || !query.Has("onConflict") || query.Has("nothing") {
		t.Errorf("the query is read as %v", query)
	}
	var kinds []string
	for _, rte := range query.Nodes("rtable") {
		kinds = append(kinds, rte.Text("rtekind")+rte.Text("relkind"))
	}
	if got := strings.Join(kinds, " "); got != "0r 0v 2" {
		t.Errorf("it reads %s", got)
	}
	columns := query.Nodes("rtable")[0].Node("eref").Strings("colnames")
	if want := []string{"id", "org_id", `a (b) :c {d} \e`, "<x", ":y"}; !reflect.DeepEqual(columns, want) {
		t.Errorf("columns %q, want %q", columns, want)
	}
	if name := query.Nodes("targetList")[0].Text("resname"); name != "two  words" {
		t.Errorf("the first column is %q", name)
	}
	var params []string
	for _, p := range find(parsed, "PARAM") {
		params = append(params, fmt.Sprintf("%d %d %s", p.Int("paramid", 0), p.OID("paramtype"), sql[p.Int("location", 0):][:2]))
	}
	if got := strings.Join(params, ", "); got != "1 2950 $1, 2 25 $2" {
		t.Errorf("parameters %s", got)
	}
	if at := find(parsed, "SCALARARRAYOPEXPR")[0].Int("location", 0); sql[at:at+2] != "IN" {
		t.Errorf("IN is at %d", at)
	}
	if n := len(find(parsed, "NULLTEST")); n != 0 {
		t.Errorf("%d tests of the view before rewriting", n)
	}
	list := rewritten.(nodetree.List)
	if tests := find(list, "NULLTEST"); len(list) != 1 || len(tests) != 1 || tests[0].Int("location", 0) != -1 {
		t.Errorf("rewritten: %d queries, tests %v", len(list), tests)
	}
	if got := find(list, "SETOPERATIONSTMT"); got != nil {
		t.Errorf("set operations %v", got)
	}
}

// Lists of numbers come behind a letter, and data byte by byte.
func TestParseFields(t *testing.T) {
	v, err := nodetree.Parse("{ROW :a (i 1 -2) :b (o 7) :c 4 [ 1 0 ] :d <> :e \"\" :g :h :i \\<x :j \"a\\\nb\" :k {X} :l ({X :v 1} {X :v 2})}")
	if err != nil {
		t.Fatal(err)
	}
	n := v.(*nodetree.Node)
	if n.Name != "ROWEXPR" || !reflect.DeepEqual(n.Ints("a"), []int{1, -2}) || !reflect.DeepEqual(n.Ints("b"), []int{7}) || n.Text("c") != "4" || n.Has("f") {
		t.Errorf("read as %v", n)
	}
	if n.Text("g") != ":h" || n.Text("i") != "<x" || n.Text("j") != "a b" || n.Text("d") != "" || n.Node("k").Name != "X" || n.Nodes("l")[1].OID("v") != 2 || n.Int("zz", 9) != 9 {
		t.Errorf("read as %v", n)
	}
	if got := n.Values("a"); len(got) != 3 {
		t.Errorf("the list has %v", got)
	}
}

// What is no tree is an error, never a part of one.
func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "{", "{}", "{A", "{A b}", "{A :b (}", "(", ")", "{A} {B}", "{A :b )}", "{(A)}", strings.Repeat("(", 20000)} {
		if v, err := nodetree.Parse(text); err == nil {
			t.Errorf("%.20q is read as %v", text, v)
		}
	}
}
