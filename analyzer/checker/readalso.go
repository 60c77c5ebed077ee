package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// mayRead makes sure that every row of b that matters is the tenant's or one that
// read_also of its table names, and that it is only read: nothing writes or locks it.
func (k *checker) mayRead(st *certificate.Step, b *query.Base, tenant int, s *scope) {
	or, ok := st.Node.(*query.Or)
	readable := k.own.Of(b.Table).Readable
	switch {
	case k.target[b] || k.st.Locks:
		k.fail("read_also of table %s lets rows be read, and nothing else", b.Table.Name)
	case readable == nil:
		k.fail("table %s has no read_also", b.Table.Name)
	case !ok || st.A != certificate.Owner(b.ID) || st.B != certificate.Param(tenant) || len(or.Args) == 0 || len(st.Premises) != len(or.Args):
		k.fail("the proof of table %s is about something else", b.Table.Name)
	case !s.trueOf(or, b.ID):
		k.fail("%q is not true of every row of %s that matters", st.Text, b.Table.Name)
	}
	for i, arm := range or.Args {
		if len(st.Premises[i]) == 0 {
			if !k.named(arm, b.ID, readable, tenant) {
				k.fail("arm %d says something else than read_also of table %s", i+1, b.Table.Name)
			}
			continue
		}
		in := s.child()
		in.assume(arm)
		k.follows(st.Premises[i], certificate.Owner(b.ID), certificate.Param(tenant), in)
	}
}

// trueOf reports whether a condition is true of every row of relation id that matters
// at s. Past the nullable side of an outer join it must also reject the row of nulls:
// else it may be true because the row was left out.
func (s *scope) trueOf(e query.Expr, id query.RelID) bool {
	for ; s != nil; s = s.up {
		if slices.Contains(s.truths, e) {
			return true
		}
		if s.padded && !rejected(e).has(id) {
			return false
		}
	}
	return false
}

// named reports whether e is true of row id only if read_also names the row for the tenant.
func (k *checker) named(e query.Expr, id query.RelID, readable [][]string, tenant int) bool {
	and := []query.Expr{e}
	for i := 0; i < len(and); i++ {
		if a, ok := and[i].(*query.And); ok {
			and = append(and, a.Args...)
		}
	}
	is := func(text string) bool {
		return slices.ContainsFunc(and, func(c query.Expr) bool {
			f, ok := k.st.Forms[c]
			return ok && f.Rel == id && f.Text == text &&
				!slices.ContainsFunc(f.Params, func(p *query.Param) bool { return p.Number != tenant })
		})
	}
	if slices.ContainsFunc(readable, func(all []string) bool {
		return len(all) > 0 && !slices.ContainsFunc(all, func(text string) bool { return !is(text) })
	}) {
		return true
	}
	or, ok := e.(*query.Or)
	return ok && len(or.Args) > 0 && !slices.ContainsFunc(or.Args, func(a query.Expr) bool { return !k.named(a, id, readable, tenant) })
}
