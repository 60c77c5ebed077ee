package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A certificate may be about a set of tenants, the elements of an array. Every step but the last
// says then what it says of one tenant: of whose rows are those of one owner. The last is that the
// owner is in the array, and nothing leads on from there: of two owners that are, nothing follows.

// ofSet makes sure that a statement is one that can be confined to a set of tenants: there are no
// tenants within tenants, and it leaves everything as it is. That it has no write among its parts is seen to
// where they are checked.
func (k *checker) ofSet() {
	if len(k.cert.Tenants) != 1 || k.cert.Levels != 0 || len(k.own.Levels) != 1 {
		k.fail("a set of tenants of several levels is not known")
	}
	if k.st.Locks || len(k.st.Targets) > 0 || len(k.st.Fired) > 0 || len(k.st.Draws) > 0 {
		k.fail("what is confined to a set of tenants does more than read")
	}
	if len(k.cert.Sets) > 0 || len(k.cert.Outer) > 0 {
		k.fail("a proof about a set of tenants is about new rows")
	}
}

// holdsSet reports whether parameter n is always given, and the array of one type at each of its
// places.
func (k *checker) holdsSet(n int) bool {
	i := slices.IndexFunc(k.st.Params, func(p *query.ParamInfo) bool { return p.Number == n })
	return i >= 0 && !k.st.Params[i].Nullable && !k.st.Params[i].Slice && k.familyOfElements(n) != ""
}

// isElement reports whether a step is what x = ANY (array) says of a column x, that is true of
// every row that matters.
func (k *checker) isElement(st *certificate.Step, s *scope) bool {
	op, ok := st.Node.(*query.Op)
	if !k.cert.Set || !ok || op.Among == nil || len(op.Args) == 0 || !s.holds(op) {
		return false
	}
	x, ok := op.Args[0].(*query.Col)
	return ok && st.A == certificate.Column(x.Rel, x.Index) && st.B == certificate.Element(op.Among.Number)
}

// familyOfElements is the family of the elements of an array in a parameter, "" when another place
// may make another array of it.
func (k *checker) familyOfElements(n int) string {
	i := slices.IndexFunc(k.st.Params, func(p *query.ParamInfo) bool { return p.Number == n })
	if i < 0 || len(k.st.Params[i].Elements) != 1 {
		return ""
	}
	element := catalog.Value{Type: k.st.Params[i].Elements[0]}
	if t := k.db.Type(element.Type); t != nil {
		element.Kind = t.Kind
	}
	return family(&catalog.Column{Value: element})
}
