package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// readable is a disjunction that is true of every row of an occurrence that matters,
// and each arm of which lets through the tenant's rows or rows that read_also names.
type readable struct {
	or   *query.Or
	arms []*graph // what follows from an arm, nil for one that says what read_also does
	text string
}

// readAlso looks for a disjunction that confines an occurrence to the tenant's rows
// and to those that every tenant may read. One arm at least must speak of the tenant.
func (p *prover) readAlso(at *pin, owner tenancy.Owner) {
	for _, or := range at.env.ors {
		found := &readable{or: or, text: certificate.SaysMayRead(at.base.Alias, owner.ReadAlso)}
		var params []int
		for _, arm := range or.Args {
			var g *graph
			ns, ok := p.allowed(arm, at.base, owner)
			if !ok {
				g = newGraph(p.own, at.env.and(p.holds(arm, at.env)))
				ns = g.params(ownerTerm(at.base.ID))
				ok = len(ns) > 0
			}
			if !ok {
				break
			}
			found.arms = append(found.arms, g)
			params = both(params, ns)
		}
		if len(params) > 0 && len(found.arms) == len(or.Args) {
			at.params, at.also = params, found
			return
		}
	}
}

// both intersects the parameters that arms ask for. Nil asks for none, and agrees
// with any.
func both(a, b []int) []int {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), func(n int) bool { return !slices.Contains(b, n) })
}

// allowed reports whether e is true only of rows that read_also names, with the
// parameter that has to be the tenant for that, nil for none.
func (p *prover) allowed(e query.Expr, b *query.Base, owner tenancy.Owner) ([]int, bool) {
	said := map[string][]*query.Param{}
	p.says(e, b.ID, said)
	for _, all := range owner.Readable {
		if params, ok := sayAll(said, all); ok && len(all) > 0 {
			return params, true
		}
	}
	or, ok := e.(*query.Or)
	if !ok {
		return nil, false
	}
	var params []int
	for _, arm := range or.Args {
		ns, ok := p.allowed(arm, b, owner)
		if !ok {
			return nil, false
		}
		params = both(params, ns)
	}
	return params, len(or.Args) > 0
}

// says collects the forms of the conditions about rel that are true when e is.
func (p *prover) says(e query.Expr, rel query.RelID, said map[string][]*query.Param) {
	if f, ok := p.forms[e]; ok && f.Rel == rel {
		said[f.Text] = f.Params
	}
	if and, ok := e.(*query.And); ok {
		for _, a := range and.Args {
			p.says(a, rel, said)
		}
	}
}

// sayAll reports whether all forms are said, of one parameter if of any.
func sayAll(said map[string][]*query.Param, forms []string) ([]int, bool) {
	var params []int
	for _, form := range forms {
		ps, ok := said[form]
		if !ok {
			return nil, false
		}
		for _, param := range ps {
			params = both(params, []int{param.Number})
		}
	}
	return params, true
}
