package prove

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
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

// change is the rows of the tenant and of nobody in a table, before and after.
type change struct{ before, after []string }

// dump is the content of a table: rows of other tenants, and all the rest.
type dump struct{ own, others []string }

// try runs a query in a savepoint that is rolled back; as the application's role when
// confined is set.
func (w *world) try(ctx context.Context, q *query, values []*string, confined bool) (a *attempt, err error) {
	enter := "SAVEPOINT q"
	if w.sequences != "" && q.draws {
		enter += "; " + w.sequences
	}
	if confined {
		enter += "; SET LOCAL ROLE " + ident(w.in.AppRole) + "; " + w.setTenant(q)
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

// setTenant sets what the policies read; for a query without a tenant, nothing.
func (w *world) setTenant(q *query) string {
	var parts []string
	for _, l := range w.levels {
		if l.tenants == nil || q.Verdict == "global" {
			continue
		}
		name, value := l.Setting, l.tenants[0]
		if w.in.JWTClaim != "" {
			name, value = "request.jwt.claims", fmt.Sprintf(`{%s: %s}`, strconv.Quote(w.in.JWTClaim), strconv.Quote(value))
		}
		parts = append(parts, fmt.Sprintf("SELECT pg_catalog.set_config(%s, %s, true)", literal(&name), literal(&value)))
	}
	return strings.Join(parts, "; ")
}

// after looks at what a run left in the tables that it changed.
func (w *world) after(ctx context.Context, a *attempt) error {
	if err := w.do(ctx, "RESET ROLE"); err != nil {
		return err
	}
	total, err := w.total(ctx)
	if err != nil || total == w.written {
		return err
	}
	before := w.counts
	if err := w.recount(ctx); err != nil {
		return err
	}
	now := map[*table]dump{}
	for oid, n := range w.counts {
		if t := w.leaves[oid]; n != before[oid] && t != nil {
			if now[t], err = w.dump(ctx, t); err != nil {
				return err
			}
		}
	}
	if len(now) == 0 {
		return nil
	}
	if err := w.do(ctx, "ROLLBACK TO q"); err != nil {
		return err
	}
	a.changed = map[*table]change{}
	for _, t := range w.tables {
		d, ok := now[t]
		if !ok {
			continue
		}
		was, known := w.initial[t]
		if !known {
			if was, err = w.dump(ctx, t); err != nil {
				return err
			}
			w.initial[t] = was
		}
		a.changed[t] = change{was.own, d.own}
		if diff := difference(was.others, d.others); diff != "" && t.tenantOwned() && !w.ambiguous[t] {
			a.harm += fmt.Sprintf("in %s, %s; ", t.name, diff)
		}
	}
	return nil
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

func (w *world) dump(ctx context.Context, t *table) (dump, error) {
	var d dump
	name := "dump" + t.oid
	if !w.dumps[t] {
		sql := fmt.Sprintf("SELECT (%s) IS TRUE, pg_catalog.to_jsonb(t0)::text FROM %s AS t0", w.ownerCondition(t, "t0", false), t.sql)
		if !t.tenantOwned() {
			sql = fmt.Sprintf("SELECT false, pg_catalog.to_jsonb(t0)::text FROM %s AS t0", t.sql)
		}
		if _, err := w.conn.Prepare(ctx, name, sql, nil); err != nil {
			return d, fmt.Errorf("read %s: %w", t.name, err)
		}
		w.dumps[t] = true
	}
	res := w.conn.ExecPrepared(ctx, name, nil, nil, nil).Read()
	for _, r := range res.Rows {
		if string(r[0]) == "t" {
			d.others = append(d.others, string(r[1]))
		} else {
			d.own = append(d.own, string(r[1]))
		}
	}
	slices.Sort(d.own)
	slices.Sort(d.others)
	return d, res.Err
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

// refusal is an error as far as it may not depend on other tenants' rows.
func (a *attempt) refusal(detail bool) string {
	if a.failed == nil {
		return ""
	}
	s := a.failed.Code + " " + a.failed.Message
	if detail && a.failed.Detail != "" {
		s += " (" + a.failed.Detail + ")"
	}
	return s
}

// differs describes what tells two runs apart, or what one of them did to other
// tenants; "" is the wish.
func (w *world) differs(q *query, a, b *attempt, detail bool) string {
	if a.harm+b.harm != "" {
		return "rows of other tenants change: " + strings.TrimSuffix(cmp.Or(a.harm, b.harm), "; ")
	}
	if x, y := a.refusal(detail), b.refusal(detail); x != y {
		return fmt.Sprintf("the error is %s or %s", cmp.Or(x, "none"), cmp.Or(y, "none"))
	}
	x, y := a.rows, b.rows
	if !q.ordered {
		x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	}
	if d := difference(x, y); d != "" || a.affected != b.affected {
		return fmt.Sprintf("the result has %d rows or %d rows: %s", a.affected, b.affected, d)
	}
	for _, t := range w.tables {
		if w.ambiguous[t] {
			continue
		}
		x, inA := a.changed[t]
		y, inB := b.changed[t]
		if !inA {
			x.after = y.before // both states have the same rows of the tenant
		}
		if !inB {
			y.after = x.before
		}
		if d := difference(x.after, y.after); d != "" {
			whose := "the tenant's rows"
			if t.owner.Kind == tenancy.Global {
				whose = "shared rows"
			}
			return fmt.Sprintf("%s in %s differ afterwards: %s", whose, t.name, d)
		}
	}
	return ""
}

// difference is the first place where two lists part, "" for equal ones.
func difference(a, b []string) string {
	at := func(list []string, i int) string {
		if i < len(list) {
			return list[i]
		}
		return "nothing"
	}
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return at(a, i) + " or " + at(b, i)
		}
	}
	return ""
}
