package prove

import (
	"fmt"
	"slices"
	"strings"
)

// Leak is a query that tells two states apart that differ in other tenants' rows only.
type Leak struct {
	What   string   // what differs
	Params []string // name = value
	As     string   // the role that it ran as, "" for one that row-level security does not confine
	// Shared are the rows that both states have, Left and Right what each has besides, as INSERTs.
	Shared, Left, Right string
	// Outcomes are what the query gave in each state.
	Outcomes [2]string
}

// conclude writes down the smallest pair.
func (c *confirmer) conclude(s *pair) error {
	attempts, err := c.both(s.rows(0), s.rows(1))
	if err != nil {
		return err
	}
	found := c.leak(s, attempts)
	if c.sort != byData || c.confined {
		c.q.Leak = found
		return nil
	}
	c.q.Errors = found
	if !c.report.RLS {
		return nil
	}
	// Row-level security is what closes errors: it looks at whose a row is first.
	c.confined = true
	if attempts, err = c.both(s.rows(0), s.rows(1)); err != nil || c.judge(attempts) == "" {
		return err
	}
	c.q.Leak = c.leak(s, attempts)
	return nil
}

func (c *confirmer) leak(s *pair, attempts [2]*attempt) *Leak {
	l := &Leak{What: c.judge(attempts), Params: params(c.q, c.values), Shared: inserts(s.shared), Left: inserts(s.others[0]), Right: inserts(s.others[1])}
	if c.confined {
		l.As = c.in.AppRole
	}
	for i, a := range attempts {
		l.Outcomes[i] = a.text()
	}
	return l
}

// params are the values by the names of the parameters.
func params(q *query, values []*string) []string {
	var out []string
	for i, v := range values {
		name := fmt.Sprintf("$%d", i+1)
		if i < len(q.Params) && q.Params[i].Name != "" {
			name += " (" + q.Params[i].Name + ")"
		}
		out = append(out, name+" = "+literal(v))
	}
	return out
}

func describe(q *query, values []*string) string {
	if len(values) == 0 {
		return "no parameters"
	}
	return strings.Join(params(q, values), ", ")
}

// text tells what a run came to.
func (a *attempt) text() string {
	if a.failed != nil {
		return "error " + a.refusal()
	}
	var parts []string
	switch {
	case len(a.rows) > 0:
		parts = append(parts, fmt.Sprintf("%d rows: %s", len(a.rows), strings.Join(a.rows[:min(len(a.rows), 5)], "; ")))
	default:
		parts = append(parts, fmt.Sprintf("%d rows", a.affected))
	}
	if a.harm != "" {
		parts = append(parts, "changes "+strings.TrimSuffix(a.harm, "; "))
	}
	for t, ch := range a.changed {
		if d := difference(ch.before, ch.after); d != "" {
			parts = append(parts, fmt.Sprintf("in %s, %s", t.name, d))
		}
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, "; ")
}
