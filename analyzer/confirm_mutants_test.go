package analyzer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// misreadings is how many of the misreadings are tried: one in this many.
var misreadings = sampled("TENANTGEN_MISREADINGS", 47)

// TestMisreadings changes what we read of a statement in one place at a time: another column,
// another relation of the same table, another parameter, an outer join taken for an inner one, OR for AND,
// rows that are not grouped, an assignment to another column. PostgreSQL reads the statement as it
// is, and must differ.
func TestMisreadings(t *testing.T) {
	pgserver.Long(t)
	var total misread
	t.Cleanup(func() { t.Logf("%d misreadings, %d unnoticed", total.tried, total.unnoticed) })
	eachCase(t, loadCases(t), (*testCase).misread, func(n misread) { total.tried += n.tried; total.unnoticed += n.unnoticed })
}

type misread struct{ tried, unnoticed int }

func (c *testCase) misread(t *testing.T) misread {
	r := c.reading(t)
	if r.err != nil {
		t.Fatal(r.err)
	}
	noticed := map[*confirm.Query]bool{}
	for _, d := range r.report.Differences {
		noticed[d.Query] = true
	}
	out := misread{tried: len(r.misread)}
	for q, what := range r.misread {
		if !noticed[q] {
			out.unnoticed++
			t.Errorf("PostgreSQL is not told from %s\n%s", what, q.SQL)
		}
	}
	return out
}

// misreadings are accepted queries of a case, each misread in one place.
func (c *testCase) misreadings(t *testing.T, a *analyzer.Analyzer, results []*analyzer.Result) map[*confirm.Query]string {
	changed := map[*confirm.Query]string{}
	for n, r := range results {
		if r.Verdict == analyzer.Rejected || r.Category != "" {
			continue
		}
		sites := (&misreader{db: c.db, nth: -1}).of(r.Reading().Statement)
		for i, site := range sites {
			if (n+i)%misreadings != 0 {
				continue
			}
			again := a.File("queries.sql", r.Text+";")[0]
			(&misreader{db: c.db, nth: i}).of(again.Reading().Statement)
			q, err := confirmable(a, again)
			if err != nil {
				t.Fatal(err)
			}
			changed[q] = fmt.Sprintf("%s: %s", r.Name, site)
		}
	}
	return changed
}

// misreader lists the places of a statement where it can be misread, and misreads the nth.
type misreader struct {
	db    *catalog.Database
	nth   int
	all   []string
	bases []*query.Base
	// idle are equalities of which nothing follows: NOT or an operation is around them.
	idle map[query.Node]bool
}

func (m *misreader) of(st *query.Statement) []string {
	m.visit(st.Root, func(n query.Node) {
		switch n := n.(type) {
		case *query.Base:
			m.bases = append(m.bases, n)
		case *query.Op:
			m.rest(n.Args...)
		case *query.Not:
			m.rest(n.Arg)
		}
	})
	m.visit(st.Root, func(n query.Node) {
		if !m.idle[n] {
			m.node(n)
		}
	})
	return m.all
}

func (m *misreader) visit(n query.Node, f func(query.Node)) {
	f(n)
	query.Children(n, func(child query.Node) { m.visit(child, f) })
}

func (m *misreader) rest(es ...query.Expr) {
	for _, e := range es {
		if m.idle == nil {
			m.idle = map[query.Node]bool{}
		}
		if e != nil {
			m.idle[e] = true
			m.rest(query.Operands(e)...)
		}
	}
}

func (m *misreader) site(what string, change func()) {
	if len(m.all) == m.nth {
		change()
	}
	m.all = append(m.all, what)
}

func (m *misreader) node(n query.Node) {
	switch n := n.(type) {
	case *query.Eq:
		m.operand(n.L)
		m.operand(n.R)
	case *query.Or:
		if len(n.Args) > 1 && slices.ContainsFunc(n.Args, equation) {
			m.site("AND in the place of OR", func() { n.Args = []query.Expr{&query.And{Args: n.Args}} })
		}
	case *query.Join:
		if n.Kind != query.Inner {
			m.site("an inner join in the place of an outer one", func() { n.Kind = query.Inner })
		}
	case *query.Base:
		for _, t := range m.db.Tables {
			if t != n.Table && len(t.Columns) >= len(n.Table.Columns) {
				m.site("table "+t.Name.String()+" in the place of "+n.Table.Name.String(), func() { n.Table = t })
				break
			}
		}
	case *query.Select:
		if n.Limited {
			m.site("no LIMIT", func() { n.Limited = false })
		}
		if n.Group != nil {
			m.site("no GROUP BY", func() { n.Group, n.Aggregate = nil, false })
		}
		if n.Distinct {
			m.site("no DISTINCT", func() { n.Distinct = false })
		}
	case *query.Write:
		for i := range n.Sets {
			m.set(n, &n.Sets[i])
		}
		if n.Kind == query.Insert && len(n.Columns) > 1 {
			if v, ok := n.Source.(*query.Values); ok && different(v.Rows[0][0], v.Rows[0][1]) {
				m.site("INSERT with two columns exchanged", func() { n.Columns[0], n.Columns[1] = n.Columns[1], n.Columns[0] })
			}
		}
	}
}

func equation(e query.Expr) bool {
	eq, ok := e.(*query.Eq)
	return ok && bare(eq.L) && bare(eq.R)
}

func bare(e query.Expr) bool {
	switch e.(type) {
	case *query.Col, *query.Param:
		return true
	}
	return false
}

// different reports whether two values are told apart: columns or parameters that differ.
func different(a, b query.Expr) bool {
	pa, oka := a.(*query.Param)
	pb, okb := b.(*query.Param)
	return oka && okb && pa.Number != pb.Number
}

func (m *misreader) set(w *query.Write, s *query.Set) {
	if len(w.Target.Table.Columns) > 1 && s.Value != nil {
		m.site("SET of another column", func() { s.Column = (s.Column + 1) % len(w.Target.Table.Columns) })
	}
}

// operand misreads one side of an equality of two columns or parameters.
func (m *misreader) operand(e query.Expr) {
	switch e := e.(type) {
	case *query.Param:
		m.site(fmt.Sprintf("$%d in the place of $%d", e.Number+1, e.Number), func() { e.Number++ })
	case *query.Col:
		for _, b := range m.bases {
			switch {
			case b.ID == e.Rel && len(b.Table.Columns) > 1:
				m.site("another column than "+e.Text, func() { e.Index = (e.Index + 1) % len(b.Table.Columns) })
			case b.ID != e.Rel && e.Index < len(b.Table.Columns):
				m.site(e.Text+" of another relation", func() { e.Rel = b.ID })
			}
		}
	}
}
