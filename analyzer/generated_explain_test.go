package analyzer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/internal/dblab"
)

// culprit is a leak of an accepted statement: the last one that rapid tried is the
// smallest.
type culprit struct {
	tr     trial
	writes bool
	pair   *statePair
}

// explain prints the smallest states in which the statement still leaks.
func (y *yard) explain(t *testing.T) {
	c := y.culprit
	if c == nil {
		return
	}
	var rows, gone []string
	for _, s := range c.pair.states {
		for line := range strings.Lines(s.own + s.others) {
			if !slices.Contains(rows, line) {
				rows = append(rows, line)
			}
		}
	}
	leak := y.leakWithout(t, nil)
	for _, row := range slices.Concat(rows, rows) { // twice: a row can go when those that refer to it are gone
		if slices.Contains(gone, row) {
			continue
		}
		if text := y.leakWithout(t, append(slices.Clip(gone), row)); text != "" {
			gone, leak = append(gone, row), text
		}
	}
	t.Logf("tenant %d: %s\n%s", c.pair.tenant, c.tr.sql, leak)
	for i, s := range c.pair.states {
		t.Logf("with no more rows in state %d than\n%s", i+1, y.dumpWithout(t, s, gone))
	}
}

// leakWithout runs the culprit without some rows of both states and returns what differs.
func (y *yard) leakWithout(t *testing.T, gone []string) string {
	c := y.culprit
	tr := c.tr
	tr.leak = ""
	var os []outcome
	for _, s := range c.pair.states {
		o := outcome{values: fmt.Sprintf("%s", c.pair.params(&tr))}
		ok := y.without(t, s, gone, func(conn *pgconn.PgConn) {
			_, before := y.dump(t, s, c.pair.tenant)
			res := conn.ExecParams(context.Background(), s.in(tr.sql), c.pair.params(&tr), paramOIDs, nil, nil).Read()
			var pe *pgconn.PgError
			if errors.As(res.Err, &pe) {
				o.rows, o.code = "error "+pe.Code+": "+pe.Message+"\n", pe.Code
				return
			}
			o.rows = dblab.Rows(res.Rows)
			own, after := y.dump(t, s, c.pair.tenant)
			if o.own = own; after != before {
				o.harm = fmt.Sprintf("from\n%sto\n%s", before, after)
			}
		})
		if !ok {
			return ""
		}
		os = append(os, o)
	}
	tr.compare(os)
	return tr.leak
}

func (y *yard) dumpWithout(t *testing.T, s *yardState, gone []string) string {
	var own, others string
	y.without(t, s, gone, func(*pgconn.PgConn) { own, others = y.dump(t, s, y.culprit.pair.tenant) })
	return own + others
}

func (y *yard) dump(t *testing.T, s *yardState, tenant int) (own, others string) {
	res := y.conns[tenant-1].ExecPrepared(context.Background(), "dump_"+s.schema, nil, nil, nil).Read()
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	return dumped(res.Rows, tenant)
}

// without runs f in a state that lacks some rows; it reports false when other rows need them.
func (y *yard) without(t *testing.T, s *yardState, gone []string, f func(*pgconn.PgConn)) bool {
	conn := y.conns[y.culprit.pair.tenant-1]
	sql := "BEGIN; SET LOCAL search_path TO " + s.schema
	for _, line := range gone {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ", ", 3)
		sql += fmt.Sprintf("; DELETE FROM %s t WHERE t::text = '%s'", parts[0], parts[2])
	}
	_, err := conn.Exec(context.Background(), sql).ReadAll()
	if err == nil {
		f(conn)
	}
	y.exec(t, y.culprit.pair.tenant-1, "ROLLBACK")
	return err == nil
}
