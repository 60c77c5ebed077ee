package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
)

// Leak is an accepted statement that differs on a pair of states.
type Leak struct {
	Seed               uint64
	Kind               string     // what differs
	Crossing           []Crossing // what the states have that data should not have
	Schema             *schemagen.Schema
	Pair               *schemagen.Pair
	Text               string
	Set                bool // it is run for a set of tenants
	Values             [][]byte
	Pools              [][]string
	A, B               string // the outcomes
	Number, PairNumber int    // of statement and pair
	kind               string // one of a kind is enough for a schema
}

// found looks again at a difference: what an unspecified order decides is none, and what a
// premise covers is counted.
func (w *worker) found(ctx context.Context, s *subject, seed uint64, n int, p *schemagen.Pair, t *trial, c *Count) {
	l := &Leak{Seed: seed, Schema: s.Schema, Pair: p, Number: t.number, PairNumber: n, Text: t.Text, Set: t.Set, Values: t.values, Pools: t.Pools}
	stable, err := w.again(ctx, s, l, t)
	if err != nil || !stable {
		c.Unstable++
		return
	}
	c.Differences++
	if kind := covered(t.result.Assumes, l.Crossing); kind != "" {
		c.Covered[kind]++
		return
	}
	if w.opts.Consistent && len(l.Crossing) > 0 {
		return
	}
	kind := strings.Fields(l.Text)[0] + " " + l.Kind + fmt.Sprint(len(l.Crossing) > 0)
	if w.opts.Every {
		kind = l.Text
	}
	if slices.ContainsFunc(c.Leaks, func(x *Leak) bool { return x.kind == kind }) {
		return
	}
	l.kind = kind
	c.Leaks = append(c.Leaks, l)
}

// again runs a trial once more, also with the rows in another order and with other plans,
// and fills in what differs. It reports whether each state has one outcome.
func (w *worker) again(ctx context.Context, s *subject, l *Leak, t *trial) (bool, error) {
	var os [2]outcome
	for i, rows := range l.Pair.States {
		for round := range 3 {
			before, err := w.enter(ctx, s.Schema, l.Pair, rows)
			if err != nil {
				return false, err
			}
			if round > 0 {
				if err := w.exec(ctx, disturb(s.Schema, round)); err != nil {
					return false, err
				}
			}
			got, err := w.execute(ctx, l.Pair, before, []*trial{t})
			if err != nil {
				return false, err
			}
			if round > 0 && (got[0].rows != os[i].rows || got[0].own != os[i].own || got[0].code != os[i].code) {
				return false, nil
			}
			os[i] = got[0]
		}
		l.Crossing = append(l.Crossing, w.crossing(ctx, s.Schema)...)
	}
	slices.SortFunc(l.Crossing, func(a, b Crossing) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	l.Crossing = slices.Compact(l.Crossing)
	l.Kind = compare(os[0], os[1])
	l.A, l.B = os[0].text(), os[1].text()
	return l.Kind != "", nil
}

func (o outcome) text() string {
	if o.code != "" {
		return "error " + o.code
	}
	out := "result:\n" + o.rows
	if o.own != "" {
		out += "\nthe tenant's rows:\n" + o.own
	}
	if o.harm != "" {
		out += "\nothers' rows change " + o.harm
	}
	return out
}

// disturb moves rows and takes plans away, within the transaction.
func disturb(s *schemagen.Schema, round int) string {
	sql := "SET LOCAL enable_hashjoin = off; SET LOCAL enable_seqscan = off"
	if round == 2 {
		sql = "SET LOCAL enable_nestloop = off; SET LOCAL enable_hashagg = off; SET LOCAL session_replication_role = replica"
		for _, t := range s.Tables {
			for _, c := range t.Columns {
				if c.Generated == "" {
					sql += fmt.Sprintf("; UPDATE %s t SET %s = %s WHERE hashtext(t::text) %% 2 = 0", t.Name, c.Name, c.Name)
					break
				}
			}
		}
		sql += "; SET LOCAL session_replication_role = origin"
	}
	return sql + "; SAVEPOINT state"
}

// crossing tells what the current state has that data should not have. Columns whose
// types cannot be compared are taken to refer across tenants.
func (w *worker) crossing(ctx context.Context, s *schemagen.Schema) []Crossing {
	var out []Crossing
	for _, d := range s.Doubts() {
		res, err := w.conn.Exec(ctx, "SELECT "+d.SQL).ReadAll()
		if err != nil {
			_ = w.exec(ctx, "ROLLBACK TO state")
		}
		if err != nil || string(res[0].Rows[0][0]) == "t" {
			out = append(out, Crossing{d.Kind, d.Table, d.Columns, d.Constraint})
		}
	}
	return out
}

// Crossing is what makes data inconsistent: rows of Table refer by Columns to somebody else's row, say.
type Crossing struct{ Kind, Table, Columns, Constraint string }

// covered returns the kind of a premise that the states do not meet, "" for none.
func covered(premises []analyzer.Premise, found []Crossing) string {
	for _, p := range premises {
		for _, x := range found {
			if p.Table.Name == x.Table && says(p, x) {
				return string(p.Kind)
			}
		}
	}
	return ""
}

// says reports whether a premise is that there is nothing such as x.
func says(p analyzer.Premise, x Crossing) bool {
	switch x.Kind {
	case "levels":
		return p.Kind == certificate.LevelsPremise
	case "disagree":
		return p.Kind == certificate.AgreementPremise
	case "orphan":
		return p.Kind == certificate.LinkPremise && sameColumns(p.Columns, strings.Split(x.Columns, ","))
	case "foreign-key":
		return p.Kind == certificate.ForeignKeyPremise && (p.Constraint == x.Constraint || sameColumns(p.Columns, strings.Split(x.Columns, ",")))
	}
	return false
}

func sameColumns(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// values writes the parameters as SQL.
func (l *Leak) values() string {
	var vals []string
	for _, v := range l.Values {
		if v == nil {
			vals = append(vals, "NULL")
		} else {
			vals = append(vals, schemagen.Quote(string(v)))
		}
	}
	return strings.Join(vals, ", ")
}

func (l *Leak) String() string {
	return fmt.Sprintf("seed %d, statement %d, pair %d, features %q: %s differs for tenant %s%s %s\ninconsistent data: %v\n%s\n%s\nwith (%s)\nfirst state: %s\nsecond state: %s", l.Seed, l.Number, l.PairNumber, l.Schema.Features, l.Kind,
		l.Pair.Tenant, l.Pair.Array(), l.Pair.Project, l.Crossing, l.Schema.SQL(), l.Text, l.values(), l.A, l.B)
}

// Line is the leak in short.
func (l *Leak) Line() string {
	return fmt.Sprintf("seed %d, statement %d, pair %d, features %q, %v: %s differs: %s", l.Seed, l.Number, l.PairNumber, l.Schema.Features, l.Crossing, l.Kind, l.Text)
}
