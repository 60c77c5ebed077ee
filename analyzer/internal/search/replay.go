package search

import (
	"context"
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
)

// Find is where a search found a leak: the seed of the schema, the number of the statement
// and of the pair of states, and what each schema of that search had to have.
type Find struct {
	Seed            uint64
	Statement, Pair int
	Feature         string
	Former          bool // the search was one without newer declarations
}

// Replayer runs finds again.
type Replayer struct{ w *worker }

// NewReplayer takes a database to itself.
func NewReplayer(ctx context.Context, url string) (*Replayer, error) {
	w, err := newWorker(ctx, url, &Options{IgnoreVerdict: true, Values: 2})
	return &Replayer{w}, err
}

// Close leaves the database.
func (r *Replayer) Close() { _ = r.w.conn.Close(context.Background()) }

// Replay runs the statement of a find on its pair of states, whatever the analyzer says of
// it, and returns what it says and what differs, nil for nothing. A schema that the
// analyzer refuses as a whole has no result.
func (r *Replayer) Replay(ctx context.Context, f Find) (*analyzer.Result, *Leak, error) {
	w := r.w
	defer w.exec(ctx, "ROLLBACK; DEALLOCATE ALL")
	var force []string
	if f.Feature != "" {
		force = []string{f.Feature}
	}
	if f.Former {
		force = append(force, schemagen.Former)
	}
	schema := schemagen.Generate(f.Seed, force...)
	s, refusal := load(schema)
	x := &candidate{Statement: schema.Statement(f.Seed, f.Statement), result: &analyzer.Result{Verdict: analyzer.Rejected}, writes: true}
	if s == nil {
		x.result.Diagnostics = []analyzer.Diagnostic{{Rule: "schema", Message: refusal}}
		s = &subject{Schema: schema}
	} else {
		x = s.judge(x.Statement, true)
	}
	if err := w.begin(ctx, schema); err != nil {
		return nil, nil, err
	}
	x.name, x.number = "q", f.Statement
	c := newCount()
	if !w.prepare(ctx, x, c) {
		return nil, nil, fmt.Errorf("the server does not take %s: %v", x.Text, c.Codes)
	}
	if _, err := w.conn.Prepare(ctx, "dump", s.Dump(), nil); err != nil {
		return nil, nil, err
	}
	if err := w.pair(ctx, s, f.Seed, f.Pair, s.Pair(f.Seed, f.Pair), []*candidate{x}, c); err != nil {
		return nil, nil, err
	}
	if len(c.Leaks) == 0 {
		return x.result, nil, nil
	}
	return x.result, c.Leaks[0], nil
}
