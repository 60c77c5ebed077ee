package ddl

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// What each history begins with.
const historySchema = `CREATE DOMAIN dom AS int DEFAULT 7;
CREATE TYPE ty AS (org_id int, id int, k int, r numeric);
CREATE FUNCTION f_null() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION f_pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION f_old() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE FUNCTION f_set() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := OLD.id; RETURN NEW; END';
CREATE TABLE base (org_id int NOT NULL, id int NOT NULL UNIQUE, k int, UNIQUE (org_id, id));
CREATE TABLE part (org_id int NOT NULL, id int NOT NULL, k int, r int, UNIQUE (id, k), UNIQUE (org_id, id, k)) PARTITION BY LIST (k);
`

// history is a random one: statements that change a schema, by an owner whom policies bind, and statements that change rows.
type history struct {
	t           *testing.T
	r           *rand.Rand
	role        string
	owner, root *pgx.Conn
	log         []step
}

// step is a statement that the server has run.
type step struct {
	sql  string
	rows bool // changes rows
}

func (e step) String() string { return e.sql + ";" }

// TestRowsKeepFacts runs random histories on a server: whatever the loader says then of the rows of a table (no NULL, one row for a
// key, a row that is referred to) is true of the rows that are there, and the server knows of the constraint that says so.
// TENANTGEN_FACTS is the number of histories, TENANTGEN_SEED the first one.
func TestRowsKeepFacts(t *testing.T) {
	number := func(name string, or int) int {
		n, err := strconv.Atoi(os.Getenv(name))
		if err != nil {
			return or
		}
		return n
	}
	h := &history{t: t, root: pgserver.ConnForTest(t), role: fmt.Sprintf("owner_%d", os.Getpid())}
	pgserver.ExecForTest(t, h.root, "CREATE ROLE "+h.role+" LOGIN; GRANT CREATE ON SCHEMA public TO "+h.role)
	first, n, changes, found := number("TENANTGEN_SEED", 1), number("TENANTGEN_FACTS", 20), 0, map[string]bool{}
	for seed := first; seed < first+n; seed++ {
		h.r = rand.New(rand.NewPCG(uint64(seed), 7))
		wrong := h.run(50)
		for _, e := range h.log {
			if !e.rows {
				changes++
			}
		}
		if len(wrong) == 0 {
			continue
		}
		if log := h.shrunk(wrong[0]); !found[fmt.Sprint(log)] {
			found[fmt.Sprint(log)] = true
			t.Errorf("seed %d: %s\n%s", seed, strings.Join(wrong, "; "), strings.Trim(strings.ReplaceAll(fmt.Sprint(log), "; ", ";\n"), "[]"))
		}
	}
	if t.Logf("%d histories, %d statements that changed the schema", n, changes); changes < 15*n {
		t.Errorf("%d statements that changed the schema are no history", changes)
	}
}

// fresh begins a history.
func (h *history) fresh() {
	h.t.Helper()
	ctx := context.Background()
	if h.owner != nil {
		h.owner.Close(ctx)
	}
	config := h.root.Config().Copy()
	config.User = h.role
	var err error
	if h.owner, err = pgx.ConnectConfig(ctx, config); err != nil {
		h.t.Fatal(err)
	}
	pgserver.ExecForTest(h.t, h.root, "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION "+h.role)
	pgserver.ExecForTest(h.t, h.owner, historySchema)
	h.log = nil
}

// run makes a history and returns what is wrong at its end, or after some of it.
func (h *history) run(n int) []string {
	h.fresh()
	for i := range n {
		for range 6 { // most that are drawn fail
			e := step{sql: h.ddl()}
			if h.r.IntN(2) == 0 {
				e = step{h.dml(), true}
			}
			if h.do(e) {
				break
			}
		}
		if i%25 == 24 {
			if wrong := h.wrong(); len(wrong) > 0 {
				return wrong
			}
		}
	}
	return h.wrong()
}

// do runs a statement, and reports whether the server took it, when it is kept. What the loader does not take is taken back: nobody has such a schema.
func (h *history) do(e step) bool {
	ctx := context.Background()
	if e.rows {
		_, err := h.root.Exec(ctx, e.sql, pgx.QueryExecModeSimpleProtocol)
		if err == nil {
			h.log = append(h.log, e)
		}
		return err == nil
	}
	session := strings.HasPrefix(e.sql, "SET") || strings.HasPrefix(e.sql, "RESET") || strings.HasPrefix(e.sql, "DISCARD") // is not taken back
	run := func(sql string) error {
		_, err := h.owner.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
		return err
	}
	if !session {
		run("BEGIN")
		defer run("COMMIT") // of what was taken back already, nothing
	}
	if run(e.sql) != nil {
		run("ROLLBACK")
		return false
	}
	h.log = append(h.log, e)
	if _, errs := h.load(); len(errs) > 0 {
		run("ROLLBACK")
		h.log = h.log[:len(h.log)-1]
		return false
	}
	return true
}

// shrunk leaves out of the history what it does without.
func (h *history) shrunk(wrong string) []step {
	kind := strings.Fields(wrong)[0]
	log := slices.Clone(h.log)
	for again := true; again; {
		again = false
		for i := len(log) - 1; i >= 0; i-- {
			h.fresh()
			for _, e := range slices.Delete(slices.Clone(log), i, i+1) {
				h.do(e)
			}
			if slices.ContainsFunc(h.wrong(), func(s string) bool { return strings.Fields(s)[0] == kind }) {
				log, again = slices.Clone(h.log), true
				i = min(i, len(log))
			}
		}
	}
	return log
}
