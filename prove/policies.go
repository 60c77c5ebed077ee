package prove

import (
	"context"
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
)

// probes are what anybody could ask as the application's role: for all of a table. The
// policies alone have to keep other tenants' rows from it.
func (p *prover) probes(ctx context.Context) error {
	if !p.report.RLS || p.in.OnlyQueries {
		return nil
	}
	for i, t := range p.tables {
		if !t.tenantOwned() || t.declared == nil {
			continue
		}
		in := &Query{Name: "row-level security of " + t.name.String(), File: t.declared.Pos.File, Line: t.declared.Pos.Line,
			Verdict: analyzer.CrossTenant, SQL: "SELECT * FROM " + t.sql, Tenants: make([]int, len(p.levels))}
		q := &query{Query: in, Outcome: &Outcome{Query: in}, prepared: fmt.Sprintf("table%d", i), probe: true, accepted: true}
		if _, err := p.conn.Prepare(ctx, q.prepared, in.SQL, nil); err != nil {
			return err
		}
		p.queries = append(p.queries, q)
	}
	return nil
}

// ask runs a probe on one side of an irregular pair: only there are tenants that are
// nearly the same, and rows that are nobody's.
func (p *prover) ask(ctx context.Context, q *query, pair *pair, side int) error {
	if side == 0 {
		q.trials = nil
	}
	if !pair.irregular || q.Leak != nil {
		return nil
	}
	a, err := p.try(ctx, q, nil, true)
	if err != nil {
		return err
	}
	if side == 0 {
		q.trials = []*trial{{}}
	}
	q.trials[0].sides[side] = a
	return nil
}
