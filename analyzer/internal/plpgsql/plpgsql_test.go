package plpgsql

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

func trigger(body string) *catalog.Function {
	return &catalog.Function{Language: "plpgsql", Body: body, Returns: catalog.TypeRef{Name: catalog.Name{Schema: "pg_catalog", Name: "trigger"}}}
}

func scalar(body string, args ...string) *catalog.Function {
	f := &catalog.Function{Language: "plpgsql", Body: body, Returns: catalog.TypeRef{Name: catalog.Name{Schema: "pg_catalog", Name: "int4"}}}
	for _, a := range args {
		f.Args = append(f.Args, catalog.Arg{Name: a, Mode: "in"})
	}
	return f
}

// steps writes what was read: the line, the text, how many queries, and what is assigned or returned.
func steps(b *Body) string {
	var lines []string
	for _, s := range b.Steps {
		line := fmt.Sprintf("%d %s (%d)", s.Line, s.Text, len(s.Queries))
		if s.Kind != Evaluates {
			line += " " + [...]string{"", "assigns " + s.Field, "returns " + s.Row, "raises", "tells"}[s.Kind]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestRead(t *testing.T) {
	b, unread := Read(trigger(`
DECLARE
  n int := 1; m tags.id%TYPE;
BEGIN
  NEW.a := n;
  SELECT 1, n INTO NEW.b, n;
  IF n > 1 THEN RAISE EXCEPTION 'x %', n USING HINT = n; ELSE RAISE NOTICE 'y'; END IF;
  RETURN NULL;
END`))
	if unread != nil {
		t.Fatal(*unread)
	}
	const want = `3 n int (1)
5 NEW.a := n (1) assigns a
6 SELECT 1, n (1)
6 SELECT 1, n (0) assigns b
6 SELECT 1, n (0)
7 IF n > 1 (1)
7 RAISE 'x %' (2) raises
7 RAISE 'y' (0) tells
8 RETURN NULL (0) returns null`
	if got := steps(b); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if len(b.Variables) != 2 || b.Variables[0].Type == nil || strings.Join(b.Variables[1].Like, ".") != "tags.id" {
		t.Errorf("variables %+v", b.Variables)
	}
}

// TestCopy: a record that begins as NEW is NEW; one that may be another row is not read.
func TestCopy(t *testing.T) {
	for _, body := range []string{
		"DECLARE r record; BEGIN r := NEW; r.a := 1; RETURN r; END",
		"declare a int; R RECORD; begin r = new; R.\"a\" = 1; return R; end",
		"DECLARE /* r */ r record; -- r\nBEGIN r := NEW; r . a := 1; RETURN r; END",
	} {
		b, unread := Read(trigger(body))
		if unread != nil {
			t.Errorf("%s: %+v", body, *unread)
		} else if got := steps(b); !strings.Contains(got, "assigns a") || !strings.Contains(got, "returns new") {
			t.Errorf("%s:\n%s", body, got)
		}
	}
	for _, body := range []string{
		"DECLARE r record; BEGIN r := OLD; r.a := 1; RETURN r; END",
		"DECLARE r record; BEGIN NULL; r := NEW; RETURN r; END",
		"DECLARE r record := OLD; BEGIN r := NEW; RETURN r; END",
		"DECLARE r record; BEGIN r := NEW; r := f(); RETURN r; END",
		"DECLARE r record; BEGIN r := NEW; SELECT * INTO r FROM x; RETURN r; END",
		"DECLARE r record; BEGIN r := NEW; DECLARE r record; BEGIN RETURN r; END; END",
		"DECLARE r record; BEGIN r := NEW; FOR r IN SELECT * FROM x LOOP RETURN r; END LOOP; END",
		"DECLARE r record; s record; BEGIN r := NEW; s := OLD; RETURN s; END",
		"DECLARE r tags; BEGIN r := NEW; RETURN r; END",
		"DECLARE new record; BEGIN new := new; RETURN new; END",
		"DECLARE old record; BEGIN old := NEW; RETURN old; END",
		"BEGIN r := NEW; RETURN r; END",
	} {
		if b, unread := Read(trigger(body)); unread == nil {
			t.Errorf("%s is read:\n%s", body, steps(b))
		}
	}
	if _, unread := Read(scalar("DECLARE r record; BEGIN r := new; RETURN 1; END")); unread == nil {
		t.Error("a function that is no trigger's has no row")
	}
}

func TestParameters(t *testing.T) {
	out := scalar("BEGIN r := a + $1; END", "a")
	out.Args = append(out.Args, catalog.Arg{Name: "r", Mode: "out"})
	for body, f := range map[string]*catalog.Function{"in": scalar("BEGIN RETURN a + $1; END", "a"), "odd": scalar(`BEGIN RETURN "a ""b"; END`, `a "b`), "unnamed": scalar("BEGIN RETURN $1; END", ""), "out": out} {
		if _, unread := Read(f); unread != nil {
			t.Errorf("%s: %+v", body, *unread)
		}
	}
}

// TestLimits: a body that is too much is not given to the parser.
func TestLimits(t *testing.T) {
	for name, body := range map[string]string{
		"size":    "BEGIN RETURN 1; END" + strings.Repeat(" ", maxBody),
		"nesting": "BEGIN RETURN " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000) + "; END",
		"steps":   "BEGIN " + strings.Repeat("PERFORM 1; ", maxSteps+1) + "RETURN 1; END",
	} {
		if _, unread := Read(scalar(body)); unread == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// TestUnknownNodes: each node with a field or of a kind that nobody thought of is not read.
func TestUnknownNodes(t *testing.T) {
	for _, raw := range []string{
		`{"PLpgSQL_stmt_new": {"lineno": 1}}`,
		`{"PLpgSQL_stmt_assign": {}, "PLpgSQL_stmt_if": {}}`, `{}`,
		`{"PLpgSQL_stmt_block": {"lineno": 1, "more": 1}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 0, "more": 1, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 3}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 0, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 3, "more": 1}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 0, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 2}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 0, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 6}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 0, "expr": {"PLpgSQL_expr": {"query": "x", "parseMode": 3}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 9, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 3}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": -1, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 3}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 1, "expr": {"PLpgSQL_expr": {"query": "x := 1", "parseMode": 3}}}}`,
		`{"PLpgSQL_stmt_assign": {"varno": 0}}`,
		`{"PLpgSQL_stmt_if": {"lineno": 1}}`, `{"PLpgSQL_stmt_if": {"cond": {"PLpgSQL_expr": {"query": "true", "parseMode": 1}}}}`,
		`{"PLpgSQL_stmt_if": {"more": 1, "cond": {"PLpgSQL_expr": {"query": "true", "parseMode": 2}}}}`,
		`{"PLpgSQL_stmt_case": {"more": 1}}`, `{"PLpgSQL_stmt_loop": {"more": 1}}`, `{"PLpgSQL_stmt_while": {"more": 1}}`, `{"PLpgSQL_stmt_while": {}}`,
		`{"PLpgSQL_stmt_fori": {"more": 1}}`, `{"PLpgSQL_stmt_fori": {}}`, `{"PLpgSQL_stmt_foreach_a": {"more": 1}}`, `{"PLpgSQL_stmt_foreach_a": {}}`,
		`{"PLpgSQL_stmt_exit": {"more": 1}}`, `{"PLpgSQL_stmt_return": {"more": 1}}`, `{"PLpgSQL_stmt_raise": {"more": 1}}`, `{"PLpgSQL_stmt_raise": {"options": [{"PLpgSQL_raise_option": {"opt_type": 0}}]}}`,
		`{"PLpgSQL_stmt_assert": {"more": 1}}`, `{"PLpgSQL_stmt_assert": {}}`, `{"PLpgSQL_stmt_perform": {"more": 1}}`, `{"PLpgSQL_stmt_perform": {}}`,
		`{"PLpgSQL_stmt_execsql": {"more": 1}}`, `{"PLpgSQL_stmt_execsql": {}}`,
		`{"PLpgSQL_stmt_execsql": {"sqlstmt": {"PLpgSQL_expr": {"query": "SELECT 1", "parseMode": 0}}}}`,
		`{"PLpgSQL_stmt_execsql": {"into": true, "sqlstmt": {"PLpgSQL_expr": {"query": "SELECT 1", "parseMode": 0}}}}`,
		`{"PLpgSQL_stmt_execsql": {"into": true, "sqlstmt": {"PLpgSQL_expr": {"query": "SELECT 1", "parseMode": 0}}, "target": {"PLpgSQL_rec": {"refname": "new", "dno": 1}}}}`,
		`{"PLpgSQL_stmt_execsql": {"into": true, "sqlstmt": {"PLpgSQL_expr": {"query": "SELECT 1", "parseMode": 0}}, "target": {"PLpgSQL_row": {"more": 1}}}}`,
		`{"PLpgSQL_stmt_execsql": {"into": true, "sqlstmt": {"PLpgSQL_expr": {"query": "SELECT 1; DELETE FROM x", "parseMode": 0}}, "target": {"PLpgSQL_row": {}}}}`,
	} {
		r := &reader{body: &Body{}, newNo: -1, oldNo: -1, datums: []datum{{kind: "var", name: "x"}, {kind: "row"}}}
		var node map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &node); err != nil {
			t.Fatal(err)
		}
		if r.statements(nodes{node}); r.unread == nil {
			t.Errorf("%s is read", raw)
		}
	}
	for _, raw := range []string{
		`{"PLpgSQL_new": {}}`, `{"PLpgSQL_var": {"more": 1}}`, `{"PLpgSQL_var": {"cursor_options": 1}}`, `{"PLpgSQL_rec": {"more": 1}}`, `{"PLpgSQL_recfield": {"more": 1}}`, `{}`,
		`{"PLpgSQL_var": {"refname": "x", "datatype": {"PLpgSQL_type": {"typname": "record"}}}}`,
		`{"PLpgSQL_var": {"refname": "x", "datatype": {"PLpgSQL_type": {"typname": "int) FROM notes WHERE (true"}}}}`,
		`{"PLpgSQL_var": {"refname": "x", "datatype": {"PLpgSQL_type": {"typname": "1 + 1%TYPE"}}}}`,
		`{"PLpgSQL_var": {"refname": "x", "datatype": {"PLpgSQL_type": {"typname": "UNKNOWN", "more": 1}}}}`,
	} {
		r := &reader{body: &Body{}, newNo: -1, oldNo: -1}
		var node map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &node); err != nil {
			t.Fatal(err)
		}
		if r.datum(node); r.unread == nil {
			t.Errorf("%s is read", raw)
		}
	}
	for _, raw := range []string{`[]`, `{}`, `[{"PLpgSQL_function": {}}]`, `[{"PLpgSQL_function": {"more": 1}}]`, `[{}, {}]`, `[`} {
		r := &reader{body: &Body{}, newNo: -1, oldNo: -1}
		if r.function(raw); r.unread == nil {
			t.Errorf("%s is read", raw)
		}
	}
}
