package meaning

import (
	"math/rand/v2"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// judge tries statements, and counts.
type judge struct {
	*world
	trials int
	seed   uint64
	// about says which of the proofs that are accepted count, nil for all.
	about func(*certificate.Certificate) bool

	statements, proved, forged, interfere, pairs, changed, forgeries int
}

// asked is a statement, and how its tenant is given.
type asked struct {
	st       *query.Statement
	set      bool // of tenants
	writes   bool
	param    int
	readAlso bool // posts that anybody may read are the same in both states
}

// read tries the statement of a number that reads, and says which proof of it the checker accepts though it interferes, "" for none.
func (x *judge) read(n uint64) (how, sql string) {
	r := rand.New(rand.NewPCG(x.seed, n))
	g := &gen{Rand: r, world: x.world, array: n%8 == 7}
	st := g.statement(1 + r.IntN(maxRelations))
	if n%4 == 1 || n%16 == 7 {
		st = g.directed()
	}
	return x.wrong(r, asked{st: st, set: g.array, param: 1}), SQL(st.Root)
}

// write is read for statements that write.
func (x *judge) write(n uint64) (how, sql string) {
	r := rand.New(rand.NewPCG(x.seed, n))
	g := &gen{Rand: r, world: x.world}
	st := g.written(1 + r.IntN(3))
	if n%4 == 3 {
		st = g.directedWrite()
	}
	return x.wrong(r, asked{st: st, writes: true, param: 1}), SQL(st.Root)
}

func (x *judge) wrong(r *rand.Rand, a asked) string {
	x.statements++
	prove := prover.Prove
	if a.set {
		prove = prover.ProveSet
	}
	if proof := prove(x.db, x.own, a.st); len(proof.Failures) == 0 {
		if c := proof.Certify(proof.Tenants); checker.Check(x.db, a.st, x.own, c) == nil {
			x.proved++
			if x.interferes(r, a.by(c), many) && x.counts(c) {
				return "the prover's proof"
			}
			return ""
		}
	}
	most := a
	most.readAlso = !a.set // fewer states: what interferes in these does in all
	interferes, forgeries := x.interferes(r, most, few), few
	if interferes {
		x.interfere++
		forgeries = many
	}
	for range forgeries {
		x.forgeries++
		c := forge(r, x.world, a.st, a.set)
		if checker.Check(x.db, a.st, x.own, c) == nil && x.counts(c) {
			x.forged++
			if a = a.by(c); interferes && a.param == most.param || x.interferes(r, a, many) {
				return "a forged proof"
			}
			return ""
		}
	}
	return ""
}

func (x *judge) counts(c *certificate.Certificate) bool { return x.about == nil || x.about(c) }

// by is the statement as a proof is about it.
func (a asked) by(c *certificate.Certificate) asked {
	a.param = max(c.Tenants[0], 1)
	a.readAlso = slices.ContainsFunc(c.Pins, func(p certificate.Pin) bool { return len(p.Chain) == 1 && p.Chain[0].Kind == certificate.MayRead })
	return a
}

// interferes runs a statement in pairs of states.
func (x *judge) interferes(r *rand.Rand, a asked, pairs int) bool {
	mine := func(v Value) bool { return v == tenant || a.set && v == second }
	for range pairs {
		x.pairs++
		one, two := x.pair(r, mine, a.readAlso)
		params, arrays := map[int]Value{1: Value(r.IntN(3)), 2: Value(r.IntN(3)), query.BySetting: tenant}, map[int][]Value{1: {tenant, second}}
		params[a.param] = tenant
		if x.differ(a, mine, one, two, params, arrays, r.Uint64()) {
			return true
		}
	}
	return false
}

// differ reports whether a statement tells two states apart, or changes what is others'.
func (x *judge) differ(a asked, mine func(Value) bool, one, two State, params map[int]Value, arrays map[int][]Value, seed uint64) bool {
	first := x.run(a, mine, one, params, arrays, seed)
	if first.failed {
		return false
	}
	if a.writes && !x.same(x.only(one, mine), first.left) {
		x.changed++
	}
	other := x.run(a, mine, two, params, arrays, seed)
	return !other.failed && (first.harms || other.harms || x.apart(first, other))
}

// outcome is what a run comes to. What fails tells nothing.
type outcome struct {
	rows   []Row
	left   State // of those whose it is, after a write
	failed bool
	harms  bool // others
}

func (w *world) run(a asked, mine func(Value) bool, in State, params map[int]Value, arrays map[int][]Value, seed uint64) outcome {
	if !a.writes {
		return outcome{rows: Run(a.st, in, params, arrays, seed)}
	}
	rows, after, err := Execute(a.st, in, params, seed)
	if err != nil {
		return outcome{failed: true}
	}
	return outcome{rows: rows, left: w.only(after, mine), harms: w.harmed(in, after)}
}

func (w *world) apart(x, y outcome) bool {
	return !x.failed && !y.failed && (!Equal(x.rows, y.rows) || x.left != nil && !w.same(x.left, y.left))
}

// harmed reports whether other tenants' rows have changed, or whose they are.
func (w *world) harmed(before, after State) bool {
	theirs := func(v Value) bool { return v != tenant }
	was, is := w.only(before, theirs), w.only(after, theirs)
	is[w.plans], was[w.plans] = nil, nil
	return !w.same(was, is)
}
