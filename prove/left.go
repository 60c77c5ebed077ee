package prove

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// change is the rows of the tenant, or of nobody in a table that all share, before and after.
type change struct{ before, after []string }

// dump is the content of a table: the tenant's rows, or those that all share, and rows
// of other tenants. A row of two tenants is in both, one without any in neither.
type dump struct{ own, others []string }

// after looks at what a run left in the tables that it changed, and in those whose rows
// belong to whom a changed row belongs to.
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
	changed := map[*table]bool{}
	for oid, n := range w.counts {
		if t := w.leaves[oid]; n != before[oid] && t != nil {
			changed[t] = true
		}
	}
	if len(changed) == 0 {
		return nil
	}
	now := map[*table]dump{}
	for _, t := range w.tables {
		if changed[t] || w.inherits(t, changed) {
			if now[t], err = w.dump(ctx, t); err != nil {
				return err
			}
		}
	}
	if err := w.do(ctx, "ROLLBACK TO q"); err != nil {
		return err
	}
	return w.changes(ctx, a, now)
}

// inherits reports whether rows of t belong to whom rows of one of the tables belong to.
func (w *world) inherits(t *table, of map[*table]bool) bool {
	return slices.ContainsFunc(t.refs, func(r *ref) bool {
		return r.kind == parentRow && r.table != t && (of[r.table] || w.inherits(r.table, of))
	})
}

// changes compares what there is now with what was there before.
func (w *world) changes(ctx context.Context, a *attempt, now map[*table]dump) (err error) {
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

func (w *world) dump(ctx context.Context, t *table) (dump, error) {
	var d dump
	name := fmt.Sprintf("dump%s_%d", t.oid, w.family)
	if !w.dumps[name] {
		mine, other := "true", "false"
		if t.tenantOwned() {
			mine, other = w.ownerCondition(t, "t0", true), w.ownerCondition(t, "t0", false)
		}
		sql := fmt.Sprintf("SELECT (%s) IS TRUE, (%s) IS TRUE, pg_catalog.to_jsonb(t0)::text FROM %s AS t0", mine, other, t.sql)
		if _, err := w.conn.Prepare(ctx, name, sql, nil); err != nil {
			return d, fmt.Errorf("read %s: %w", t.name, err)
		}
		w.dumps[name] = true
	}
	res := w.conn.ExecPrepared(ctx, name, nil, nil, nil).Read()
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
	return d, res.Err
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
