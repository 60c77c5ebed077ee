package prove

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// prover runs the queries on pair after pair of states.
type prover struct {
	*world
	opts     Options
	report   *Report
	queries  []*query
	problems map[*table]string
	filled   map[*table]int
	mine     map[*table][]string // the tenant's rows of child tables, on the first side
	done     int
}

// query is a query on the server.
type query struct {
	*Query
	*Outcome
	prepared string
	oids     []string // of the parameters' types
	ordered  bool
	draws    bool // may draw from sequences
	tables   map[*table]bool
	places   map[string][]place
	accepted bool     // by the server
	probe    bool     // see policies.go
	worked   bool     // at least once
	trials   []*trial // of this round
}

// trial is a run of a query on both sides, and as the application's role.
type trial struct {
	values []*string
	sides  [2]*attempt
	rls    *attempt
}

// orders reports whether a statement has an ORDER BY of its own: one outside of every
// parenthesis, string and comment.
func orders(sql string) bool {
	depth := 0
	for _, token := range sqlTokens().FindAllString(sql, -1) {
		switch {
		case token == "(":
			depth++
		case token == ")":
			depth--
		case depth == 0 && strings.EqualFold(token[:1], "o"):
			return true
		}
	}
	return false
}

var sqlTokens = lazyre.New(`(?is)'(?:[^']|'')*'|"[^"]*"|--[^\n]*|/\*.*?\*/|[()]|\bORDER\s+BY\b`)

// drawsPerRound is how many parameter combinations a query runs with on each pair; one
// that has not touched a row yet gets more.
const drawsPerRound, moreDraws = 8, 24

func (p *prover) run(ctx context.Context) error {
	p.problems, p.filled, p.mine = map[*table]string{}, map[*table]int{}, map[*table][]string{}
	if err := p.prepareQueries(ctx); err != nil {
		return err
	}
	if err := p.probes(ctx); err != nil {
		return err
	}
	p.regular = p.opts.Rounds
	p.report.States = p.rounds(p.opts.Rounds)
	for round := range p.report.States {
		if err := p.round(ctx, round); err != nil {
			return err
		}
	}
	for _, q := range p.queries {
		q.conclude()
		if q.probe && q.Leak != nil {
			p.report.Outcomes = append(p.report.Outcomes, q.Outcome)
		}
	}
	for _, t := range p.tables {
		p.report.Tables = append(p.report.Tables, TableReport{t.name.String(), p.filled[t], p.problems[t]})
	}
	return nil
}

func (p *prover) prepareQueries(ctx context.Context) error {
	for i, in := range p.in.Queries {
		q := &query{Query: in, prepared: fmt.Sprintf("q%d", i), ordered: orders(in.SQL), tables: map[*table]bool{}}
		q.Outcome = &Outcome{Query: in, Error: in.Problem}
		q.draws = len(in.Targets) > 0 || in.Verdict == analyzer.Rejected || strings.Contains(strings.ToLower(in.SQL), "nextval")
		p.report.Outcomes = append(p.report.Outcomes, q.Outcome)
		p.queries = append(p.queries, q)
		if in.Problem != "" {
			continue
		}
		desc, err := p.conn.Prepare(ctx, q.prepared, in.SQL, nil)
		if err != nil {
			if ctx.Err() != nil || p.conn.IsClosed() {
				return err
			}
			q.Error = err.Error()
			continue
		}
		for _, oid := range desc.ParamOIDs {
			q.oids = append(q.oids, strconv.Itoa(int(oid)))
		}
		for _, param := range in.Params {
			for _, c := range param.Columns {
				q.tables[p.byName[c.Table.Name]] = true
			}
		}
		for _, t := range in.Targets {
			q.tables[p.byName[t.Name]] = true
		}
		q.accepted = true
	}
	return nil
}

// round makes a pair of states and runs every query on both.
func (p *prover) round(ctx context.Context, n int) error {
	p.progress("make rows for round %d", n+1)
	pair, err := p.begin(ctx, n, p.opts.Seed, p.problems)
	if err != nil {
		return err
	}
	for side := range 2 {
		for _, r := range pair.rows(side) {
			p.filled[r.table]++
		}
		if err := p.load(ctx, pair, side); err != nil {
			return err
		}
		if err := p.settle(ctx, side); err != nil {
			return err
		}
		for i, q := range p.queries {
			if !q.accepted {
				continue
			}
			p.progress("%s", q.Query.Name)
			if q.probe {
				err = p.ask(ctx, q, pair, side)
			} else if side == 0 {
				err = p.first(ctx, q, pair, rand.New(rand.NewPCG(p.opts.Seed+uint64(n), uint64(i))))
			} else {
				err = p.second(ctx, q, pair)
			}
			if err != nil {
				return err
			}
			p.done++
		}
	}
	for _, q := range p.queries {
		if err := p.compare(ctx, q, pair); err != nil {
			return err
		}
	}
	return p.do(ctx, "ROLLBACK")
}

// settle looks for tables whose rows do not say clearly whose they are: the tenant's
// own must be the same on both sides. Those are left out of the comparison.
func (p *prover) settle(ctx context.Context, side int) error {
	children := slices.DeleteFunc(slices.Clone(p.tables), func(t *table) bool { return t.owner.Kind != tenancy.Child })
	dumps, err := p.dumped(ctx, children)
	if err != nil {
		return err
	}
	for i, t := range children {
		if side == 0 {
			p.mine[t] = dumps[i].own
		} else if difference(p.mine[t], dumps[i].own) != "" {
			p.ambiguous[t] = true
			p.problems[t] = "a row may have parents of several tenants, so its rows are not compared"
		}
	}
	return nil
}

func (p *prover) progress(format string, args ...any) {
	p.opts.Progress(Progress{fmt.Sprintf(format, args...), p.done, 2 * p.report.States * len(p.queries)})
}

// first draws parameters and runs a query on the first state. What touched rows is
// varied; a query that never did gets more attempts.
func (p *prover) first(ctx context.Context, q *query, pair *pair, rng *rand.Rand) error {
	q.trials = nil
	if q.Leak != nil {
		return nil
	}
	d := newDrawer(p.world, pair, rng)
	n, limit := drawsPerRound, moreDraws
	if q.fixed() {
		n, limit = 1, 1
	}
	var good [][]*string
	seen := map[string]bool{}
	for i := 0; i < n || i < limit && q.Rows == 0; i++ {
		var values []*string
		if len(good) > 0 && rng.IntN(2) == 0 {
			values = d.mutate(q, good[rng.IntN(len(good))])
		} else {
			values = d.draw(q)
		}
		if id := *arrayText(values); seen[id] {
			continue
		} else {
			seen[id] = true
		}
		a, err := p.try(ctx, q, values, false)
		if err != nil {
			return err
		}
		q.trials = append(q.trials, &trial{values: values, sides: [2]*attempt{a}})
		if q.note(a); a.touched > 0 {
			good = append(good, values)
		}
	}
	return nil
}

// fixed reports whether there is nothing to draw.
func (q *query) fixed() bool {
	for i := range q.oids {
		if !slices.Contains(q.Tenants, i+1) {
			return false
		}
	}
	return true
}

// note counts what a run did.
func (q *query) note(a *attempt) {
	q.Rows += a.touched
	if a.failed == nil {
		q.worked = true
	} else if !q.worked {
		q.Error = a.refusal()
	}
}

// rlsRuns is how many trials of a round run as the application's role, too.
const rlsRuns = 4

// second runs the trials on the second state.
func (p *prover) second(ctx context.Context, q *query, pair *pair) error {
	confined := 0
	for _, t := range q.trials {
		var err error
		if t.sides[1], err = p.try(ctx, q, t.values, false); err != nil {
			return err
		}
		q.note(t.sides[1])
		if p.confines(q, pair) && (confined < rlsRuns || t.sides[1].touched > 0 && confined < 2*rlsRuns) {
			confined++
			if t.rls, err = p.try(ctx, q, t.values, true); err != nil {
				return err
			}
		}
	}
	if len(q.trials) > 0 {
		q.Rounds++
		q.Runs += len(q.trials)
	}
	return nil
}

// confines reports whether a query runs as the application's role on a pair, too. On an
// irregular one row-level security hides what a query need not exclude itself, which is
// what it is for, unless an upsert meets it.
func (p *prover) confines(q *query, pair *pair) bool {
	switch {
	case !p.report.RLS || q.Verdict == analyzer.Rejected:
		return false
	case !pair.irregular || q.Verdict == analyzer.CrossTenant:
		return true
	}
	return onConflict().MatchString(q.SQL) && slices.ContainsFunc(q.Targets, func(t *catalog.Table) bool {
		target := p.byName[t.Name]
		return target != nil && target.restrict != ""
	})
}

var onConflict = lazyre.New(`(?i)\bON\s+CONFLICT\b`)

// conclude decides the status from what the rounds saw.
func (q *query) conclude() {
	switch {
	case q.Leak != nil:
		q.Status = Leaks
	case q.RLS != "":
		q.Status = Broken
	case q.Errors != nil:
		q.Status = Errors
	case !q.worked:
		q.Status = Failing
	case q.Rows == 0:
		q.Status = NotExercised
	default:
		q.Status = Held
	}
	if q.Status != Failing {
		q.Error = ""
	}
}
