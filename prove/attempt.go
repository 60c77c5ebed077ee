package prove

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// attempt is what one run of a query did.
type attempt struct {
	rows     []string
	affected int64
	touched  int // rows that say something: not only null, 0, false or nothing
	failed   *pgconn.PgError
	changed  map[*table]change // tables that were written to
	harm     string            // the change of other tenants' rows
}

// try runs a query in a savepoint that is rolled back; as the application's role when
// confined is set.
func (w *world) try(ctx context.Context, q *query, values []*string, confined bool) (a *attempt, err error) {
	enter := "SAVEPOINT q"
	if w.sequences != "" && q.draws {
		enter += "; " + w.sequences
	}
	if confined {
		enter += "; SET LOCAL ROLE " + ident(w.in.AppRole)
	}
	if confined || q.bySetting() {
		enter += "; " + w.setTenant(q)
	}
	if err := w.do(ctx, enter); err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, w.do(ctx, "ROLLBACK TO q; RELEASE q")) }()
	if w.counts == nil {
		if err := w.recount(ctx); err != nil {
			return nil, err
		}
	}
	a = &attempt{}
	res := w.conn.ExecPrepared(ctx, q.prepared, raw(values), nil, nil).Read()
	err = res.Err
	if err == nil {
		a.affected = res.CommandTag.RowsAffected()
		for _, r := range res.Rows {
			a.rows = append(a.rows, line(r))
			a.touched += telling(r)
		}
		if len(res.FieldDescriptions) == 0 {
			a.touched = int(a.affected)
		}
		if w.deferrable {
			err = w.do(ctx, "SET CONSTRAINTS ALL IMMEDIATE")
		}
	}
	if err != nil {
		w.counts = nil
		if !errors.As(err, &a.failed) || ctx.Err() != nil {
			return nil, fmt.Errorf("query %s: %w", q.Name, err)
		}
		a.rows, a.touched = nil, 0
		return a, nil
	}
	return a, w.after(ctx, a)
}

// bySetting reports whether the statement itself reads the setting, as a default, which is a
// negative number among its parameters (see package query): it has to be there without policies, too.
func (q *query) bySetting() bool {
	return slices.ContainsFunc(q.Tenants, func(n int) bool { return n < 0 })
}

// setTenant sets what the policies read; for a query without a tenant, nothing.
func (w *world) setTenant(q *query) string {
	var parts []string
	some := slices.ContainsFunc(q.Tenants, func(n int) bool { return n != 0 })
	for level, l := range w.levels {
		// Generated methods set the levels that they have ids of, and no others.
		if l.tenants == nil || q.Verdict == "global" || some && level < len(q.Tenants) && q.Tenants[level] == 0 {
			continue
		}
		name, value := l.Setting, l.tenants[0]
		if len(w.in.JWTClaim) > 0 {
			name, value = "request.jwt.claims", claims(w.in.JWTClaim, value)
		}
		parts = append(parts, fmt.Sprintf("SELECT pg_catalog.set_config(%s, %s, true)", literal(&name), literal(&value)))
	}
	return strings.Join(parts, "; ")
}

// claims are those of a token that has a value at the end of the way.
func claims(way []string, value string) string {
	var document any = value
	for _, name := range slices.Backward(way) {
		document = map[string]any{name: document}
	}
	text, _ := json.Marshal(document) // strings cannot fail
	return string(text)
}

// total tells how often rows were written in this transaction; savepoints that were
// rolled back count too, so that any write makes a difference.
func (w *world) total(ctx context.Context) (string, error) {
	res := w.conn.ExecPrepared(ctx, "total", nil, nil, nil).Read()
	if res.Err != nil {
		return "", res.Err
	}
	return string(res.Rows[0][0]), nil
}

// recount tells the same by table.
func (w *world) recount(ctx context.Context) (err error) {
	if w.written, err = w.total(ctx); err != nil {
		return err
	}
	res := w.conn.ExecPrepared(ctx, "count", nil, nil, nil).Read()
	w.counts = make(map[string]string, len(res.Rows))
	for _, r := range res.Rows {
		w.counts[string(r[0])] = string(r[1])
	}
	return res.Err
}

// line writes a result row so that null is not the empty string.
func line(r [][]byte) string {
	cells := make([]string, len(r))
	for i, v := range r {
		cells[i] = "null"
		if v != nil {
			cells[i] = strconv.Quote(string(v))
		}
	}
	return strings.Join(cells, ", ")
}

// telling is 1 for a row that shows that something was found: a count of 0 does not.
func telling(r [][]byte) int {
	for _, v := range r {
		switch string(v) {
		case "", "0", "f", "{}", "[]":
		default:
			return 1
		}
	}
	return 0
}

func raw(values []*string) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		if v != nil {
			out[i] = []byte(*v)
		}
	}
	return out
}
