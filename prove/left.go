package prove

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// change is the rows of the tenant, or of nobody in a table that all share, before and after.
type change struct{ before, after []string }

// dump is the content of a table: the tenant's rows, or those that all share, and rows
// of other tenants. A row of two tenants is in both, one without any in neither.
type dump struct{ own, others []string }

// after looks at what a run left in the tables that it changed, and in those whose rows
// belong to whom a changed row belongs to. Total is how often rows have been written by now.
func (w *world) after(ctx context.Context, a *attempt, total string) error {
	if total == w.written {
		return nil
	}
	s := &script{}
	s.prepared("count")
	results, err := w.run(ctx, s)
	if err != nil {
		return err
	}
	before := w.counts
	w.written, w.counts = counts(results[0])
	changed := map[*table]bool{}
	for oid, n := range w.counts {
		if t := w.leaves[oid]; n != before[oid] && t != nil {
			changed[t] = true
		}
	}
	if len(changed) == 0 {
		return nil
	}
	var tables []*table
	for _, t := range w.tables {
		if changed[t] || w.inherits(t, changed) {
			tables = append(tables, t)
		}
	}
	now, err := w.dumped(ctx, tables, "again")
	if err != nil {
		return err
	}
	return w.changes(ctx, a, tables, now)
}

// inherits reports whether rows of t belong to whom rows of one of the tables belong to.
func (w *world) inherits(t *table, of map[*table]bool) bool {
	return slices.ContainsFunc(t.refs, func(r *ref) bool {
		return r.kind == parentRow && r.table != t && (of[r.table] || w.inherits(r.table, of))
	})
}

// changes compares what there is now with what was there before, in tables.
func (w *world) changes(ctx context.Context, a *attempt, tables []*table, now []dump) error {
	a.changed = map[*table]change{}
	var unknown []*table
	for _, t := range tables {
		if _, known := w.initial[t]; !known {
			unknown = append(unknown, t)
		}
	}
	dumps, err := w.dumped(ctx, unknown)
	if err != nil {
		return err
	}
	for i, t := range unknown {
		w.initial[t] = dumps[i]
	}
	for i, t := range tables {
		was, d := w.initial[t], now[i]
		a.changed[t] = change{was.own, d.own}
		if diff := difference(was.others, d.others); diff != "" && t.tenantOwned() && !w.ambiguous[t] {
			a.harm += fmt.Sprintf("in %s, %s; ", t.name, diff)
		}
	}
	return nil
}

// dumped reads tables, and then runs what was prepared under the names of then.
func (w *world) dumped(ctx context.Context, tables []*table, then ...string) ([]dump, error) {
	s := &script{}
	for _, t := range tables {
		name, err := w.reading(ctx, t)
		if err != nil {
			return nil, err
		}
		s.prepared(name)
	}
	for _, name := range then {
		s.prepared(name)
	}
	results, err := w.run(ctx, s)
	if err != nil {
		return nil, err
	}
	dumps := make([]dump, len(tables))
	for i := range tables {
		dumps[i] = readDump(results[i])
	}
	return dumps, nil
}

// reading is the name under which the statement that reads a table is prepared.
func (w *world) reading(ctx context.Context, t *table) (string, error) {
	name := fmt.Sprintf("dump%s_%d", t.oid, w.family)
	if w.dumps[name] {
		return name, nil
	}
	mine, other := "true", "false"
	if t.tenantOwned() {
		mine, other = w.ownerCondition(t, "t0", true), w.ownerCondition(t, "t0", false)
	}
	sql := fmt.Sprintf("SELECT (%s) IS TRUE, (%s) IS TRUE, pg_catalog.to_jsonb(t0)::text FROM %s AS t0", mine, other, t.sql)
	if _, err := w.conn.Prepare(ctx, name, sql, nil); err != nil {
		return "", fmt.Errorf("read %s: %w", t.name, err)
	}
	w.dumps[name] = true
	return name, nil
}

func readDump(res *pgconn.Result) (d dump) {
	for _, r := range res.Rows {
		if string(r[0]) == "t" {
			d.own = append(d.own, string(r[2]))
		}
		if string(r[1]) == "t" {
			d.others = append(d.others, string(r[2]))
		}
	}
	slices.Sort(d.own)
	slices.Sort(d.others)
	return d
}

// leftDiffers describes in which rows of the tenant, or of all, two runs differ afterwards.
func (w *world) leftDiffers(a, b *attempt) string {
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
