package prover

import (
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// pin is the outcome for one occurrence of a tenant table.
type pin struct {
	base   *query.Base
	level  int
	write  query.WriteKind // meaningful when target
	target bool
	params []int  // the parameters that its owner equals
	env    env    // what held there
	direct *fact  // the condition that says so, when one does by itself
	graph  *graph // what follows from env, nil when direct was enough
	role   certificate.Role
	row    query.RelID // whose owner it is about
	action int         // of MERGE, that inserts it
	parent int         // the number of the parent by which it has to be, 0 when any will do
	moved  bool        // it is the value that SET gives the tenant column
	outer  *term       // the value that INSERT gives the column of an outer level
	also   *readable   // what lets other tenants' rows through that may be read too
	set    bool        // params are arrays that its owner is an element of
}

// move is an assignment to a column that decides the owner of a row: the value is a
// parameter, or what the column holds already.
type move struct {
	set   *query.Set
	base  *query.Base
	value term
	graph *graph
	level int
	keeps term // the column, when it keeps its value, else no term
}

// demandBase checks one table occurrence.
func (p *prover) demandBase(b *query.Base, above env) {
	p.occurrence(pin{base: b, row: b.ID}, above)
}

func (p *prover) occurrence(at pin, above env) {
	owner := p.own.Of(at.base.Table)
	switch owner.Kind {
	case tenancy.Global:
		return
	case tenancy.Undeclared:
		p.fails = append(p.fails, Failure{Kind: UndeclaredTable, At: at.occurrence(), Pos: at.base.Pos, Owner: owner, Suggested: p.own.Suggest(p.db, at.base.Table)})
		return
	}
	p.agree(at.base.Table)
	at.level, at.env = owner.Level, above.and(env{witnesses: p.witness(at.base)})
	column := columnTerm(at.base.ID, owner.Column)
	at.set = p.several
	for _, f := range above.facts {
		if !at.set && owner.Kind == tenancy.Column && (f.a == column && f.b.IsParam() || f.b == column && f.a.IsParam()) {
			at.direct = f
			at.params = append(at.params, paramOf(f))
		}
	}
	if len(at.params) != 1 {
		at.close(p, ownerTerm(at.base.ID))
	}
	if len(at.params) == 0 && !at.target && !at.set && owner.Readable != nil {
		p.readAlso(&at, owner)
	}
	p.pins = append(p.pins, at)
}

func paramOf(f *fact) int {
	if f.a.IsParam() {
		return f.a.Number()
	}
	return f.b.Number()
}

// close finds every parameter that equals the owner.
func (at *pin) close(p *prover, owner term) {
	at.direct, at.graph = nil, newGraph(p.own, at.env)
	if at.params = nil; at.set {
		at.params = at.graph.arrays(owner)
		return
	}
	at.params = at.graph.params(owner)
}

// path is the chain of facts from the owner to parameter n.
func (at *pin) path(n int) []*fact {
	if at.also != nil {
		return []*fact{{a: ownerTerm(at.row), b: paramTerm(n), text: at.also.text, pos: at.also.or.Pos, kind: certificate.MayRead, node: at.also}}
	}
	if at.direct != nil {
		column := at.direct.a
		if column.IsParam() {
			column = at.direct.b
		}
		return []*fact{{a: ownerTerm(at.row), b: column, kind: certificate.Tenant}, at.direct}
	}
	to := paramTerm(n)
	if at.set {
		to = certificate.Element(n)
	}
	path, _ := at.graph.path(ownerTerm(at.row), to, maxFacts)
	return path
}
