package checker

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// follows makes sure that c leads from a to b, each of its steps true in s.
func (k *checker) follows(c certificate.Chain, a, b certificate.Term, s *scope) {
	for i := range c {
		if c[i].A != a {
			k.fail("step %d of a chain starts at %v, not at %v", i+1, c[i].A, a)
		}
		if i > 0 && a.IsLiteral() {
			k.fail("step %d of a chain goes by a literal", i+1)
		}
		k.step(&c[i], s)
		a = c[i].B
	}
	if a != b {
		k.fail("a chain ends at %v, not at %v", a, b)
	}
	k.alike(c, s)
}

// step makes sure that one equality is true in s.
func (k *checker) step(st *certificate.Step, s *scope) {
	if !k.justified(st, s) {
		k.fail("%q (%s) does not hold at its place", st.Text, st.Kind)
	}
}

func (k *checker) justified(st *certificate.Step, s *scope) bool {
	switch st.Kind {
	case certificate.Condition:
		e, ok := st.Node.(*query.Eq)
		return ok && s.holds(e) && joins(st, e.L, e.R) && k.spelled(e) && s.fresh(st)
	case certificate.Member:
		return k.isMember(st, s) && s.fresh(st)
	case certificate.EveryArm:
		or, ok := st.Node.(*query.Or)
		if !ok || !s.holds(or) || len(or.Args) == 0 || len(st.Premises) != len(or.Args) {
			return false
		}
		return k.everyArm(st, or, s) && s.fresh(st)
	case certificate.Fed:
		return k.fed(st, s)
	case certificate.EitherSide:
		return k.eitherSide(st, s)
	case certificate.Among:
		return k.isElement(st, s) && s.fresh(st)
	case certificate.Tested:
		return k.isTest(st, s) && s.fresh(st)
	case certificate.Output, certificate.Demanded, certificate.Given, certificate.ByDefault, certificate.Arbiter, certificate.Assigned:
		return s.makes(st)
	case certificate.Guaranteed:
		return k.guaranteed(st, s)
	case certificate.Tenant, certificate.Behind:
		return k.isOwner(st, s)
	case certificate.SameRow, certificate.ParentRow, certificate.ForeignKey:
		return k.isRelated(st, s)
	}
	return false
}

// joins reports whether the step is the equality of l and r.
func joins(st *certificate.Step, l, r query.Expr) bool {
	a, oka := certificate.ValueOf(l)
	b, okb := certificate.ValueOf(r)
	return oka && okb && (a == st.A && b == st.B || a == st.B && b == st.A)
}

// fresh reports whether a condition still says something: a write may have changed
// the column since.
func (s *scope) fresh(st *certificate.Step) bool {
	old := func(t certificate.Term) bool {
		return s.stale != nil && t.IsColumn() && t.Of(s.changed) && s.stale(t.Number())
	}
	return !old(st.A) && !old(st.B)
}

func (k *checker) isMember(st *certificate.Step, s *scope) bool {
	sub, ok := st.Node.(*query.Sub)
	i := st.Index
	if !ok || sub.Kind != query.In || !s.holds(sub) || i < 0 || i >= len(sub.Test) || sub.Test[i] == nil {
		return false
	}
	if sel, ok := sub.Query.(*query.Select); ok {
		return perRow(sel) && i < width(sel.Out) && joins(st, sub.Test[i], sel.Out[i].Expr)
	}
	for id, other := range k.cert.Subs {
		t, ok := certificate.TermOf(sub.Test[i])
		if out := (certificate.Column(id, i)); other == sub && ok && (t == st.A && out == st.B || t == st.B && out == st.A) {
			return true
		}
	}
	return false
}

// width is the number of output columns whose position is known.
func width(outs []query.Output) int {
	if i := slices.IndexFunc(outs, func(o query.Output) bool { return o.Open }); i >= 0 {
		return i
	}
	return len(outs)
}

// guaranteed makes sure that the relation yields rows here and that its query keeps the claim.
func (k *checker) guaranteed(st *certificate.Step, s *scope) bool {
	a, b, c := st.A, st.B, st.Claim
	if a.Fixed() {
		a, b = b, a
	}
	id, row := a.Row()
	r := s.row(id)
	if c == nil || !row || r == nil || r.of == nil || r.of != c.Of || !b.Of(id) && !b.Fixed() {
		return false
	}
	a, b, is := inside(a), inside(b), certificate.Out(c.Col)
	if is == a && c.Is == b || is == b && c.Is == a {
		k.claim(c)
		return true
	}
	return false
}

// inside is the output column that a column of a relation stands for in its query.
func inside(t certificate.Term) certificate.Term {
	if t.IsColumn() {
		return certificate.Out(t.Number())
	}
	return t
}

// isOwner checks steps that say whom a row belongs to.
func (k *checker) isOwner(st *certificate.Step, s *scope) bool {
	a, b := st.A, st.B
	if st.Kind == certificate.Tenant {
		if !a.IsOwner() {
			a, b = b, a
		}
		r := k.rowOf(a, s)
		if r == nil || r.table == nil || !a.IsOwner() || b != certificate.Column(r.id, b.Number()) {
			return false
		}
		o := k.own.Of(r.table)
		return o.Kind == tenancy.Column && b.Number() == o.Column && r.knows(b.Number()) && !k.closed(r)
	}
	placed, ok := k.placed(a)
	if !ok {
		a, b = b, a
		placed, ok = k.placed(a)
	}
	if !ok || k.rowOf(a, s) == nil {
		return false
	}
	if a.IsOwner() {
		return b.IsParam() && placed.Claim.Owner == b.Number() && b.Number() > 0
	}
	out, ok := placed.Claim.Cols[a.Number()]
	return ok && b == certificate.Column(placed.In, out)
}

func (r *row) knows(col int) bool { return r.has == nil || r.has(col) }

// placed is what the certificate says of the row behind another that t is about.
func (k *checker) placed(t certificate.Term) (certificate.Row, bool) {
	id, ok := t.Row()
	if !ok {
		return certificate.Row{}, false
	}
	placed, ok := k.cert.Rows[id]
	return placed, ok
}

// rowOf is find for the row whose column or owner a term is, nil for any other term.
func (k *checker) rowOf(t certificate.Term, s *scope) *row {
	if id, ok := t.Row(); ok {
		return k.find(id, s)
	}
	return nil
}

// find returns the row that id stands for here: a relation's, or one behind it.
func (k *checker) find(id query.RelID, s *scope) *row {
	if r := s.row(id); r != nil {
		return r
	}
	placed, ok := k.cert.Rows[id]
	if !ok {
		return nil
	}
	in := s.row(placed.In)
	if in == nil || in.of == nil || in.of != placed.Claim.Of {
		return nil
	}
	k.rowClaim(placed.Claim)
	if !k.readWith(placed.Claim, k.refresh(placed.In)) {
		return nil
	}
	return &row{id: id, table: placed.Claim.Table, written: placed.Claim.Written, tests: placed.Claim.Tests,
		has: func(c int) bool { _, ok := placed.Claim.Cols[c]; return ok }}
}

// isRelated checks steps that say that two rows have one owner, because of a
// constraint or a declared parent.
func (k *checker) isRelated(st *certificate.Step, s *scope) bool {
	a, b := k.rowOf(st.A, s), k.rowOf(st.B, s)
	if !st.A.IsOwner() || !st.B.IsOwner() || a == nil || b == nil || a.table == nil || b.table == nil {
		return false
	}
	if k.relates(st, a, b, s) {
		return true
	}
	return k.relates(st, b, a, s)
}

// relates: from is the row with the key, the foreign key or the parent.
func (k *checker) relates(st *certificate.Step, from, to *row, s *scope) bool {
	var pairs []tenancy.Pair
	// Whether a key or foreign key that DDL may have dropped unseen still holds nobody knows.
	if k.refresh(from.id) != k.refresh(to.id) || to.table.Unsure != "" || from.table.Unsure != "" && st.Kind != certificate.ParentRow {
		return false
	}
	switch st.Kind {
	case certificate.SameRow:
		if from.table != to.table || from.written || to.written || !slices.Contains(from.table.Keys, st.Key) || !tenancy.Identifies(from.table, st.Key) || st.Key.Class {
			return false
		}
		pairs = tenancy.Pairs(from.table, st.Key.Columns, to.table, st.Key.Columns)
	case certificate.ParentRow:
		i := slices.IndexFunc(k.own.Of(from.table).Parents, func(p tenancy.Parent) bool {
			return st.Parent != nil && p.Table == to.table && st.Parent.Table == p.Table && slices.Equal(p.On, st.Parent.On) && slices.Equal(p.When, st.Parent.When) && slices.Equal(p.Where, st.Parent.Where)
		})
		// A row that is only proposed is nobody's parent yet: another may have its key.
		if i < 0 || len(st.Parent.On) == 0 || to.written && !from.written || k.closedTo(from, *st.Parent) {
			return false
		}
		if !from.written { // of a row that is just made, the parent row is there
			k.linked(from.table, k.own.Of(from.table).Parents[i])
			k.agreed(from.table)
		}
		pairs = st.Parent.On
		if len(st.Premises) != len(pairs)+len(st.Parent.When)+len(st.Parent.Where) || !k.told(st, from, s) || !k.owns(st, to, s) {
			return false
		}
	case certificate.ForeignKey:
		var ok bool
		if st.Foreign == nil || st.Foreign.Class || from.written || to.written || !slices.Contains(from.table.Foreign, st.Foreign) {
			return false
		}
		if pairs, ok = k.own.Carries(st.Foreign, from.table, to.table); !ok ||
			!sameTenant(from.table.Columns[k.own.Of(from.table).Column], to.table.Columns[k.own.Of(to.table).Column]) {
			return false
		}
	}
	if st.Kind != certificate.ParentRow && len(st.Premises) != len(pairs) {
		return false
	}
	if !k.oneTime(from, to, pairs, s) {
		return false
	}
	for i, p := range pairs {
		if p.Child < 0 || p.Parent < 0 || !from.knows(p.Child) || !to.knows(p.Parent) || !k.connects(st.Premises[i], certificate.Column(from.id, p.Child), certificate.Column(to.id, p.Parent), s) ||
			!neverNull(from.table, p.Child) && !neverNull(to.table, p.Parent) && !compares(st.Premises[i]) {
			return false
		}
	}
	return true
}

// connects is follows for a chain that need not be the right one.
func (k *checker) connects(c certificate.Chain, a, b certificate.Term, s *scope) bool {
	if len(c) == 0 && a != b || len(c) > 0 && (c[0].A != a || c[len(c)-1].B != b) {
		return false
	}
	k.follows(c, a, b, s)
	return true
}

func (k *checker) fail(format string, args ...any) {
	panic(refusal(fmt.Sprintf(format, args...)))
}
