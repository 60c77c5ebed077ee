package prove

import (
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
// confined is set. All of it is one message, as long as nothing is written: the way to the server and back takes
// longer than most queries. What comes next rolls back (see database.leave).
func (w *world) try(ctx context.Context, q *query, values []*string, confined bool) (*attempt, error) {
	s := w.enter(q, confined)
	fresh := w.counts == nil
	if fresh {
		s.prepared("count")
	}
	at := s.statements
	s.prepared(q.prepared, values...)
	if w.deferrable {
		s.prepared("immediate")
	}
	last := s.statements
	s.prepared("reset")
	s.prepared("total")
	w.open = false // the script says so itself
	defer func() { w.open = true }()
	results, err := w.run(ctx, s)
	if fresh && len(results) >= at {
		w.written, w.counts = counts(results[at-1])
	}
	a := &attempt{}
	if n := len(results); err != nil && n >= at && n < last && errors.As(err, &a.failed) && ctx.Err() == nil {
		w.counts = nil
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", q.Name, err)
	}
	a.read(results[at])
	return a, w.after(ctx, a, string(results[last+1].Rows[0][0]))
}

// enter begins the script of a run: a savepoint, and what the query runs under.
func (w *world) enter(q *query, confined bool) *script {
	s := &script{}
	if w.open {
		s.prepared("again")
	} else {
		s.prepared("enter")
	}
	if w.sequences && q.draws {
		s.prepared("sequences")
	}
	if confined {
		s.statement("SET LOCAL ROLE " + ident(w.in.AppRole))
	}
	if confined || q.bySetting() {
		if sql := w.setTenant(q); sql != "" {
			s.statement(sql)
		}
	}
	return s
}

// read takes what a query returned.
func (a *attempt) read(res *pgconn.Result) {
	a.affected = res.CommandTag.RowsAffected()
	for _, r := range res.Rows {
		a.rows = append(a.rows, line(r))
		a.touched += telling(r)
	}
	if len(res.FieldDescriptions) == 0 {
		a.touched = int(a.affected)
	}
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
		parts = append(parts, fmt.Sprintf("pg_catalog.set_config(%s, %s, true)", literal(&name), literal(&value)))
	}
	if len(parts) == 0 {
		return ""
	}
	return "SELECT " + strings.Join(parts, ", ")
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

// counts tells how often rows were written in this transaction, in all and by table; savepoints that were
// rolled back count too, so that any write makes a difference.
func counts(res *pgconn.Result) (total string, of map[string]string) {
	of = make(map[string]string, len(res.Rows))
	sum := 0
	for _, r := range res.Rows {
		of[string(r[0])] = string(r[1])
		n, _ := strconv.Atoi(string(r[1])) // of a bigint, which cannot fail
		sum += n
	}
	return strconv.Itoa(sum), of
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
