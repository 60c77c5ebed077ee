package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/dblab"
)

// fill replaces all rows: only hidden ones differ between both states. The others are made by
// trial for the first state, and again by what succeeded for the second.
func (l *lab) fill(t *testing.T, seed, state uint64) {
	t.Helper()
	l.looked = false
	begin := []string{"BEGIN", "SET CONSTRAINTS ALL IMMEDIATE"}
	for _, tbl := range slices.Backward(l.db.Tables) {
		begin = append(begin, "DELETE FROM "+labTable(tbl))
	}
	l.refresh(t, begin, seed, state)
	if state == 0 || l.seed != seed || !l.again(t, begin) {
		l.exec(t, begin...)
		l.seed, l.kept = seed, nil
		l.rows(t, rand.New(rand.NewPCG(seed, 7)), ownRows)
		l.rows(t, rand.New(rand.NewPCG(seed, 8)), shownRows)
	}
	l.rows(t, rand.New(rand.NewPCG(seed, 100+state)), hiddenRows)
	l.exec(t, "COMMIT")
}

// refresh fills the materialized views from rows that are gone when the statements run, other tenants' rows of this state
// among them: the keys of what a view still has may be anybody's by then.
func (l *lab) refresh(t *testing.T, begin []string, seed, state uint64) {
	var views []string
	for _, v := range l.db.Views {
		if v.Materialized {
			views = append(views, `REFRESH MATERIALIZED VIEW "`+v.Name.Schema+`"."`+v.Name.Name+`"`)
		}
	}
	if len(views) == 0 {
		return
	}
	kept := l.kept
	l.exec(t, begin...)
	l.rows(t, rand.New(rand.NewPCG(seed, 9)), ownRows)
	l.rows(t, rand.New(rand.NewPCG(seed, 10)), shownRows)
	l.rows(t, rand.New(rand.NewPCG(seed, 200+state)), hiddenRows)
	l.exec(t, append(views, "COMMIT")...)
	l.kept = kept
}

// again makes the rows that the first state has. Where a trigger keeps rows from being deleted, they cannot be made twice.
func (l *lab) again(t *testing.T, begin []string) bool {
	l.exec(t, begin...)
	var batch pgconn.Batch
	for _, row := range l.kept {
		batch.ExecPrepared(row.name, row.values, nil, nil)
	}
	_, err := l.conn.ExecBatch(t.Context(), &batch).ReadAll()
	if err != nil {
		l.exec(t, "ROLLBACK")
	}
	return err == nil
}

func labTable(t *catalog.Table) string {
	return `"` + t.Name.Schema + `"."` + t.Name.Name + `"`
}

func (l *lab) rows(t *testing.T, rng *rand.Rand, rows whose) {
	for _, sql := range []string{"SAVEPOINT s", "ROLLBACK TO s", "RELEASE s"} {
		l.statement(t, sql) // before there is one to go back to
	}
	for _, tbl := range l.db.Tables {
		o := l.own.Of(tbl)
		global := o.Kind == tenancy.Global || o.Kind == tenancy.Undeclared
		if tbl.IsPartition || global && rows != ownRows || o.ReadAlso == "" && rows == shownRows {
			continue
		}
		n := 3 + rng.IntN(8)
		if rng.IntN(4) == 0 {
			n = rng.IntN(2) // what happens without rows matters too: aggregates, ORDER BY … LIMIT
		}
		count := ""
		for range n {
			count = l.row(t, rng, tbl, rows, count)
		}
	}
}

// row inserts one random row and takes it back when it is not as it should be. It takes and
// returns how many are as they should be, "" when that is not known yet.
func (l *lab) row(t *testing.T, rng *rand.Rand, tbl *catalog.Table, rows whose, before string) string {
	var cols, vals []string
	var values [][]byte
	owner := l.own.Of(tbl)
	for i, c := range tbl.Columns {
		if c.Generated {
			continue
		}
		v, known := l.value(rng, c)
		if all := discriminating(owner, i); len(all) > 0 && rng.IntN(6) > 0 {
			v, known = []byte(all[rng.IntN(len(all))]), true
		}
		if owner.Kind == tenancy.Column && owner.Column == i {
			mine, others := l.mine(l.typeOf(c), owner.Level)
			v, known = []byte(mine[0]), true
			if l.sets {
				v = []byte(mine[rng.IntN(len(mine))])
			}
			if rows != ownRows {
				v = []byte(others[rng.IntN(len(others))])
			}
		}
		cols, vals = append(cols, `"`+c.Name+`"`), append(vals, "DEFAULT")
		if known {
			values = append(values, v)
			vals[len(vals)-1] = fmt.Sprintf("$%d", len(values))
		}
	}
	count := "SELECT count(*) FROM " + labTable(tbl) + " AS t0 WHERE " + l.owner(tbl, "t0", rows == ownRows) + l.agreeing(tbl, rows) + l.readable(tbl, rows)
	insert := fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)", labTable(tbl), strings.Join(cols, ", "), strings.Join(vals, ", "))
	if before == "" {
		before = l.text(t, count)
	}
	name, err := l.known(t, insert)
	if err != nil {
		return before // a column is gone that we do not know to be
	}
	made := labRow{name, values}
	after := l.try(t, made, count)
	if after == "" || before == after && owner.Kind != tenancy.Global && owner.Kind != tenancy.Undeclared {
		l.ending = []string{"ROLLBACK TO s", "RELEASE s"}
		return before
	}
	l.ending = []string{"RELEASE s"}
	if rows != hiddenRows {
		l.kept = append(l.kept, made)
	}
	return after
}

// labRow is a row as the statement that inserts it.
type labRow struct {
	name   string // of the prepared statement
	values [][]byte
}

// try inserts a row behind a savepoint and returns what is counted then, "" when the row is
// refused or breaks a premise that the state must keep: in one round trip, and by statements that
// are parsed and planned once, since there are some hundred thousand rows in a run of the tests.
func (l *lab) try(t *testing.T, row labRow, count string) string {
	t.Helper()
	var names []string
	for _, sql := range slices.Concat([]string{count}, l.breaking, l.halves()) {
		names = append(names, l.statement(t, sql))
	}
	var batch pgconn.Batch
	ended := len(l.ending)
	for _, sql := range append(l.ending, "SAVEPOINT s") {
		batch.ExecPrepared(l.statement(t, sql), nil, nil, nil)
	}
	batch.ExecPrepared(row.name, row.values, nil, nil)
	for _, name := range names {
		batch.ExecPrepared(name, nil, nil, nil)
	}
	res, err := l.conn.ExecBatch(t.Context(), &batch).ReadAll()
	if err != nil && len(res) == ended+1 {
		return ""
	}
	if err != nil {
		t.Fatalf("%s: %v", count, err)
	}
	for _, r := range res[ended+3:] {
		if len(r.Rows) > 0 {
			return ""
		}
	}
	return dblab.Rows(res[ended+2].Rows)
}

// statement is the name of a statement that the session has prepared. A transaction that has failed goes back first.
func (l *lab) statement(t *testing.T, sql string) string {
	t.Helper()
	name, err := l.known(t, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return name
}

func (l *lab) known(t *testing.T, sql string) (string, error) {
	t.Helper()
	if name, ok := l.statements[sql]; ok {
		return name, nil
	}
	l.exec(t, "SAVEPOINT known")
	name := fmt.Sprintf("s%d", len(l.statements))
	if _, err := l.conn.Prepare(t.Context(), name, sql, nil); err != nil {
		l.exec(t, "ROLLBACK TO known", "RELEASE known")
		return "", err
	}
	l.exec(t, "RELEASE known")
	l.statements[sql] = name
	return name, nil
}
