package main

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/prove"
)

// proveText prints what a person has to look at: everything that did not simply hold.
func (inv *invocation) proveText(reports []*prove.Report) error {
	var err error
	for _, r := range reports {
		for _, t := range r.Tables {
			if t.Rows == 0 && t.Problem != "" {
				fmt.Fprintf(inv.out, "table %s: no row could be made: %s\n", t.Table, t.Problem)
			}
		}
		for _, o := range r.Outcomes {
			inv.proved(r, o)
		}
		_, err = fmt.Fprintln(inv.note(), proveSummary(r))
	}
	return err
}

// proved prints one query, unless it simply held.
func (inv *invocation) proved(r *prove.Report, o *prove.Outcome) {
	say := func(format string, args ...any) {
		fmt.Fprintf(inv.out, "%s:%d: %s: %s\n", o.File, o.Line, o.Name, fmt.Sprintf(format, args...))
	}
	switch o.Status {
	case prove.Leaks:
		say("leaks%s: %s", refused(o), o.Leak.What)
		inv.leak(o, o.Leak)
	case prove.Broken:
		say("row-level security changes what it does: %s", o.RLS)
	case prove.Errors:
		say("an error tells of another tenant's row%s: %s", closed(r), o.Errors.What)
		inv.leak(o, o.Errors)
	case prove.Failing:
		say("could not be tried: %s", o.Error)
	case prove.NotExercised:
		say("not exercised: it touched no row in %d runs", o.Runs)
	}
	if o.Undecided > 0 && o.Status != prove.Leaks {
		say("%d runs are undecided: the query leaves PostgreSQL a choice of rows, such as a LIMIT without a total order", o.Undecided)
	}
	for _, p := range o.Covered {
		say("covered by its premise that %s: without it, it leaks", p.Text)
	}
	if len(o.Keys) > 0 {
		say("told by keys without the tenant that another tenant has a value: %s", strings.Join(o.Keys, ", "))
	}
}

// closed tells what becomes of an error under row-level security.
func closed(r *prove.Report) string {
	if r.RLS {
		return ", which row-level security closes"
	}
	return ""
}

// refused tells that lint knows already.
func refused(o *prove.Outcome) string {
	switch {
	case o.Verdict != "rejected":
		return ""
	case o.Excused:
		return " (lint refuses it, the baseline excuses it)"
	}
	return " (lint refuses it)"
}

// leak prints a pair of states with what the query gives in each.
func (inv *invocation) leak(o *prove.Outcome, l *prove.Leak) {
	block := func(title, text string) {
		if text = strings.TrimSpace(text); text == "" {
			text = "-- nothing"
		}
		fmt.Fprintf(inv.out, "  %s:\n    %s\n", title, strings.ReplaceAll(text, "\n", "\n    "))
	}
	block("query", o.SQL)
	if len(l.Params) > 0 {
		block("parameters", strings.Join(l.Params, "\n"))
	}
	if l.As != "" {
		block("as the role", l.As)
	}
	block("rows in both states", l.Shared)
	block("other tenants' rows in the first state", l.Left)
	block("it gives there", l.Outcomes[0])
	block("other tenants' rows in the second state", l.Right)
	block("it gives there", l.Outcomes[1])
}

// counted counts outcomes.
func counted(r *prove.Report) map[prove.Status]int {
	counts := map[prove.Status]int{}
	for _, o := range r.Outcomes {
		counts[o.Status]++
	}
	return counts
}

func proveSummary(r *prove.Report) string {
	n := counted(r)
	runs, rows := 0, 0
	for _, o := range r.Outcomes {
		runs, rows = runs+o.Runs, rows+o.Rows
	}
	return fmt.Sprintf("%d queries: %d held, %d leak, %d changed by row-level security, %d tell by errors, %d not exercised, %d could not be tried\n%d pairs of runs on %d pairs of states touched %d rows (seed %d, PostgreSQL %s)",
		len(r.Outcomes), n[prove.Held], n[prove.Leaks], n[prove.Broken], n[prove.Errors], n[prove.NotExercised], n[prove.Failing], runs, r.States, rows, r.Seed, r.Server)
}

type proveJSON struct {
	Version int           `json:"version"`
	Seed    uint64        `json:"seed"`
	Rounds  int           `json:"rounds"`
	States  int           `json:"states"`
	Server  string        `json:"server"`
	Summary proveTotals   `json:"summary"`
	Queries []provedQuery `json:"queries"`
	Tables  []provedTable `json:"tables"`
}

type proveTotals struct {
	Queries      int `json:"queries"`
	Held         int `json:"held"`
	Leaks        int `json:"leaks"`
	BrokenByRLS  int `json:"broken_by_rls"`
	Errors       int `json:"errors_of_others"`
	NotExercised int `json:"not_exercised"`
	Failing      int `json:"failing"`
}

type provedQuery struct {
	Name      string       `json:"name"`
	File      string       `json:"file"`
	Line      int          `json:"line"`
	Verdict   string       `json:"verdict"`
	Baselined bool         `json:"baselined,omitempty"`
	Status    prove.Status `json:"status"`
	Rounds    int          `json:"rounds"`
	Runs      int          `json:"runs"`
	Rows      int          `json:"rows"`
	Undecided int          `json:"undecided,omitempty"`
	Keys      []string     `json:"keys,omitempty"`
	Covered   []string     `json:"covered_by,omitempty"`
	RLS       string       `json:"rls,omitempty"`
	Error     string       `json:"error,omitempty"`
	Leak      *provedLeak  `json:"leak,omitempty"`
	ErrorLeak *provedLeak  `json:"errors_of_others,omitempty"`
}

type provedLeak struct {
	What       string    `json:"what"`
	SQL        string    `json:"sql"`
	Parameters []string  `json:"parameters"`
	Role       string    `json:"role,omitempty"`
	Shared     string    `json:"shared"`
	States     [2]string `json:"states"`
	Outcomes   [2]string `json:"outcomes"`
}

type provedTable struct {
	Table   string `json:"table"`
	Rows    int    `json:"rows"`
	Problem string `json:"problem,omitempty"`
}

// proveJSON prints the reports in the stable form of version 1, joined into one.
func (inv *invocation) proveJSON(reports []*prove.Report) error {
	out := proveJSON{Version: 1, Queries: []provedQuery{}, Tables: []provedTable{}}
	for _, r := range reports {
		out.Seed, out.Rounds, out.States, out.Server = r.Seed, r.Rounds, r.States, r.Server
		n := counted(r)
		s := &out.Summary
		s.Queries, s.Held, s.Leaks = s.Queries+len(r.Outcomes), s.Held+n[prove.Held], s.Leaks+n[prove.Leaks]
		s.Errors += n[prove.Errors]
		s.BrokenByRLS, s.NotExercised, s.Failing = s.BrokenByRLS+n[prove.Broken], s.NotExercised+n[prove.NotExercised], s.Failing+n[prove.Failing]
		for _, o := range r.Outcomes {
			q := provedQuery{Name: o.Name, File: o.File, Line: o.Line, Verdict: string(o.Verdict), Baselined: o.Excused, Status: o.Status, Rounds: o.Rounds,
				Runs: o.Runs, Rows: o.Rows, Undecided: o.Undecided, Keys: o.Keys, RLS: o.RLS, Error: o.Error}
			for _, p := range o.Covered {
				q.Covered = append(q.Covered, p.Text)
			}
			q.Leak, q.ErrorLeak = shownLeak(o, o.Leak), shownLeak(o, o.Errors)
			out.Queries = append(out.Queries, q)
		}
		for _, t := range r.Tables {
			out.Tables = append(out.Tables, provedTable{t.Table, t.Rows, t.Problem})
		}
	}
	return inv.encode(out)
}

func shownLeak(o *prove.Outcome, l *prove.Leak) *provedLeak {
	if l == nil {
		return nil
	}
	return &provedLeak{l.What, o.SQL, l.Params, l.As, l.Shared, [2]string{l.Left, l.Right}, l.Outcomes}
}
