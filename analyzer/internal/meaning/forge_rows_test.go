package meaning

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// relate adds steps between rows that keys, foreign keys and parents tie together.
func (f *forger) relate(all []*query.Base) {
	for _, a := range all {
		for _, b := range all {
			if a != b {
				f.relateTwo(a, b)
			}
		}
	}
}

func (f *forger) relateTwo(a, b *query.Base) {
	if a.Table == b.Table {
		for _, k := range a.Table.Keys {
			f.tie(certificate.Step{Kind: certificate.SameRow, Key: k}, a, b, tenancy.Pairs(a.Table, k.Columns, b.Table, k.Columns))
		}
	}
	for i, p := range f.own.Of(a.Table).Parents {
		if p.Table == b.Table {
			f.tie(certificate.Step{Kind: certificate.ParentRow, Parent: &f.own.Of(a.Table).Parents[i]}, a, b, p.On)
		}
	}
	for _, fk := range a.Table.Foreign {
		if fk.RefTable == b.Table.Name && len(fk.Columns) > 1 {
			f.tie(certificate.Step{Kind: certificate.ForeignKey, Foreign: fk}, a, b, tenancy.Pairs(a.Table, fk.Columns[1:], b.Table, fk.RefColumns[1:]))
		}
	}
}

// tie adds a step with a chain for each of its premises. What has no chain is seldom left open.
func (f *forger) tie(s certificate.Step, a, b *query.Base, on []tenancy.Pair) {
	s.A, s.B = certificate.Owner(a.ID), certificate.Owner(b.ID)
	add := func(from, to certificate.Term) bool {
		chain := f.chain(from, to, 3)
		s.Premises = append(s.Premises, chain)
		return chain != nil || f.IntN(6) == 0
	}
	for _, p := range on {
		if !add(certificate.Column(a.ID, p.Child), certificate.Column(b.ID, p.Parent)) {
			return
		}
	}
	if s.Parent != nil {
		for _, m := range s.Parent.When {
			if !add(certificate.Column(a.ID, m.Column), certificate.Literal(f.own.Literal(m.Value))) {
				return
			}
		}
		for _, t := range s.Parent.Where {
			if !add(certificate.Column(b.ID, t.Column), f.says(t)) {
				return
			}
		}
	}
	f.add(s)
}

// says is what a test says that a column is.
func (f *forger) says(t tenancy.Test) certificate.Term {
	switch t.Kind {
	case catalog.IsNull:
		return certificate.Null()
	case catalog.IsNotNull:
		return certificate.NotNull()
	}
	return certificate.Literal(f.own.Literal(t.Value))
}

// test is the step of a test for NULL.
func (f *forger) test(e query.Expr) {
	of, is := e, certificate.Null()
	switch e := e.(type) {
	case *query.Op:
		not, ok := e.Negation.(*query.IsNotNull)
		if !ok {
			return
		}
		of = not.Arg
	case *query.IsNotNull:
		of, is = e.Arg, certificate.NotNull()
	}
	if c, ok := of.(*query.Col); ok {
		f.add(certificate.Step{A: certificate.Column(c.Rel, c.Index), B: is, Kind: certificate.Tested, Node: e})
	}
}

// members gives the rows of an IN subquery an id, where they are no SELECT's.
func (f *forger) members(n *query.Sub) {
	id := f.fresh
	f.fresh++
	f.cert.Subs[id] = n
	for i, t := range n.Test {
		f.between(certificate.Member, n, i, t, &query.Col{Rel: id, Index: i})
	}
}

// behind says which rows of tables stand behind those of queries, and relates them to others.
func (f *forger) behind() {
	if f.IntN(2) == 0 {
		return
	}
	var rows []*query.Base
	add := func(of any, rel query.RelID) {
		if c := f.rowClaim(of, 3); c != nil {
			id := f.fresh
			f.fresh++
			f.cert.Rows[id] = certificate.Row{ID: id, In: rel, Claim: c}
			for col, out := range c.Cols {
				f.add(certificate.Step{A: certificate.Column(id, col), B: certificate.Column(rel, out), Kind: certificate.Behind})
			}
			if c.Owner != 0 {
				f.add(certificate.Step{A: certificate.Owner(id), B: certificate.Param(c.Owner), Kind: certificate.Behind})
			}
			f.owned(id, c.Table)
			rows = append(rows, &query.Base{ID: id, Table: c.Table})
		}
	}
	visit(f.st.Root, func(n query.Node) {
		switch n := n.(type) {
		case *query.Derived:
			add(n.Query, n.ID)
		case *query.CTERef:
			add(n.CTE, n.ID)
		}
	})
	all := slices.Concat(f.bases, f.made, rows)
	for _, row := range rows {
		for _, b := range all {
			if b != row {
				f.relateTwo(row, b)
				f.relateTwo(b, row)
			}
		}
	}
}

// rowClaim is about a row behind each row of a query, nil where there is none to name.
func (f *forger) rowClaim(of any, depth int) *certificate.RowClaim {
	arms := func(of any, queries ...query.Query) *certificate.RowClaim {
		var c *certificate.RowClaim
		for _, q := range queries {
			arm := f.rowClaim(q, depth-1)
			if arm == nil || c != nil && arm.Table != c.Table || depth == 0 {
				return nil
			}
			if c == nil {
				c = &certificate.RowClaim{Of: of, Table: arm.Table, Cols: arm.Cols, Owner: arm.Owner, Written: arm.Written, Tests: arm.Tests}
			}
			c.Arms = append(c.Arms, arm)
		}
		return c
	}
	switch q := of.(type) {
	case *query.CTE:
		return arms(q, q.Query)
	case *query.SetOp:
		if q.Kind == query.Union {
			return arms(q, q.Left, q.Right)
		}
		return arms(q, []query.Query{q.Left, q.Right}[f.IntN(2)])
	case *query.Select:
		return f.rowOfLevel(q, q.From, q.Out)
	case *query.Write:
		return f.rowOfLevel(q, append([]query.Rel{q.Target}, q.From...), q.Returning)
	}
	return nil
}

func (f *forger) rowOfLevel(of any, from []query.Rel, outs []query.Output) *certificate.RowClaim {
	var bases []*query.Base
	var look func(query.Rel)
	look = func(r query.Rel) {
		switch r := r.(type) {
		case *query.Base:
			bases = append(bases, r)
		case *query.Join:
			look(r.Left)
			look(r.Right)
		}
	}
	for _, r := range from {
		look(r)
	}
	if len(bases) == 0 {
		return nil
	}
	b := bases[f.IntN(len(bases))]
	c := &certificate.RowClaim{Of: of, Table: b.Table, Row: b.ID, Cols: map[int]int{}, ColsProof: map[int]certificate.Chain{}, Passes: map[tenancy.Test]certificate.Chain{}}
	if w, ok := of.(*query.Write); ok && w.Target == b {
		c.Written = f.IntN(2) == 0
	}
	for i, o := range outs {
		if col, ok := o.Expr.(*query.Col); ok && col.Rel == b.ID {
			c.Cols[col.Index] = i
		}
	}
	if f.IntN(6) == 0 && len(outs) > 0 { // of another column
		c.Cols[f.IntN(len(b.Table.Columns))] = f.IntN(len(outs))
	}
	if chain := f.chain(certificate.Owner(b.ID), f.param, 4); chain != nil || f.IntN(6) == 0 {
		c.Owner, c.OwnProof = max(f.cert.Tenants[0], 0), chain
	}
	for _, t := range f.tests(b.Table) {
		if chain := f.chain(certificate.Column(b.ID, t.Column), f.says(t), 3); chain != nil {
			c.Tests, c.Passes[t] = append(c.Tests, t), chain
		}
	}
	return c
}

// tests are those that a parent's rows of a table pass.
func (f *forger) tests(t *catalog.Table) (all []tenancy.Test) {
	for _, b := range f.bases {
		for _, p := range f.own.Of(b.Table).Parents {
			if p.Table == t {
				all = append(all, p.Where...)
			}
		}
	}
	return all
}

// claims lets what a relation's query may guarantee count outside.
func (f *forger) claims() {
	var visit func(query.Node)
	visit = func(n query.Node) {
		switch n := n.(type) {
		case *query.Derived:
			f.claimsOf(n.Query, n.ID, len(n.Out))
		case *query.CTERef:
			f.claimsOf(n.CTE, n.ID, len(n.CTE.Out))
		case *query.Write:
			if n.Source != nil {
				f.claimsOf(n.Source, n.SourceID, len(n.Columns))
			}
		case *query.Sub:
			for id, sub := range f.cert.Subs {
				if sub == n {
					f.claimsOf(n.Query, id, len(n.Test))
				}
			}
		case *query.Base, *query.Join, *query.Rows, *query.CTE, query.Query, query.Expr:
		default:
			panic(query.Unexpected(n))
		}
		query.Children(n, visit)
	}
	visit(f.st.Root)
}

func (f *forger) claimsOf(of any, rel query.RelID, width int) {
	for col := range width {
		is := f.param
		if width > 1 && f.IntN(3) == 0 {
			is = certificate.Out((col + 1) % width)
		}
		c := f.claim(of, col, is, 3)
		if c != nil {
			f.said = append(f.said, c)
		} else if i := slices.IndexFunc(f.said, func(o *certificate.Claim) bool { return o.Col == col && o.Is == is }); i >= 0 && f.IntN(4) == 0 {
			c = f.said[i] // of another relation
		}
		if c != nil {
			b := is
			if is.IsOut() {
				b = certificate.Column(rel, is.Number())
			}
			f.add(certificate.Step{A: certificate.Column(rel, col), B: b, Kind: certificate.Guaranteed, Claim: c})
		}
	}
}

func (f *forger) claim(of any, col int, is certificate.Term, depth int) *certificate.Claim {
	c := &certificate.Claim{Of: of, Col: col, Is: is}
	arms := func(of ...any) *certificate.Claim {
		for _, a := range of {
			arm := f.claim(a, col, is, depth-1)
			if depth == 0 || arm == nil {
				return nil
			}
			c.Arms = append(c.Arms, arm)
		}
		return c
	}
	switch q := of.(type) {
	case *query.CTE:
		return arms(q.Query)
	case *query.SetOp:
		if q.Kind == query.Union || f.IntN(4) == 0 {
			return arms(q.Left, q.Right)
		}
		return arms([]any{q.Left, q.Right}[f.IntN(2)])
	case *query.Select:
		return f.proved(c, q.Out)
	case *query.Write:
		return f.proved(c, q.Returning)
	case *query.Values:
		c.Proof = make([]certificate.Chain, len(q.Rows))
		return c
	}
	panic(query.Unexpected(of))
}

// proved gives a claim a chain between the output columns that it is about, if there is one.
func (f *forger) proved(c *certificate.Claim, outs []query.Output) *certificate.Claim {
	a, ok := certificate.TermOf(outs[c.Col].Expr)
	is := c.Is
	if is.IsOut() {
		var also bool
		is, also = certificate.TermOf(outs[is.Number()].Expr)
		ok = ok && also
	}
	chain := f.chain(a, is, 3)
	if !ok || chain == nil && a != is && f.IntN(6) > 0 {
		return nil
	}
	c.Proof = []certificate.Chain{chain}
	return c
}
