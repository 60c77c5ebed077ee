package prove

import (
	"context"
	"slices"
	"time"
)

// suspect looks into a difference: whether it comes from the other tenants' rows, or
// from a choice that the query leaves to PostgreSQL.
func (p *prover) suspect(ctx context.Context, q *query, pair *pair, values []*string, confined bool) error {
	c := &confirmer{prover: p, ctx: ctx, q: q, values: values, confined: confined}
	attempts, err := c.both(pair.rows(0), pair.rows(1))
	if err != nil {
		return err
	}
	if c.sort = p.sort(attempts[0], attempts[1]); c.judge(attempts) == "" {
		q.Undecided++
		return nil
	}
	switch {
	case attempts[0].harm+attempts[1].harm != "":
	case textOnly(attempts[0], attempts[1]):
		// Words that change with every run say nothing.
		for side := range 2 {
			if same, err := p.oneAnswer(ctx, q, [][]*row{pair.rows(side)}, values, confined, true); err != nil || !same {
				return err
			}
		}
	default:
		stable, err := p.stable(ctx, q, pair, values, confined)
		if err != nil {
			return err
		}
		if !stable {
			q.Undecided++
			return nil
		}
	}
	left, covered, err := c.covered(ctx, pair)
	if err != nil || covered {
		return err
	}
	return c.shrink(left)
}

// stable reports whether the query has but one answer where other tenants have nothing,
// in whatever order rows lie and are looked at. If so, any other answer comes from them.
func (p *prover) stable(ctx context.Context, q *query, pr *pair, values []*string, confined bool) (bool, error) {
	alone := &pair{shared: pr.shared}
	return p.oneAnswer(ctx, q, [][]*row{alone.rows(0), alone.reversed(0)}, values, confined, false)
}

// oneAnswer reports whether the query gives the same answer on each of the states, by
// every plan.
func (p *prover) oneAnswer(ctx context.Context, q *query, states [][]*row, values []*string, confined, texts bool) (bool, error) {
	var answers []*attempt
	for _, rows := range states {
		if err := p.put(ctx, rows); err != nil {
			return false, err
		}
		for _, plan := range plans {
			if err := p.do(ctx, plan); err != nil {
				return false, err
			}
			a, err := p.try(ctx, q, values, confined)
			if err != nil {
				return false, err
			}
			answers = append(answers, a)
		}
	}
	for _, a := range answers[1:] {
		if p.differs(q, answers[0], a, texts) != "" {
			return false, nil
		}
	}
	return true, nil
}

// plans make PostgreSQL look at rows in different orders. The first is its own choice,
// and stands twice, since some answers are different each time.
var plans = []string{
	"SET LOCAL plan_cache_mode = force_custom_plan", "SET LOCAL plan_cache_mode = force_custom_plan",
	"SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_hashagg = off",
	"SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on; SET LOCAL enable_hashagg = on",
}

// confirmer runs one query with one set of values on states of its choice.
type confirmer struct {
	*prover
	ctx      context.Context
	q        *query
	values   []*string
	confined bool
	sort     int // of the difference
}

// both runs the query on two states.
func (c *confirmer) both(left, right []*row) (attempts [2]*attempt, err error) {
	for i, rows := range [][]*row{left, right} {
		if attempts[i], err = c.on(rows); err != nil {
			return attempts, err
		}
	}
	return attempts, nil
}

// on runs the query on one state.
func (c *confirmer) on(rows []*row) (*attempt, error) {
	if err := c.put(c.ctx, rows); err != nil {
		return nil, err
	}
	return c.try(c.ctx, c.q, c.values, c.confined)
}

// judge describes the difference, as far as it is of the sort that is looked into.
func (c *confirmer) judge(attempts [2]*attempt) string {
	a, b := attempts[0], attempts[1]
	if c.told(a, b) != "" || c.prover.sort(a, b) != c.sort {
		return ""
	}
	return c.differs(c.q, a, b, c.sort != byOutcome)
}

// shrinkTime ends the search for a smaller pair.
const shrinkTime = 20 * time.Second

// shrink takes rows away while the difference stays: other tenants' first, then rows
// that both states have.
func (c *confirmer) shrink(pr *pair) error {
	parts := [3][]*row{slices.Clone(pr.others[0]), slices.Clone(pr.others[1]), slices.Clone(pr.shared)}
	state := func() *pair {
		return &pair{shared: parts[2], others: [2][]*row{parts[0], parts[1]}, first: pr.first}
	}
	// known are the attempts on the state so far; a side whose rows stay need not run again.
	known, err := c.both(state().rows(0), state().rows(1))
	if err != nil {
		return err
	}
	leaks := func(part int) (bool, error) {
		s, attempts := state(), known
		for side := range attempts {
			if part == 1-side {
				continue
			}
			if !complete(s.rows(side)) {
				return false, nil
			}
			var err error
			if attempts[side], err = c.on(s.rows(side)); err != nil {
				if c.ctx.Err() == nil && !c.conn.IsClosed() {
					return false, nil // rows that need each other were torn apart
				}
				return false, err
			}
		}
		if c.judge(attempts) == "" {
			return false, nil
		}
		known = attempts
		return true, nil
	}
	end := time.Now().Add(shrinkTime)
	for again := true; again; {
		again = false
		for i := range parts {
			smaller, err := c.without(&parts[i], func() (bool, error) { return leaks(i) }, end)
			if err != nil {
				return err
			}
			freed, err := c.free(parts[i], func() (bool, error) { return leaks(i) }, end)
			if err != nil {
				return err
			}
			again = again || smaller && i > 0 || freed
		}
		again = again && time.Now().Before(end)
	}
	return c.conclude(state())
}

// without removes chunks of rows, large ones first and from the end, where those are
// that refer to others. It reports whether any could go.
func (c *confirmer) without(rows *[]*row, leaks func() (bool, error), end time.Time) (bool, error) {
	removed := false
	for size := len(*rows); size > 0; size /= 2 {
		for at := len(*rows) - size; at > -size && time.Now().Before(end); at -= size {
			from, to := max(at, 0), min(at+size, len(*rows))
			if from >= to {
				continue
			}
			all := *rows
			*rows = slices.Concat(all[:from], all[to:])
			still, err := leaks()
			if err != nil {
				return removed, err
			}
			if !still {
				*rows = all
				continue
			}
			removed = true
		}
	}
	return removed, nil
}

// free takes references out of rows where they may be null, so that the rows referred
// to can go. It reports whether any could.
func (c *confirmer) free(rows []*row, leaks func() (bool, error), end time.Time) (bool, error) {
	any := false
	for i, r := range rows {
		for _, ref := range r.table.refs {
			n := slices.IndexFunc(ref.columns, func(c int) bool { return !r.table.columns[c].notNull && r.values[c] != nil })
			if ref.kind != foreignKey || n < 0 || time.Now().After(end) {
				continue
			}
			rows[i] = &row{table: r.table, who: r.who, values: slices.Clone(r.values)}
			rows[i].values[ref.columns[n]] = nil
			still, err := leaks()
			if err != nil {
				return any, err
			}
			if !still {
				rows[i] = r
				continue
			}
			any, r = true, rows[i]
		}
	}
	return any, nil
}
