package search

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
	"github.com/tenantgen/tenantgen/internal/dblab"
)

// outcome is what one run did.
type outcome struct {
	rows   string // the result
	code   string // SQLSTATE
	own    string // what is left of the tenant's and of everybody's rows
	harm   string // the others' rows before and after, when they changed
	effect bool
	alone  bool // it reads no table but what it inserts into
}

// chunk is how many runs are under way at once.
const chunk = 40

// execute runs trials in the state that the transaction is in.
func (w *worker) execute(ctx context.Context, p *schemagen.Pair, before *contents, trials []*trial) ([]outcome, error) {
	var out []outcome
	for part := range slices.Chunk(trials, chunk) {
		pipe := w.conn.StartPipeline(ctx)
		for _, t := range part {
			pipe.SendQueryParams("ROLLBACK TO state", nil, nil, nil, nil)
			pipe.SendQueryPrepared(t.name, t.values, nil, nil)
			if t.writes {
				if !p.Unsettled {
					pipe.SendQueryParams("SET CONSTRAINTS ALL IMMEDIATE", nil, nil, nil, nil)
				}
				pipe.SendQueryPrepared("dump", nil, nil, nil)
			}
			pipe.SendPipelineSync()
		}
		if err := pipe.Flush(); err != nil {
			return nil, err
		}
		for _, t := range part {
			o, err := read(pipe, p, before, t)
			if err != nil {
				return nil, errors.Join(err, pipe.Close())
			}
			out = append(out, o)
		}
		if err := pipe.Close(); err != nil {
			return nil, err
		}
	}
	return out, w.exec(ctx, "ROLLBACK TO state")
}

// read takes the answers to one trial.
func read(pipe *pgconn.Pipeline, p *schemagen.Pair, before *contents, t *trial) (outcome, error) {
	var o outcome
	var results [][][][]byte
	var pe *pgconn.PgError
	for {
		res, err := pipe.GetResults()
		if reader, ok := res.(*pgconn.ResultReader); ok && err == nil {
			got := reader.Read()
			err = got.Err
			results = append(results, got.Rows)
		}
		if err != nil && !errors.As(err, &pe) {
			return o, err
		}
		if _, ok := res.(*pgconn.PipelineSync); ok {
			break
		}
	}
	if pe != nil {
		o.code, o.alone = pe.Code, !strings.Contains(t.Text, " FROM ")
		return o, nil
	}
	o.rows = dblab.Rows(results[1])
	o.effect = o.rows != ""
	if t.writes {
		after := contentsOf(results[len(results)-1])
		o.own = after.own(p, t.inner)
		was, is := before.others(p, t.inner), without(after.others(p, t.inner), before.own(p, t.inner))
		if was != is {
			o.harm = "from\n" + was + "\nto\n" + is
		}
		o.effect = o.effect || o.own != before.own(p, t.inner)
	}
	return o, nil
}

// without leaves out of rows those that are among others: a row that was the tenant's and is as it was is nobody's
// once the project that it is in is deleted. Who gives one away changes what says whose it is, and that is a change.
func without(rows, others string) string {
	left := strings.Split(others, "\n")
	kept := slices.DeleteFunc(strings.Split(rows, "\n"), func(row string) bool {
		i := slices.Index(left, row)
		if i < 0 || row == "" {
			return false
		}
		left = slices.Delete(left, i, i+1)
		return true
	})
	return strings.Join(kept, "\n")
}

// compare says what differs, "" when nothing does.
func compare(a, b outcome) string {
	switch {
	case a.code != b.code && (a.alone || b.alone) && (a.code == "23514" || b.code == "23514"):
		return "check" // of the tenant's own values: it knows of other rows
	case a.code != "" || b.code != "":
		return "" // errors are outside of the definition
	case a.harm != "" || b.harm != "":
		return "harm"
	case a.rows != b.rows:
		return "result"
	case a.own != b.own:
		return "own rows"
	}
	return ""
}
