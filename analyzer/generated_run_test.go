package analyzer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/querygen"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"pgregory.net/rapid"
)

// batches and perBatch are how many pairs of states a statement is run on for each of
// two tenants: an accepted one on all batches but the last, a refused one until it leaks.
const batches, perBatch = 3, 2

// yard has two databases with one schema for each state: one for each tenant, so that
// two connections can be busy. States are filled once; each statement is run in each
// of them and rolled back.
type yard struct {
	analysis *analyzer.Analyzer
	conns    [2]*pgconn.PgConn
	batches  [batches][2][]*statePair // by tenant
	count    *generatedCount
	culprit  *culprit // the last leak of an accepted statement
}

// statePair is two states that differ in other tenants' rows only.
type statePair struct {
	tenant int
	values [][]byte // of the parameters
	states [2]*yardState
}

// yardState is a state in a schema of its own.
type yardState struct {
	schema      string
	own, others string // what it holds before a statement
}

func newYard(t *testing.T) *yard {
	t.Helper()
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: querygen.Schema}})
	own, problems := tenancy.Classify(db, querygen.Tenancy())
	if len(ds)+len(problems) > 0 {
		t.Fatal(ds, problems)
	}
	y := &yard{analysis: analyzer.New(db, own, nil), count: newGeneratedCount()}
	for i := range y.conns {
		y.conns[i] = labConnect(t)
		y.exec(t, i, "SET statement_timeout = '2s'; SET client_min_messages = error")
		for seed := range batches * perBatch {
			b := &y.batches[seed/perBatch][i]
			*b = append(*b, y.pair(t, uint64(seed), i+1))
		}
	}
	return y
}

func (y *yard) exec(tb rapid.TB, conn int, sql string) {
	if _, err := y.conns[conn].Exec(context.Background(), sql).ReadAll(); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// pair sets up two states and chooses the parameters to run with: the tenant is
// also put where the analyzer says that the statement has it.
func (y *yard) pair(t *testing.T, seed uint64, tenant int) *statePair {
	a, b := querygen.States(seed*2+uint64(tenant), tenant)
	n, conn := int(seed), y.conns[tenant-1]
	p := &statePair{tenant: tenant, values: [][]byte{
		fmt.Append(nil, tenant), fmt.Append(nil, 1+(tenant+n)%4), fmt.Append(nil, 1+n%4), []byte(string(rune('a' + n%3))), []byte("{1,3,4}")}}
	for i, rows := range [][]*querygen.Row{a, b} {
		s := &yardState{schema: fmt.Sprintf("s%d_%d_%d", seed, tenant, i)}
		var sql strings.Builder
		fmt.Fprintf(&sql, "CREATE SCHEMA %[1]s; SET search_path TO %[1]s; %[2]s;\n", s.schema, querygen.Schema)
		for _, r := range rows {
			sql.WriteString(r.Insert(s.schema))
		}
		y.exec(t, tenant-1, sql.String())
		if _, err := conn.Prepare(t.Context(), "dump_"+s.schema, querygen.Dump(s.schema), nil); err != nil {
			t.Fatal(err)
		}
		res := conn.ExecPrepared(t.Context(), "dump_"+s.schema, nil, nil, nil).Read()
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		s.own, s.others = dumped(res.Rows, tenant)
		p.states[i] = s
	}
	if p.states[0].own != p.states[1].own || p.states[0].others == p.states[1].others {
		t.Fatalf("seed %d: the states do not differ in other tenants' rows only", seed)
	}
	return p
}

// dumped splits a dump into the tenant's and shared rows, and the others'.
func dumped(rows [][][]byte, tenant int) (own, others string) {
	var mine, theirs [][][]byte
	for _, r := range rows {
		if owner := string(r[1]); owner == "0" || owner == fmt.Sprint(tenant) {
			mine = append(mine, r)
		} else {
			theirs = append(theirs, r)
		}
	}
	return dblab.Rows(mine), dblab.Rows(theirs)
}

// in names the tables of a statement that it names with their schema.
func (s *yardState) in(sql string) string { return strings.ReplaceAll(sql, "public.", s.schema+".") }

// paramOIDs are the types of querygen.ParamTypes.
var paramOIDs = []uint32{23, 23, 23, 25, 1007}

// prepare returns the error by which the server refuses a statement, "" for none.
func (y *yard) prepare(tb rapid.TB, sql string) string {
	s := y.batches[0][0][0].states[0]
	y.exec(tb, 0, "SET search_path TO "+s.schema)
	_, err := y.conns[0].Prepare(context.Background(), "", s.in(sql), paramOIDs)
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	if err != nil {
		tb.Fatal(err)
	}
	return ""
}

// run executes a statement in both states of every pair of a batch and compares the outcomes.
func (y *yard) run(tb rapid.TB, tr *trial, writes bool, batch int) {
	pipes, errs, before := [2]*pgconn.Pipeline{}, [2]error{}, tr.leak
	var sent sync.WaitGroup
	for i, conn := range y.conns {
		pipes[i] = conn.StartPipeline(context.Background())
		sent.Go(func() { errs[i] = send(pipes[i], tr, writes, y.batches[batch][i]) })
	}
	sent.Wait()
	for i, pipe := range pipes {
		for _, p := range y.batches[batch][i] {
			if p.compare(tb, tr, pipe); tr.leak != "" && tr.r.Verdict != analyzer.Rejected && before == "" {
				y.culprit, before = &culprit{*tr, writes, p}, tr.leak
			}
		}
		if err := errors.Join(errs[i], pipe.Close()); err != nil {
			tb.Fatal(err)
		}
	}
}

func send(pipe *pgconn.Pipeline, tr *trial, writes bool, pairs []*statePair) error {
	for _, p := range pairs {
		for _, s := range p.states {
			pipe.SendQueryParams("BEGIN", nil, nil, nil, nil)
			pipe.SendQueryParams("SET LOCAL search_path TO "+s.schema, nil, nil, nil, nil)
			pipe.SendQueryParams(s.in(tr.sql), p.params(tr), paramOIDs, nil, nil)
			if writes {
				pipe.SendQueryPrepared("dump_"+s.schema, nil, nil, nil)
			}
			pipe.SendPipelineSync()
			pipe.SendQueryParams("ROLLBACK", nil, nil, nil, nil)
			pipe.SendPipelineSync()
		}
	}
	return pipe.Flush()
}

// compare reads what a statement did in both states.
func (p *statePair) compare(tb rapid.TB, tr *trial, pipe *pgconn.Pipeline) {
	var os []outcome
	for _, s := range p.states {
		o := readOutcome(tb, pipe, p, s)
		o.values = fmt.Sprintf("%s in %s", p.params(tr), s.schema)
		readUntilSync(tb, pipe)
		tr.effective = tr.effective || o.code == "" && (o.rows != "" || o.own != "" && o.own != s.own)
		os = append(os, o)
	}
	if os[0].code != "57014" && os[1].code != "57014" { // statement_timeout
		tr.compare(os)
	}
}

// params are the values to run with: the tenant stands where the analyzer found it.
func (p *statePair) params(tr *trial) [][]byte {
	values := append([][]byte(nil), p.values...)
	if n := tr.r.TenantParam(); n > 1 && n <= 3 {
		values[n-1], values[0] = values[0], values[n-1]
	}
	return values
}

// readOutcome reads what BEGIN, SET, the statement and the dump returned.
func readOutcome(tb rapid.TB, pipe *pgconn.Pipeline, p *statePair, s *yardState) outcome {
	var o outcome
	results, err := readUntilSync(tb, pipe)
	if err != nil {
		o.rows, o.code = "error "+err.Code+": "+err.Message+"\n", err.Code
		return o
	}
	o.rows = dblab.Rows(results[2])
	if len(results) > 3 {
		own, others := dumped(results[3], p.tenant)
		o.own = own
		if others != s.others {
			o.harm = fmt.Sprintf("from\n%sto\n%s", s.others, others)
		}
	}
	return o
}

// readUntilSync returns the rows of every statement up to the next synchronization,
// or the error that stopped them.
func readUntilSync(tb rapid.TB, pipe *pgconn.Pipeline) (results [][][][]byte, failed *pgconn.PgError) {
	for {
		res, err := pipe.GetResults()
		if reader, ok := res.(*pgconn.ResultReader); ok && err == nil {
			read := reader.Read()
			err = read.Err
			results = append(results, read.Rows)
		}
		if err != nil && !errors.As(err, &failed) {
			tb.Fatal(err)
		}
		if _, ok := res.(*pgconn.PipelineSync); ok {
			return results, failed
		}
	}
}
