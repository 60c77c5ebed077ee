package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// claim makes sure that every row of c.Of keeps c, whatever holds outside. A claim
// about a recursive query may be used while it is proved of the recursive term:
// that is induction over the iterations (PostgreSQL manual, 7.8.2.1).
func (k *checker) claim(c *certificate.Claim) {
	if !k.claims[c] {
		k.claims[c] = true
		k.matching(matchedBy(c.Of), func() { k.claimed(c) })
	}
}

func (k *checker) claimed(c *certificate.Claim) {
	switch of := c.Of.(type) {
	case *query.CTE:
		k.inductive(of)
		k.arms(c, []any{of.Query}, c.Arms)
	case *query.SetOp:
		k.typed(of, c.Col)
		if !c.Is.Fixed() {
			k.typed(of, c.Is.Number())
		}
		k.arms(c, arms(of, len(c.Arms), firstOf(c.Arms)), c.Arms)
	case *query.Values:
		k.claimValues(of, c)
	default:
		outs, s := k.yields(c.Of)
		if len(c.Proof) != 1 {
			k.fail("a claim has %d proofs", len(c.Proof))
		}
		is := c.Is
		if is.IsOut() {
			is = k.output(outs, is.Number())
		}
		k.follows(c.Proof[0], k.output(outs, c.Col), is, s)
	}
}

// inductive refuses recursion other than UNION of two terms.
func (k *checker) inductive(c *query.CTE) {
	if op, ok := c.Query.(*query.SetOp); c.Recursive && (!ok || op.Kind != query.Union) {
		k.fail("WITH query %s is no UNION", c.Name)
	}
}

func (k *checker) arms(c *certificate.Claim, of []any, proofs []*certificate.Claim) {
	if len(of) != len(proofs) {
		k.fail("a claim has %d arms, not %d", len(proofs), len(of))
	}
	for i, a := range proofs {
		if a.Of != of[i] || a.Col != c.Col || a.Is != c.Is {
			k.fail("arm %d of a claim claims something else", i+1)
		}
		k.claim(a)
	}
}

// arms lists the arms of which something must hold for it to hold of op: both of
// UNION, the left one of EXCEPT, one of INTERSECT.
func arms(op *query.SetOp, n int, first any) []any {
	switch {
	case op.Kind == query.Union:
		return []any{op.Left, op.Right}
	case op.Kind == query.Intersect && n == 1 && first == op.Right:
		return []any{op.Right}
	}
	return []any{op.Left}
}

func firstOf(cs []*certificate.Claim) any {
	if len(cs) == 0 {
		return nil
	}
	return cs[0].Of
}

// typed refuses a column whose arms differ in type: it is converted there.
func (k *checker) typed(op *query.SetOp, col int) {
	if col < 0 || col >= len(op.Out) || op.Out[col].Type == query.Unknown {
		k.fail("column %d of a set operation has no known type", col+1)
	}
}

func (k *checker) claimValues(v *query.Values, c *certificate.Claim) {
	if len(c.Proof) != len(v.Rows) || len(v.Rows) == 0 || c.Col >= len(v.Out) || v.Out[c.Col].Type == query.Unknown {
		k.fail("a claim about VALUES has no proof for each row")
	}
	for i, row := range v.Rows {
		if c.Col >= len(row) || !c.Is.IsParam() {
			k.fail("row %d of VALUES has no such column", i+1)
		}
		t, ok := certificate.TermOf(row[c.Col])
		if !ok {
			k.fail("row %d of VALUES has a computed value", i+1)
		}
		k.follows(c.Proof[i], t, c.Is, k.root())
	}
}

// output is the term of an output column.
func (k *checker) output(outs []query.Output, col int) certificate.Term {
	if col < 0 || col >= width(outs) {
		k.fail("there is no output column %d", col+1)
	}
	t, ok := certificate.ValueOf(outs[col].Expr)
	if !ok {
		k.fail("output column %d is computed", col+1)
	}
	return t
}

// yields returns the output columns of a Select or Write, and what is true on the
// rows that it yields.
func (k *checker) yields(of any) ([]query.Output, *scope) {
	s := k.root()
	switch q := of.(type) {
	case *query.Select:
		if !perRow(q) {
			k.fail("an aggregate yields a row from none")
		}
		s.fromLevel(q)
		return q.Out, s
	case *query.Write:
		return q.Returning, k.returned(q, s)
	default:
		k.fail("nothing can be claimed of %T", of)
	}
	return nil, nil
}

// from adds the rows of a FROM list and the WHERE that they satisfy.
func (s *scope) from(from []query.Rel, where query.Expr) {
	for _, r := range from {
		s.present(r)
	}
	s.assume(where)
}

// rowClaim makes sure that there is such a row behind every output row.
func (k *checker) rowClaim(c *certificate.RowClaim) {
	if !k.rows[c] {
		k.rows[c] = true
		k.matching(matchedBy(c.Of), func() { k.rowClaimed(c) })
	}
}

func (k *checker) rowClaimed(c *certificate.RowClaim) {
	switch of := c.Of.(type) {
	case *query.CTE:
		k.inductive(of)
		k.rowArms(c, []any{of.Query})
	case *query.SetOp:
		for _, out := range c.Cols {
			k.typed(of, out)
		}
		var first any
		if len(c.Arms) > 0 {
			first = c.Arms[0].Of
		}
		k.rowArms(c, arms(of, len(c.Arms), first))
	default:
		outs, s := k.yields(c.Of)
		r := k.find(c.Row, s)
		if r == nil || r.table != c.Table || r.written && !c.Written {
			k.fail("there is no row of %s behind the output", c.Table.Name)
		}
		for col, out := range c.Cols {
			if !r.knows(col) {
				k.fail("column %d of the row is not known", col+1)
			}
			k.follows(c.ColsProof[col], certificate.Column(c.Row, col), k.output(outs, out), s)
		}
		for _, t := range c.Tests {
			if !k.passesTest(r, t, c.Passes[t], s) {
				k.fail("a test is not known to be true of the row of %s", c.Table.Name)
			}
		}
		if c.Owner > 0 {
			k.follows(c.OwnProof, certificate.Owner(c.Row), certificate.Param(c.Owner), s)
		}
	}
}

// rowArms: an arm may know more of its row than is claimed.
func (k *checker) rowArms(c *certificate.RowClaim, of []any) {
	if len(of) != len(c.Arms) {
		k.fail("a row has %d arms, not %d", len(c.Arms), len(of))
	}
	for i, a := range c.Arms {
		if a.Of != of[i] || a.Table != c.Table || a.Written && !c.Written || c.Owner > 0 && a.Owner != c.Owner {
			k.fail("arm %d has another row", i+1)
		}
		for col, out := range c.Cols {
			if o, ok := a.Cols[col]; !ok || o != out {
				k.fail("arm %d does not know column %d of its row", i+1, col+1)
			}
		}
		for _, t := range c.Tests {
			if !slices.Contains(a.Tests, t) {
				k.fail("arm %d does not know a test of its row", i+1)
			}
		}
		k.rowClaim(a)
	}
}
