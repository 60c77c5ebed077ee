package analyzer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// bodySchema has what bodies may reach for.
const bodySchema = `CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, title text, n int, doc jsonb, arr int[], PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id int NOT NULL, id int NOT NULL, name text, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE SEQUENCE numbers;
CREATE VIEW counted AS SELECT org_id, count(*) AS n FROM tags GROUP BY org_id;
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION peek(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM tags); END';
CREATE FUNCTION peek_sql(int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM tags';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 * 2; END';
CREATE FUNCTION loops(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN loops($1); END';
CREATE FUNCTION note_name(notes) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT max(name) FROM tags); END';
CREATE FUNCTION watched(text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) > 0 FROM tags); END';
CREATE FUNCTION same(text, int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) > 0 FROM tags); END';
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = same);
CREATE DOMAIN seen AS text CHECK (watched(VALUE));
CREATE PROCEDURE work() LANGUAGE plpgsql AS 'BEGIN NULL; END';
`

// refusedBodies are bodies of a trigger that reads or changes what is not the row's, runs
// what nobody knows, moves the row, or has a form that is not read; each with what is said.
var refusedBodies = []struct{ body, says string }{
	// Other tables.
	{`BEGIN NEW.n := (SELECT count(*) FROM tags); RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.n := count(*) FROM tags; RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.n := max(id) FROM plans; RETURN NEW; END`, "reads table plans"},
	{`BEGIN NEW.n := n FROM counted LIMIT 1; RETURN NEW; END`, "reads table tags"},
	{`BEGIN SELECT count(*) INTO NEW.n FROM tags; RETURN NEW; END`, "reads table tags"},
	{`BEGIN SELECT count(*) FROM tags INTO STRICT NEW.n; RETURN NEW; END`, "reads table tags"},
	{`DECLARE c int := (SELECT count(*) FROM tags); BEGIN NEW.n := c; RETURN NEW; END`, "reads table tags"},
	{`DECLARE c CONSTANT int NOT NULL DEFAULT (SELECT 1 FROM tags LIMIT 1); BEGIN RETURN NEW; END`, "reads table tags"},
	{`BEGIN DECLARE c int := (SELECT count(*) FROM tags); BEGIN NULL; END; RETURN NEW; END`, "reads table tags"},
	{`BEGIN IF EXISTS (SELECT 1 FROM tags WHERE org_id = NEW.org_id) THEN NULL; END IF; RETURN NEW; END`, "reads table tags"},
	{`BEGIN IF NEW.n = 1 THEN NULL; ELSIF NEW.n IN (SELECT id FROM tags) THEN NULL; END IF; RETURN NEW; END`, "reads table tags"},
	{`BEGIN IF false THEN NULL; ELSE NEW.n := (SELECT 1 FROM tags LIMIT 1); END IF; RETURN NEW; END`, "reads table tags"},
	{`BEGIN CASE (SELECT max(id) FROM tags) WHEN 1 THEN NULL; ELSE NULL; END CASE; RETURN NEW; END`, "reads table tags"},
	{`BEGIN CASE NEW.n WHEN (SELECT max(id) FROM tags) THEN NULL; ELSE NULL; END CASE; RETURN NEW; END`, "reads table tags"},
	{`BEGIN CASE WHEN NEW.n = 1 THEN NEW.n := (SELECT max(id) FROM tags); END CASE; RETURN NEW; END`, "reads table tags"},
	{`BEGIN CASE WHEN NEW.n = 1 THEN NULL; ELSE NEW.n := (SELECT max(id) FROM tags); END CASE; RETURN NEW; END`, "reads table tags"},
	{`BEGIN WHILE (SELECT count(*) > 3 FROM tags) LOOP NULL; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN WHILE false LOOP NEW.n := (SELECT 1 FROM tags LIMIT 1); END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN LOOP NEW.n := (SELECT 1 FROM tags LIMIT 1); EXIT; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN LOOP EXIT WHEN (SELECT true FROM tags LIMIT 1); END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN FOR i IN (SELECT min(id) FROM tags)..3 LOOP NULL; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN FOR i IN 1..(SELECT max(id) FROM tags) LOOP NULL; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN FOR i IN 1..3 BY (SELECT 1 FROM tags LIMIT 1) LOOP NULL; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN FOR i IN 1..3 LOOP NEW.n := (SELECT 1 FROM tags LIMIT 1); END LOOP; RETURN NEW; END`, "reads table tags"},
	{`DECLARE i int; BEGIN FOREACH i IN ARRAY ARRAY(SELECT id FROM tags) LOOP NULL; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`DECLARE i int; BEGIN FOREACH i IN ARRAY ARRAY[1] LOOP NEW.n := (SELECT 1 FROM tags LIMIT 1); END LOOP; RETURN NEW; END`, "reads table tags"},
	{`BEGIN RAISE NOTICE '%', (SELECT max(name) FROM tags); RETURN NEW; END`, "reads table tags"},
	{`BEGIN RAISE EXCEPTION 'x' USING HINT = (SELECT max(name) FROM tags); RETURN NEW; END`, "reads table tags"},
	{`BEGIN ASSERT (SELECT count(*) FROM tags) > 3; RETURN NEW; END`, "reads table tags"},
	{`BEGIN ASSERT true, (SELECT max(name) FROM tags); RETURN NEW; END`, "reads table tags"},
	{`BEGIN PERFORM 1 FROM tags; RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.arr[(SELECT max(id) FROM tags)] := 1; RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.n := 1 UNION SELECT id FROM tags; RETURN NEW; END`, ""},
	{`BEGIN NEW.n := (TABLE tags); RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.n := (WITH t AS (SELECT id FROM tags) SELECT max(id) FROM t); RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.n := (SELECT count(*) FROM generate_series(1, 2) g, LATERAL (SELECT id FROM tags) t); RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.title := (SELECT relname FROM pg_class LIMIT 1); RETURN NEW; END`, "pg_class"},
	{`BEGIN NEW.title := (SELECT table_name FROM information_schema.tables LIMIT 1); RETURN NEW; END`, "information_schema"},
	{`BEGIN NEW.n := (SELECT 1 FROM inserted); RETURN NEW; END`, "inserted"},
	// Changes.
	{`BEGIN INSERT INTO tags VALUES (NEW.org_id, 1, 'x'); RETURN NEW; END`, "INSERT INTO tags"},
	{`BEGIN UPDATE tags SET name = 'x' WHERE org_id = NEW.org_id; RETURN NEW; END`, "UPDATE tags"},
	{`BEGIN DELETE FROM tags; RETURN NEW; END`, "DELETE FROM tags"},
	{`BEGIN MERGE INTO tags t USING plans p ON t.id = p.id WHEN MATCHED THEN DELETE; RETURN NEW; END`, "MERGE INTO tags"},
	{`BEGIN TRUNCATE tags; RETURN NEW; END`, "TRUNCATE tags"},
	{`BEGIN INSERT INTO tags VALUES (1, 1, 'x') RETURNING id INTO NEW.n; RETURN NEW; END`, "INSERT INTO tags"},
	{`BEGIN WITH d AS (DELETE FROM tags RETURNING id) SELECT max(id) INTO NEW.n FROM d; RETURN NEW; END`, "changes table tags"},
	{`BEGIN CREATE TABLE x (a int); RETURN NEW; END`, "CREATE TABLE"},
	{`BEGIN SET app.org_id = '2'; RETURN NEW; END`, "SET app.org_id"},
	{`BEGIN SET LOCAL row_security = off; RETURN NEW; END`, "row_security"},
	{`BEGIN LOCK tags; RETURN NEW; END`, "LOCK tags"},
	{`BEGIN NOTIFY changes; RETURN NEW; END`, "NOTIFY"},
	{`BEGIN CALL work(); RETURN NEW; END`, "CALL"},
	{`BEGIN DO 'BEGIN NULL; END'; RETURN NEW; END`, "calls a procedure"},
	{`BEGIN COPY tags TO '/tmp/x'; RETURN NEW; END`, "COPY"},
	{`BEGIN COMMIT; RETURN NEW; END`, "COMMIT"},
	{`BEGIN ROLLBACK; RETURN NEW; END`, "ROLLBACK"},
	// SQL that is put together, cursors, rows.
	{`BEGIN EXECUTE 'DELETE FROM tags'; RETURN NEW; END`, "EXECUTE 'DELETE FROM tags'"},
	{`DECLARE c CURSOR FOR SELECT 1; BEGIN RETURN NEW; END`, "form of PL/pgSQL"},
	{`DECLARE c CURSOR (a int) FOR SELECT a; BEGIN FOR r IN c(1) LOOP NULL; END LOOP; RETURN NEW; END`, ""},
	{`BEGIN EXECUTE NEW.title INTO NEW.n USING 1; RETURN NEW; END`, "EXECUTE NEW.title"},
	{`DECLARE r record; BEGIN FOR r IN SELECT * FROM tags LOOP NULL; END LOOP; RETURN NEW; END`, ""},
	{`DECLARE i int; BEGIN FOR i IN SELECT id FROM tags LOOP NULL; END LOOP; RETURN NEW; END`, "reads table tags"},
	{`DECLARE i int; BEGIN FOR i IN SELECT 1 LOOP NEW.n := (SELECT 1 FROM tags LIMIT 1); END LOOP; RETURN NEW; END`, "reads table tags"},
	{`DECLARE i int; BEGIN FOR i IN INSERT INTO tags VALUES (1, 1, 'x') RETURNING id LOOP NULL; END LOOP; RETURN NEW; END`, "does more than compute"},
	{`DECLARE i int; BEGIN FOR i IN WITH d AS (DELETE FROM tags RETURNING id) SELECT id FROM d LOOP NULL; END LOOP; RETURN NEW; END`, "changes table tags"},
	{`DECLARE i int; BEGIN FOR i, OLD.n IN SELECT 1, 2 LOOP NULL; END LOOP; RETURN NEW; END`, "changes the row as it was"},
	{`BEGIN FOR NEW IN SELECT 1, 2 LOOP NULL; END LOOP; RETURN NEW; END`, "assigns a whole row"},
	{`<<new>> DECLARE i int; BEGIN FOR i IN SELECT 1 LOOP NULL; END LOOP; RETURN NEW; END`, "name of the trigger's row"},
	{`DECLARE i int; BEGIN <<old>> FOR i IN SELECT 1 LOOP NULL; END LOOP; RETURN NEW; END`, "name of the trigger's row"},
	{`BEGIN RETURN COALESCE(NEW, OLD, NEW); END`, "returns another row"},
	{`BEGIN RETURN COALESCE(NEW); END`, "returns another row"},
	{`BEGIN RETURN COALESCE(NEW, NEW); END`, "returns another row"},
	{`BEGIN RETURN "coalesce"(NEW, OLD); END`, "returns another row"},
	{`BEGIN RETURN COALESCE(NEW, OLD) FROM tags; END`, "returns another row"},
	{`BEGIN RETURN COALESCE((SELECT t FROM tags t LIMIT 1), OLD); END`, "returns another row"},
	{`BEGIN IF (SELECT count(*) FROM tags) > 1 THEN RAISE EXCEPTION 'x'; END IF; END`, "reads table tags"},
	{`DECLARE i int; BEGIN FOR i IN EXECUTE 'SELECT 1' LOOP NULL; END LOOP; RETURN NEW; END`, "FOR … IN EXECUTE"},
	{`DECLARE c CURSOR FOR SELECT * FROM tags; BEGIN OPEN c; FETCH c INTO NEW.n; CLOSE c; RETURN NEW; END`, ""},
	{`DECLARE c refcursor; BEGIN OPEN c FOR SELECT * FROM tags; RETURN NEW; END`, "refcursor"},
	{`DECLARE c refcursor; BEGIN CLOSE c; RETURN NEW; END`, "refcursor"},
	{`DECLARE c refcursor; BEGIN FETCH c INTO NEW.n; RETURN NEW; END`, "refcursor"},
	{`DECLARE c refcursor; BEGIN MOVE c; RETURN NEW; END`, "refcursor"},
	{`DECLARE n int; BEGIN GET DIAGNOSTICS n = ROW_COUNT; RETURN NEW; END`, "GET DIAGNOSTICS"},
	{`DECLARE r tags%ROWTYPE; BEGIN RETURN NEW; END`, ""},
	{`DECLARE r tags; BEGIN NEW.n := r.id; RETURN NEW; END`, ""},
	{`DECLARE p pair; BEGIN NEW.n := (p).a; RETURN p; END`, "RETURN p"},
	// Functions, operators and types.
	{`BEGIN NEW.n := peek(NEW.n); RETURN NEW; END`, "peek"},
	{`BEGIN NEW.n := twice(peek(1)); RETURN NEW; END`, "peek"},
	{`BEGIN NEW.n := peek_sql(NEW.n); RETURN NEW; END`, "reads table tags"},
	{`BEGIN NEW.n := loops(1); RETURN NEW; END`, "calls itself"},
	{`BEGIN PERFORM set_config('app.org_id', '2', true); RETURN NEW; END`, "set_config"},
	{`BEGIN PERFORM pg_notify('changes', NEW.title); RETURN NEW; END`, "pg_notify"},
	{`BEGIN NEW.title := query_to_xml('SELECT 1', true, true, ''); RETURN NEW; END`, "query_to_xml"},
	{`BEGIN NEW.title := dblink('', 'SELECT 1'); RETURN NEW; END`, "dblink"},
	{`BEGIN NEW.title := nobody_knows(NEW.title); RETURN NEW; END`, "nobody_knows"},
	{`BEGIN NEW.title := (NEW).note_name; RETURN NEW; END`, "note_name"},
	{`BEGIN IF NEW.title === 1 THEN NULL; END IF; RETURN NEW; END`, "==="},
	{`BEGIN NEW.title := NEW.title::seen; RETURN NEW; END`, "watched"},
	{`DECLARE s seen := 'x'; BEGIN RETURN NEW; END`, "watched"},
	{`DECLARE s tags.nothing%TYPE; BEGIN RETURN NEW; END`, "no such column"},
	{`BEGIN NEW.n := $1; RETURN NEW; END`, "no such parameter"},
	{`BEGIN NEW.n := @org_id; RETURN NEW; END`, ""},
	{`BEGIN NEW.n := sqlc.arg(org_id); RETURN NEW; END`, ""},
	{`BEGIN NEW.n := nothing; RETURN NEW; END`, "nothing"},
	{`BEGIN NEW.n := NEW.nothing; RETURN NEW; END`, "nothing"},
	{`BEGIN NEW.n := tags.id; RETURN NEW; END`, "tags"},
	{`BEGIN NEW.n := OLD.ctid; RETURN NEW; END`, "ctid"},
	// The row.
	{`BEGIN NEW.org_id := 2; RETURN NEW; END`, "assigns org_id"},
	{`BEGIN NEW."org_id" = 2; RETURN NEW; END`, "assigns org_id"},
	{`BEGIN new . /* x */ org_id := 2; RETURN NEW; END`, "assigns org_id"},
	{`BEGIN SELECT 2 INTO NEW.org_id; RETURN NEW; END`, "assigns org_id"},
	{`BEGIN SELECT 1, 2 INTO NEW.n, NEW.org_id; RETURN NEW; END`, "assigns org_id"},
	{`BEGIN FOREACH NEW.org_id IN ARRAY ARRAY[2] LOOP NULL; END LOOP; RETURN NEW; END`, "assigns org_id"},
	{`BEGIN IF false THEN NEW.org_id := OLD.org_id; END IF; RETURN NEW; END`, "assigns org_id"},
	{`DECLARE r record; BEGIN r := NEW; r.org_id := 2; RETURN r; END`, "assigns org_id"},
	{`DECLARE _new record; BEGIN _new = new; IF true THEN _new."org_id" = 2; END IF; RETURN _new; END`, "assigns org_id"},
	{`DECLARE r record; BEGIN r := NEW; r := OLD; RETURN r; END`, "assigns a whole row"},
	{`DECLARE r record; BEGIN r := NEW; SELECT * INTO r FROM notes; RETURN r; END`, ""},
	{`DECLARE r record; BEGIN r := ROW(2, 1, 'x'); RETURN r; END`, ""},
	{`BEGIN NEW := OLD; RETURN NEW; END`, "NEW := OLD"},
	{`BEGIN NEW := ROW(2, 1, 'x', 1, NULL, NULL); RETURN NEW; END`, "assigns a whole row"},
	{`BEGIN NEW = jsonb_populate_record(NEW, '{"org_id": 2}'); RETURN NEW; END`, "assigns a whole row"},
	{`BEGIN SELECT NEW.* INTO NEW; RETURN NEW; END`, "assigns a whole row"},
	{`BEGIN OLD.org_id := 2; RETURN OLD; END`, "changes the row as it was"},
	{`BEGIN SELECT 2 INTO OLD.org_id; RETURN OLD; END`, "changes the row as it was"},
	{`BEGIN RETURN ROW(2, 1, 'x', 1, NULL, NULL); END`, "returns another row"},
	{`BEGIN RETURN jsonb_populate_record(NEW, '{"org_id": 2}'); END`, "returns another row"},
	{`BEGIN RETURN (NEW); END`, "returns another row"},
	{`BEGIN RETURN NEW FROM notes AS new; END`, "returns another row"},
	{`BEGIN RETURN (SELECT n FROM notes n LIMIT 1); END`, "returns another row"},
	{`BEGIN RETURN CASE WHEN true THEN NEW ELSE OLD END; END`, "returns another row"},
	{`DECLARE new record; BEGIN RETURN new; END`, ""},
	{`DECLARE new int; BEGIN RETURN new; END`, "name of the trigger's row"},
	{`DECLARE tg_op text; BEGIN RETURN NEW; END`, "name of the trigger's row"},
	{`DECLARE x ALIAS FOR NEW; BEGIN x.org_id := 2; RETURN NEW; END`, "ALIAS"},
	{`DECLARE new ALIAS FOR old; BEGIN RETURN new; END`, "ALIAS"},
	{`<<new>> DECLARE org_id int; BEGIN new.org_id := 2; RETURN NEW; END`, "name of the trigger's row"},
	{`BEGIN <<new>> LOOP EXIT; END LOOP; RETURN NEW; END`, "name of the trigger's row"},
	// Forms.
	{`BEGIN NEW.n := 1 / NEW.n; RETURN NEW; EXCEPTION WHEN others THEN RETURN NEW; END`, "catches errors"},
	{`BEGIN BEGIN NEW.n := 1; EXCEPTION WHEN division_by_zero THEN NULL; END; RETURN NEW; END`, "catches errors"},
	{"\n#variable_conflict use_column\nBEGIN RETURN NEW; END", "a line with #"},
	{"-- x\n#option dump\nBEGIN RETURN NEW; END", "a line with #"},
	{`BEGIN NEW.n := ; RETURN NEW; END`, "form of expression"},
	{`BEGIN NEW.n := 1, 2; RETURN NEW; END`, ""},
	{`BEGIN IF THEN NULL; END IF; RETURN NEW; END`, ""},
	{`BEGIN SELECT 1; RETURN NEW; END`, ""},
	{`nonsense`, "parser refuses"},
	{``, ""},
}

// updates analyses an UPDATE of notes with a trigger of such a body.
func updates(t *testing.T, body string, options string, functions ...config.Function) *analyzer.Result {
	t.Helper()
	c := &testCase{name: body, tenant: config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}}, Functions: functions}}
	c.schema = bodySchema + "CREATE FUNCTION body() RETURNS trigger LANGUAGE plpgsql " + options + " AS $body$\n" + body + "$body$;\n" +
		"CREATE TRIGGER body BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION body();\n"
	if problem := c.load(); problem != "" {
		t.Fatalf("%s: %s", body, problem)
	}
	return c.analysis().File("q.sql", "-- name: Q :exec\nUPDATE notes SET title = 'x' WHERE org_id = $1;")[0]
}

func TestRefusedBodies(t *testing.T) {
	for _, b := range refusedBodies {
		r := updates(t, b.body, "")
		if r.Verdict != analyzer.Rejected {
			t.Errorf("%s is %s", b.body, r.Verdict)
			continue
		}
		d := r.Diagnostics[0]
		if d.Rule != "undeclared-function" || !strings.Contains(d.Message, b.says) || !strings.Contains(d.Message, "schema.sql:") && b.body != "" {
			t.Errorf("%s: %s: %s, want %q and a place", b.body, d.Rule, d.Message, b.says)
		}
	}
	t.Logf("%d bodies", len(refusedBodies))
}

// TestRefusedBodiesVouched: each of these is refused for its body alone.
func TestRefusedBodiesVouched(t *testing.T) {
	for _, b := range refusedBodies {
		if r := updates(t, b.body, "", config.Function{Name: "body", Reason: "test"}); r.Verdict != analyzer.Scoped {
			t.Errorf("%s is %s though somebody vouches for it: %v", b.body, r.Verdict, r.Diagnostics)
		}
	}
}

// TestOutsideOfBodies: what a function's declaration says beside its body.
func TestOutsideOfBodies(t *testing.T) {
	const body = "BEGIN NEW.title := 'x'; RETURN NEW; END"
	for options, want := range map[string]analyzer.Verdict{
		"": analyzer.Scoped, "STABLE": analyzer.Scoped, "SET search_path = public": analyzer.Scoped, "COST 5 PARALLEL SAFE": analyzer.Scoped,
		"SECURITY DEFINER": analyzer.Rejected, "LEAKPROOF": analyzer.Rejected, "SET row_security = off": analyzer.Rejected,
		"SET search_path = public SET role = 'x'": analyzer.Rejected, "SET app.org_id = '2'": analyzer.Rejected,
		"SET session_replication_role = replica": analyzer.Rejected, "SET plpgsql.variable_conflict = use_column": analyzer.Rejected,
	} {
		if r := updates(t, body, options); r.Verdict != want {
			t.Errorf("%q: %s, want %s: %v", options, r.Verdict, want, r.Diagnostics)
		}
	}
}

// TestBodyIsNamed: file, line and statement of what stands in the way.
func TestBodyIsNamed(t *testing.T) {
	r := updates(t, "DECLARE\n    n int;\nBEGIN\n    NEW.n := 1;\n    IF NEW.n = 1 THEN\n        INSERT INTO tags\n            VALUES (1, 2, 'x');\n    END IF;\n    RETURN NEW;\nEND", "")
	line := strings.Count(bodySchema, "\n") + 7
	want := fmt.Sprintf("trigger body on notes runs function body, which may read or change any tenant's rows: at schema.sql:%d, INSERT INTO tags VALUES (1, 2, 'x'): does more than compute", line)
	if d := r.Diagnostics[0]; d.Message != want {
		t.Errorf("%s\nwant %s", d.Message, want)
	}
}

// scalarBodies are bodies of a function that a query calls for each row.
var scalarBodies = []struct {
	body string
	want analyzer.Verdict
}{
	{`BEGIN RETURN a + 1; END`, analyzer.Scoped},
	{`BEGIN RETURN $1 + 1; END`, analyzer.Scoped},
	{`DECLARE b int := a; BEGIN IF b > 3 THEN RAISE EXCEPTION 'too much: %', b; END IF; RETURN twice(b); END`, analyzer.Scoped},
	{`BEGIN RETURN (SELECT max(g) FROM generate_series(1, a) g); END`, analyzer.Scoped},
	{`BEGIN RETURN nextval('numbers'); END`, analyzer.Scoped},
	{`BEGIN RAISE NOTICE 'a is %', a; RETURN a; END`, analyzer.Rejected},
	{`BEGIN RAISE LOG 'a is %', a; RETURN a; END`, analyzer.Rejected},
	{`BEGIN RAISE WARNING 'a is %', a; RETURN a; END`, analyzer.Rejected},
	{`BEGIN RETURN $2; END`, analyzer.Rejected},
	{`BEGIN RETURN b; END`, analyzer.Rejected},
	{`BEGIN RETURN body(a); END`, analyzer.Rejected},
	{`BEGIN RETURN (SELECT count(*) FROM tags); END`, analyzer.Rejected},
	{`BEGIN RETURN count(*) FROM tags; END`, analyzer.Rejected},
	{`BEGIN RETURN QUERY SELECT 1; END`, analyzer.Rejected},
	{`BEGIN RETURN NEXT a; END`, analyzer.Rejected},
	{`BEGIN PERFORM set_config('app.org_id', '2', true); RETURN 1; END`, analyzer.Rejected},
	{`BEGIN EXECUTE 'x'; RETURN 1; END`, analyzer.Rejected},
}

func TestScalarBodies(t *testing.T) {
	for _, b := range scalarBodies {
		for query, shared := range map[string]bool{
			"SELECT body(n) FROM notes WHERE org_id = $1":                  false,
			"SELECT id FROM notes WHERE org_id = $1 AND body(n) > 1":       true,
			"INSERT INTO defaulted (org_id, id) VALUES ($1, $2)":           false,
			"UPDATE defaulted SET n = DEFAULT WHERE org_id = $1":           false,
			"SELECT id FROM indexed WHERE org_id = $1":                     false,
			"UPDATE checked SET n = 1 WHERE org_id = $1 AND id = $2":       false,
			"SELECT id FROM notes WHERE org_id = $1 ORDER BY (n).body":     true,
			"SELECT x FROM body($2) AS x WHERE $1::int = (SELECT $1::int)": true,
		} {
			if shared && b.want == analyzer.Scoped {
				continue // judged by more than the body
			}
			c := &testCase{name: b.body, tenant: config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}}}}
			c.schema = bodySchema + "CREATE FUNCTION body(a int) RETURNS int LANGUAGE plpgsql AS $body$\n" + b.body + "$body$;\n" +
				"CREATE TABLE defaulted (org_id int NOT NULL, id int, n int DEFAULT body(1));\nCREATE TABLE indexed (org_id int NOT NULL, id int, n int);\nCREATE INDEX ON indexed (body(n));\nCREATE TABLE checked (org_id int NOT NULL, id int, n int CHECK (body(n) > 0));"
			if problem := c.load(); problem != "" {
				t.Fatalf("%s: %s", b.body, problem)
			}
			if r := c.analysis().File("q.sql", "-- name: Q :exec\n"+query+";")[0]; r.Verdict != b.want {
				t.Errorf("%s in %s: %s, want %s: %v", b.body, query, r.Verdict, b.want, r.Diagnostics)
			}
		}
	}
}

// TestSharedBodies: what a body changes that all tenants share, its caller changes.
func TestSharedBodies(t *testing.T) {
	c := &testCase{tenant: config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}}}}
	c.schema = bodySchema + "CREATE FUNCTION next() RETURNS bigint LANGUAGE plpgsql STABLE AS $$BEGIN RETURN nextval('numbers'); END$$;"
	if problem := c.load(); problem != "" {
		t.Fatal(problem)
	}
	r := c.analysis().File("q.sql", "-- name: Q :many\nSELECT id FROM notes WHERE org_id = $1 AND next() > n;\n-- name: R :many\nSELECT next() FROM notes WHERE org_id = $1;")
	if r[0].Verdict != analyzer.Rejected || r[0].Diagnostics[0].Rule != "effect-in-condition" {
		t.Errorf("%s: %v", r[0].Verdict, r[0].Diagnostics)
	}
	if r[1].Verdict != analyzer.Scoped || !strings.Contains(fmt.Sprint(r[1].Draws), "numbers") {
		t.Errorf("%s, draws %v: %v", r[1].Verdict, r[1].Draws, r[1].Diagnostics)
	}
}
