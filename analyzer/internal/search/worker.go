package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
	"github.com/tenantgen/tenantgen/internal/dblab"
)

// worker has a database of its own, which is empty between two schemas: everything
// happens in one transaction that is rolled back.
type worker struct {
	conn *pgconn.PgConn
	opts *Options
}

func newWorker(ctx context.Context, url string, opts *Options) (*worker, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	w := &worker{conn.PgConn(), opts}
	for _, sql := range []string{"SET client_min_messages = error; SET jit = off; SET synchronous_commit = off",
		"CREATE EXTENSION IF NOT EXISTS citext", "CREATE EXTENSION IF NOT EXISTS btree_gist", "SET statement_timeout = '20s'"} {
		if err := w.exec(ctx, sql); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *worker) exec(ctx context.Context, sql string) error {
	_, err := w.conn.Exec(ctx, sql).ReadAll()
	return err
}

// subject is a schema that the analyzer and the server take.
type subject struct {
	*schemagen.Schema
	analysis *analyzer.Analyzer
}

// load makes a subject of a schema, or says why it is none.
func load(s *schemagen.Schema) (*subject, string) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: s.SQL()}})
	if len(ds) > 0 {
		return nil, ds[0].Rule + ": " + ds[0].Message
	}
	cfg := s.Config()
	own, problems := analyzer.Classify(db, cfg)
	if len(problems) > 0 {
		return nil, problems[0].Msg
	}
	return &subject{s, analyzer.New(db, own, cfg.Functions)}, ""
}

// candidate is a statement that is to be run.
type candidate struct {
	*schemagen.Statement
	result *analyzer.Result
	name   string // of the prepared statement
	number int
	writes bool
}

func (s *subject) judge(st *schemagen.Statement, all bool) *candidate {
	results := s.analysis.File("queries.sql", header(st.Set)+st.Text+";\n")
	if len(results) != 1 || !accepted(results[0]) && !all {
		return nil
	}
	r := results[0]
	return &candidate{Statement: st, result: r, writes: len(r.Targets) > 0 || r.Verdict == analyzer.Rejected || s.Writes()}
}

// header is what stands above a query.
func header(set bool) string {
	if set {
		return "-- name: Q :many\n-- tenantgen:tenants\n"
	}
	return "-- name: Q :many\n"
}

func accepted(r *analyzer.Result) bool {
	return r.Verdict == analyzer.Scoped || r.Verdict == analyzer.Global || r.Verdict == analyzer.OfTenants
}

// run tries a schema: its statements on its pairs of states.
func (w *worker) run(ctx context.Context, seed uint64) (*Count, error) {
	c := newCount()
	c.Schemas = 1
	s, why := load(schemagen.Generate(seed, w.opts.Force...))
	if s == nil {
		c.Refusals[why]++
		return c, nil
	}
	defer w.exec(ctx, "ROLLBACK; DEALLOCATE ALL")
	if err := w.begin(ctx, s.Schema); err != nil {
		c.Refusals["server: "+err.Error()]++
		return c, fatal(err)
	}
	c.Usable = 1
	var ready []*candidate
	for n := 0; n < w.opts.Statements && len(ready) < w.opts.Accepted; n++ {
		st := s.Statement(seed, n)
		c.Statements++
		x := s.judge(st, w.opts.IgnoreVerdict)
		if x == nil {
			continue
		}
		x.number = n
		if x.name = fmt.Sprintf("q%d", n); !w.prepare(ctx, x, c) {
			continue
		}
		c.Accepted++
		ready = append(ready, x)
	}
	if _, err := w.conn.Prepare(ctx, "dump", s.Dump(), nil); err != nil {
		return c, fmt.Errorf("seed %d: %w: %s", seed, err, s.Dump())
	}
	for n := range w.opts.Pairs {
		p := s.Pair(seed, n)
		if err := w.pair(ctx, s, seed, n, p, ready, c); err != nil {
			return c, fmt.Errorf("seed %d, pair %d: %w", seed, n, err)
		}
	}
	_ = w.exec(ctx, "ROLLBACK; DEALLOCATE ALL")
	for i, l := range c.Leaks {
		// Shrinking changes the schema: each leak has its own.
		fresh := schemagen.Generate(seed, w.opts.Force...)
		l.Schema, l.Pair = fresh, fresh.Pair(seed, l.PairNumber)
		if w.opts.Shrink > 0 {
			w.shrink(ctx, l, w.opts.Shrink)
		}
		if w.opts.Out != "" {
			if err := l.Write(filepath.Join(w.opts.Out, fmt.Sprintf("%d-%d", seed, i))); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// begin makes the schema within a transaction.
func (w *worker) begin(ctx context.Context, s *schemagen.Schema) error {
	if err := w.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	if err := w.exec(ctx, s.SQL()); err != nil {
		return err
	}
	return w.exec(ctx, "SET check_function_bodies = on; SAVEPOINT schema")
}

// fatal returns errors that are not the server's answer to SQL.
func fatal(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return nil
	}
	return err
}

func (w *worker) prepare(ctx context.Context, x *candidate, c *Count) bool {
	d, err := w.conn.Prepare(ctx, x.name, x.Text, nil)
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		c.Invalid++
		c.Codes["prepare "+pe.Code]++
		if w.opts.Log != nil && w.opts.Verbose {
			w.opts.Log("invalid: %s: %s", x.Text, pe.Message)
		}
		_ = w.exec(ctx, "ROLLBACK TO schema")
		return false
	}
	return err == nil && len(d.ParamOIDs) <= len(x.Pools)
}

// pair runs all statements on a pair of states.
func (w *worker) pair(ctx context.Context, s *subject, seed uint64, n int, p *schemagen.Pair, all []*candidate, c *Count) error {
	trials := w.trials(s, seed, n, p, all)
	var outcomes [2][]outcome
	var first *contents
	var shown string
	for i, rows := range p.States {
		now, err := w.enter(ctx, s.Schema, p, rows)
		if err != nil {
			c.Codes["load"]++
			return fatal(err)
		}
		also, err := w.shown(ctx, s.Schema, p)
		if err != nil { // later DDL made another column of it
			c.Codes["shown"]++
			return fatal(err)
		}
		if first == nil {
			first, shown = now, also
		} else if first.own(p, p.Inner) != now.own(p, p.Inner) || first.own(p, true) != now.own(p, true) || first.ofSet(p) != now.ofSet(p) || shown != also {
			// A row of a project that does not exist is the project's, and no organization's.
			c.Skipped++
			return nil
		}
		if outcomes[i], err = w.execute(ctx, p, now, trials); err != nil {
			return err
		}
	}
	c.Pairs++
	for i, t := range trials {
		c.Trials++
		a, b := outcomes[0][i], outcomes[1][i]
		if a.code != "" || b.code != "" {
			c.Errors++
			c.Codes[max(a.code, b.code)]++
		}
		if a.effect || b.effect {
			c.Effective++
		}
		if leak := compare(a, b); leak != "" {
			w.found(ctx, s, seed, n, p, t, c)
		}
	}
	return nil
}

// enter makes the rows of a state and returns what it holds.
func (w *worker) enter(ctx context.Context, s *schemagen.Schema, p *schemagen.Pair, rows []*schemagen.Row) (*contents, error) {
	if err := w.exec(ctx, "ROLLBACK TO schema; "+s.Settle(p)); err != nil {
		return nil, err
	}
	if err := w.exec(ctx, s.Load(rows)+"; SAVEPOINT state"); err != nil {
		return nil, err
	}
	res := w.conn.ExecPrepared(ctx, "dump", nil, nil, nil).Read()
	if res.Err != nil {
		return nil, res.Err
	}
	return contentsOf(res.Rows), nil
}

// shown are the rows of others that the tenant may read in the current state.
func (w *worker) shown(ctx context.Context, s *schemagen.Schema, p *schemagen.Pair) (string, error) {
	sql := s.Shown(p.Tenant)
	if sql == "" {
		return "", nil
	}
	res := w.conn.ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	return dblab.Rows(res.Rows), res.Err
}

// trial is a statement with the values of its parameters.
type trial struct {
	*candidate
	values [][]byte
	inner  bool // only the rows of one project are the tenant's
}

// deep reports whether a statement is run for a tenant of the inner level.
func (s *subject) deep(x *candidate) bool {
	if x.result.Verdict == analyzer.Rejected {
		return s.Levels && x.Tenants[1] > 0
	}
	return s.Levels && len(x.result.Tenants) > 1 && x.result.Tenants[1] > 0
}

func (w *worker) trials(s *subject, seed uint64, n int, p *schemagen.Pair, all []*candidate) []*trial {
	var out []*trial
	for _, x := range all {
		rng := rand.New(rand.NewPCG(seed, uint64(n)*1000+uint64(x.number)))
		deep := s.deep(x)
		if p.Inner && !deep && x.result.Verdict == analyzer.Scoped {
			continue // it may read all projects of the organization
		}
		seen := map[string]bool{}
		for range w.opts.Values {
			t := &trial{candidate: x, values: values(rng, x, p), inner: deep || p.Inner}
			if key := fmt.Sprintf("%q", t.values); !seen[key] {
				seen[key] = true
				out = append(out, t)
			}
		}
	}
	return out
}

// values chooses the parameters; the tenant stands where the analyzer found it.
func values(rng *rand.Rand, x *candidate, p *schemagen.Pair) [][]byte {
	var out [][]byte
	tenants := x.result.Tenants
	if x.result.Verdict == analyzer.Rejected {
		tenants = x.Tenants[:]
	}
	for i, pool := range x.Pools {
		v := []byte(pool[rng.IntN(len(pool))])
		if rng.IntN(20) == 0 {
			v = nil
		}
		switch slices.Index(tenants, i+1) {
		case 0:
			if v = []byte(p.Tenant); x.Set {
				v = []byte(p.Array())
			}
		case 1:
			v = []byte(p.Project)
		}
		out = append(out, v)
	}
	return out
}

// contents is what a state holds: rows with their owners.
type contents struct{ lines []ownedRow }

type ownedRow struct {
	owners string
	null   bool // everybody's
	text   string
}

func contentsOf(rows [][][]byte) *contents {
	c := &contents{}
	for _, r := range rows {
		c.lines = append(c.lines, ownedRow{string(r[1]), r[1] == nil, string(r[0]) + ": " + string(r[2])})
	}
	return c
}

// own are the tenant's rows and everybody's, others all the rest.
func (c *contents) own(p *schemagen.Pair, inner bool) string { return c.part(p, inner, true) }

func (c *contents) others(p *schemagen.Pair, inner bool) string { return c.part(p, inner, false) }

func (c *contents) part(p *schemagen.Pair, inner, own bool) string {
	var out []string
	for _, l := range c.lines {
		if !own && nobody(l, inner) {
			continue // such as a child whose parent is gone, or a project's row of no organization: no other tenant's
		}
		if (l.null || mine(l.owners, p, inner)) == own {
			out = append(out, l.text)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// ofSet are the rows of the set of tenants, and everybody's.
func (c *contents) ofSet(p *schemagen.Pair) string {
	var out []string
	for _, l := range c.lines {
		if l.null || l.owners != "{}" && !slices.ContainsFunc(owners(l.owners), func(o string) bool { return !p.Among(o) }) {
			out = append(out, l.text)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func nobody(r ownedRow, inner bool) bool {
	return !r.null && (r.owners == "{}" || r.owners == "{NULL}" || !inner && strings.HasPrefix(r.owners, "{?/") && !strings.Contains(r.owners, ","))
}

// mine reports whether all owners of a row, of which there is at least one, are the tenant.
func mine(list string, p *schemagen.Pair, inner bool) bool {
	if list == "{}" {
		return false
	}
	for _, o := range owners(list) {
		if !p.Mine(o, inner) || o == "NULL" {
			return false
		}
	}
	return true
}

// owners are the elements of an array.
func owners(list string) []string {
	var out []string
	for _, o := range strings.Split(strings.Trim(list, "{}"), ",") {
		out = append(out, strings.Trim(o, `"`))
	}
	return out
}
