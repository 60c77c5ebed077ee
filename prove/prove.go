// Package prove runs an application's queries on a real PostgreSQL and holds them to
// what scoped means: a query run for one tenant gives the same result, and leaves the
// same rows of that tenant, on two states of a database that differ only in other
// tenants' rows, and it changes none of those.
//
// Everything happens within one transaction for each pair of states, which is rolled
// back: the schema is created once, random rows are made that satisfy its constraints,
// and each query runs in a savepoint of its own. So the clock stands still, both
// states share it, and nothing is left behind.
package prove

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Input is an application: its schema, who owns which table, and its queries.
type Input struct {
	Schema  *catalog.Database
	Tenancy *tenancy.Map
	Files   []analyzer.SchemaFile // DDL in the order to apply it, without what undoes it
	// Policies are the statements that bring row-level security into force where the
	// files do not.
	Policies []string
	// AppRole is whom row-level security confines; without one it is not tried.
	AppRole string
	// JWTClaim is the way to the tenant in request.jwt.claims; when empty each level's setting
	// holds it.
	JWTClaim []string
	Queries  []*Query
	// OnlyQueries leaves out what anybody could ask of the tables as the application's role.
	OnlyQueries bool
}

// Query is one statement with what the analysis says of it.
type Query struct {
	Name, File string
	Line       int
	Verdict    analyzer.Verdict
	Excused    bool // by the baseline
	SQL        string
	Params     []parameters.Param
	Tenants    []int            // the tenant parameter of each level, 0 for none, negative for the setting
	Apart      int              // how many levels its proof tells apart, 0 for all
	Targets    []*catalog.Table // that it writes to
	Problem    string           // why it cannot be run at all, "" when it can
	Assumes    []*Premise       // what its proof rests on
}

// Options say how to prove.
type Options struct {
	// DatabaseURL names a disposable database; empty starts a server of our own.
	DatabaseURL string
	Seed        uint64
	Rounds      int           // pairs of states, 0 for DefaultRounds
	Timeout     time.Duration // of one statement, 0 for DefaultTimeout
	// Progress is called before each query of each round.
	Progress func(Progress)
}

// Progress tells what is being done.
type Progress struct {
	Doing       string // "start PostgreSQL", "prove GetNote", …
	Done, Total int    // queries of all rounds; 0 of 0 before the first
}

// Defaults of Options.
const (
	DefaultRounds  = 6
	DefaultTimeout = 5 * time.Second
)

// Status is what proving one query came to.
type Status string

// The statuses, from good to bad.
const (
	Held         Status = "held"             // no two runs could be told apart
	NotExercised Status = "not_exercised"    // held, but no run ever touched a row
	Failing      Status = "failing"          // every run ended in an error, or it could not be run
	Broken       Status = "broken_by_rls"    // row-level security changes what a scoped query does
	Errors       Status = "errors_of_others" // an error tells of a value in another tenant's row
	Leaks        Status = "leaks"
)

// Outcome is what proving one query came to.
type Outcome struct {
	*Query
	Status Status
	Rounds int // pairs of states that it ran on
	Runs   int // pairs of runs
	Rows   int // rows touched in all runs
	// Undecided counts runs that differed, but whose result PostgreSQL was free to
	// choose: by a LIMIT without a total order, say. Nothing follows from them.
	Undecided int
	Error     string   // of the last run that failed, for Failing
	Keys      []string // constraints without the tenant that told of other tenants' rows
	RLS       string   // what row-level security does to the query, for Broken
	Leak      *Leak
	// Errors is a pair of states that only an error tells apart, which a value of another
	// tenant's row raises. That is outside of what scoped means: row-level security closes
	// it, and where it does not, Leak is set as well.
	Errors *Leak
	// Covered are the premises of the query that a pair of states broke which it told
	// apart: data that keep them do not show the difference.
	Covered []*Premise
}

// Report is the outcome of Run.
type Report struct {
	Seed     uint64
	Server   string // the version of PostgreSQL
	Rounds   int    // of regular pairs of states
	States   int    // pairs of states in all, the irregular ones included
	Outcomes []*Outcome
	Tables   []TableReport
	RLS      bool // row-level security was tried
}

// TableReport tells how far a table could be filled.
type TableReport struct {
	Table   string
	Rows    int    // of all rounds
	Problem string // why there are none
}

// Failed reports whether a query that was accepted leaks or is broken by row-level security.
func (r *Report) Failed() bool {
	return slices.ContainsFunc(r.Outcomes, func(o *Outcome) bool {
		return (o.Status == Leaks || o.Status == Broken) && o.Verdict != analyzer.Rejected
	})
}

// Run proves the queries of in. The error says that it could not be tried; a leak is
// no error, but part of the report.
func Run(ctx context.Context, in Input, o Options) (r *Report, err error) {
	o.Rounds = cmp.Or(o.Rounds, DefaultRounds)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	o.Progress(Progress{Doing: "start PostgreSQL"})
	db, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := db.close(); err == nil {
			err = closeErr
		}
	}()
	o.Progress(Progress{Doing: "create the schema"})
	if err := db.create(ctx, in); err != nil {
		return nil, err
	}
	w, err := newWorld(ctx, db, in)
	if err != nil {
		return nil, err
	}
	p := &prover{world: w, opts: o, report: &Report{Seed: o.Seed, Server: db.version, Rounds: o.Rounds, RLS: in.AppRole != ""}}
	if err := p.run(ctx); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted: %w", context.Cause(ctx))
		}
		return nil, err
	}
	return p.report, nil
}
