package prove

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// compare judges the trials of a round.
func (p *prover) compare(ctx context.Context, q *query, pair *pair) error {
	if q.probe {
		for _, t := range q.trials {
			if p.differs(q, t.sides[0], t.sides[1], true) != "" {
				return p.suspect(ctx, q, pair, nil, true)
			}
		}
		return nil
	}
	if q.Verdict == analyzer.CrossTenant {
		return p.compareConfined(ctx, q, pair)
	}
	var looked [3]int // how many of each sort were looked into
	for _, t := range q.trials {
		if q.Leak != nil {
			return nil
		}
		a, b := t.sides[0], t.sides[1]
		if p.differs(q, a, b, true) == "" || a.ours() || b.ours() {
			continue
		}
		if k := p.told(a, b); k != "" {
			q.key(k)
			continue
		}
		sort := p.sort(a, b)
		if looked[sort] == 2 || sort == byData && q.Errors != nil {
			continue
		}
		looked[sort]++
		if err := p.suspect(ctx, q, pair, t.values, false); err != nil {
			return err
		}
	}
	return p.compareRLS(ctx, q, pair)
}

// The sorts of differences.
const (
	byOutcome = iota // what the query is for
	byData           // an error that a value raises
	byText           // the words of an error
)

func (p *prover) sort(a, b *attempt) int {
	switch {
	case p.dataError(a, b):
		return byData
	case textOnly(a, b):
		return byText
	}
	return byOutcome
}

// compareRLS holds row-level security to changing nothing about a query that is
// confined already.
func (p *prover) compareRLS(ctx context.Context, q *query, pr *pair) error {
	for _, t := range q.trials {
		if t.rls == nil || q.RLS != "" || t.sides[1].ours() || t.rls.ours() {
			continue
		}
		d := p.differs(q, t.sides[1], t.rls, false)
		if d == "" {
			continue
		}
		if p.dataError(t.sides[1], t.rls) {
			// It fails for a row that row-level security hides: without others there is none.
			if q.Errors == nil {
				if err := p.suspect(ctx, q, &pair{shared: pr.shared, others: [2][]*row{nil, pr.others[1]}, first: pr.first}, t.values, false); err != nil {
					return err
				}
			}
			continue
		}
		stable, err := p.oneAnswer(ctx, q, [][]*row{pr.rows(1)}, t.values, false, false)
		if err != nil {
			return err
		}
		if stable {
			q.RLS = fmt.Sprintf("with %s, without and with it: %s", describe(q, t.values), d)
		}
	}
	return nil
}

// compareConfined runs a query that may cross tenants as the application's role, on
// both states: row-level security leaves it nothing to tell them apart by.
func (p *prover) compareConfined(ctx context.Context, q *query, pair *pair) error {
	if !p.report.RLS || q.Leak != nil {
		return nil
	}
	trials := q.trials[:min(len(q.trials), rlsRuns)]
	before := make([]*attempt, len(trials))
	if err := p.load(ctx, pair, 0); err != nil {
		return err
	}
	for i, t := range trials {
		var err error
		if before[i], err = p.try(ctx, q, t.values, true); err != nil {
			return err
		}
	}
	for i, t := range trials {
		if t.rls == nil || p.differs(q, before[i], t.rls, false) == "" {
			continue
		}
		if k := p.told(before[i], t.rls); k != "" {
			q.key(k)
			continue
		}
		return p.suspect(ctx, q, pair, t.values, true)
	}
	return nil
}

// told names the constraint by whose error alone two runs can be told apart: one that
// does not include the tenant. That is the schema's doing, and for the schema rules.
func (p *prover) told(a, b *attempt) string {
	if a.harm+b.harm != "" {
		return ""
	}
	for _, x := range []*attempt{a, b} {
		if x.failed == nil || !slices.Contains([]string{"23505", "23P01", "23503"}, x.failed.Code) {
			continue
		}
		for _, t := range p.byOID { // partitions too
			if t.name.Schema == x.failed.SchemaName && t.name.Name == x.failed.TableName && !t.includesTenant(x.failed.ConstraintName) {
				return x.failed.ConstraintName
			}
		}
	}
	return ""
}

// ours reports whether a run failed for a partition that prove added: the application
// creates its own as time goes by.
func (a *attempt) ours() bool {
	return a.failed != nil && strings.Contains(a.failed.Message, `"part_`)
}

// includesTenant reports whether a key or foreign key of t contains its tenant column.
func (t *table) includesTenant(constraint string) bool {
	if t.owner.Kind != tenancy.Column {
		return false
	}
	column := t.columns[t.owner.Column].name
	for _, k := range t.keys {
		if k.name == constraint {
			return slices.Contains(k.columns, column)
		}
	}
	for _, r := range t.refs {
		if r.name == constraint {
			return slices.Contains(r.columns, t.owner.Column)
		}
	}
	return false
}

func (q *query) key(name string) {
	if !slices.Contains(q.Keys, name) {
		q.Keys = append(q.Keys, name)
	}
}
