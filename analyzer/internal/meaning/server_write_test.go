package meaning

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestMeaningOfWritesIsPostgreSQLs compares what Execute returns and leaves behind with what a server does, of
// INSERT, ON CONFLICT, UPDATE, DELETE and MERGE, with keys and the actions of foreign keys. UPDATE and DELETE that join rows are left
// out, as any of several may be taken, and so is a conflict among rows that come in any order. Of several rows that are in each other's way for a moment the server may
// refuse what would be right in the end.
func TestMeaningOfWritesIsPostgreSQLs(t *testing.T) {
	pgserver.Long(t)
	w, conn := newWorld(t), pgserver.ConnForTest(t)
	r := rand.New(rand.NewPCG(uint64(pgserver.Number(t, "TENANTGEN_SEED", 1)), 1))
	states := w.onServer(t, conn, r, 8)
	want := pgserver.Number(t, "TENANTGEN_QUERIES", 1500)
	compared, changed, failed, merged := 0, 0, 0, 0
	for compared < want && !t.Failed() {
		g := &gen{Rand: r, world: w}
		st := g.written(1 + r.IntN(2))
		write, alone := st.Root.(*query.Write)
		if !alone || write.Kind != query.Merge && write.From != nil || anyOrder(write) {
			continue
		}
		plain(r, st)
		n, params := r.IntN(len(states)), map[int]Value{1: Value(r.IntN(3)), 2: Value(r.IntN(3)), query.BySetting: 0}
		rows, after, code := w.execute(t, conn, n, SQL(st.Root), params)
		got, left, err := Execute(st, states[n], params, 1)
		if compared++; code != "" {
			if failed++; err == nil && code != "23505" && code != "0A000" && code != "21000" {
				t.Errorf("the server refuses (%s), with %v in state %d:\n%s", code, params, n, SQL(st.Root))
			}
			continue
		}
		if errors.Is(err, ErrFailed) || !Equal(rows, got) || !w.same(after, left) {
			t.Errorf("the server returns %v and leaves %v, Execute %v and %v (%v), with %v in state %d:\n%s", rows, after, got, left, err, params, n, SQL(st.Root))
		}
		if !w.same(states[n], after) {
			if changed++; write.Kind == query.Merge {
				merged++
			}
		}
	}
	t.Logf("%d writes compared, %d changed rows, %d of them MERGE; the server refuses %d", compared, changed, merged, failed)
	if changed*8 < compared || merged*50 < compared {
		t.Errorf("%d changes in %d writes show little", changed, compared)
	}
}

func anyOrder(w *query.Write) bool {
	_, written := w.Source.(*query.Values)
	return w.Conflict != nil && !written
}

// execute runs a write in a state, returns what it yields and leaves, and takes it back.
func (w *world) execute(t *testing.T, conn *pgx.Conn, state int, sql string, params map[int]Value) ([]Row, State, string) {
	t.Helper()
	pgserver.ExecForTest(t, conn, fmt.Sprintf("BEGIN; SET LOCAL search_path = s%d", state))
	defer pgserver.ExecForTest(t, conn, "ROLLBACK")
	rows, code := rowsOf(t, conn, filled(sql, params))
	if code != "" {
		return nil, nil, code
	}
	after := State{}
	for _, table := range w.db.Tables {
		after[table], _ = rowsOf(t, conn, "SELECT * FROM "+table.Name.Name)
	}
	return rows, after, ""
}

func (w *world) same(a, b State) bool {
	for _, t := range w.db.Tables {
		if !Equal(a[t], b[t]) {
			return false
		}
	}
	return true
}
