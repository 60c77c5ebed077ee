package meaning

import (
	"math/rand/v2"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestAcceptedDoNotInterfere holds the checker to the meaning of the IR. Whatever certificate it accepts
// of a random statement, the prover's or one that is forged of parts of the statement, the statement yields the
// same in states that differ in other tenants' rows alone. Statements that are seen to yield something else
// are those of which no forgery may be accepted: most of the work goes into theirs.
//
// TENANTGEN_TRIALS is how many pairs of states to try and certificates to forge, TENANTGEN_SEED the seed.
func TestAcceptedDoNotInterfere(t *testing.T) {
	x := &judge{world: newWorld(t), trials: pgserver.Number(t, "TENANTGEN_TRIALS", trials()), seed: uint64(pgserver.Number(t, "TENANTGEN_SEED", 1))}
	x.search(t)
	t.Logf("%d statements of up to %d relations: %d proved, %d more with a forged certificate that is accepted, %d seen to interfere; %d pairs of states, %d forged certificates",
		x.statements, maxRelations, x.proved, x.forged, x.interfere, x.pairs, x.forgeries)
	if x.proved*20 < x.statements || x.forged == 0 || x.interfere*20 < x.statements {
		t.Errorf("the search is too weak to show anything")
	}
}

const (
	maxRelations = 5
	few, many    = 8, 40 // pairs of states, and forgeries, of a statement
)

type judge struct {
	*world
	trials   int
	seed     uint64
	failures int

	statements, proved, forged, interfere, pairs, forgeries int
}

// trials are those of a run that nobody asks for more.
func trials() int {
	if testing.Short() {
		return 20_000
	}
	return 200_000
}

func (x *judge) search(t *testing.T) {
	for n := uint64(0); x.pairs+x.forgeries < x.trials && x.failures < 3; n++ {
		r := rand.New(rand.NewPCG(x.seed, n))
		g := &gen{Rand: r, tables: x.tables(), array: n%8 == 7}
		st := g.statement(1 + r.IntN(maxRelations))
		if n%8 == 3 || n%16 == 7 {
			st = g.directed()
		}
		x.statements++
		if how := x.wrong(r, st, g.array); how != "" {
			x.failures++
			t.Errorf("seed %d, statement %d interferes, and the checker accepts %s:\n%s", x.seed, n, how, SQL(st.Root))
		}
	}
}

// wrong says which proof of a statement the checker accepts though it interferes, "" for none.
func (x *judge) wrong(r *rand.Rand, st *query.Statement, set bool) string {
	prove := prover.Prove
	if set {
		prove = prover.ProveSet
	}
	if proof := prove(x.db, x.own, st); len(proof.Failures) == 0 && checker.Check(x.db, st, x.own, proof.Certify(proof.Tenants)) == nil {
		x.proved++
		if x.interferes(r, st, set, max(proof.Tenants[0], 1), many) {
			return "the prover's proof"
		}
		return ""
	}
	interferes, forgeries := x.interferes(r, st, set, 1, few), few
	if interferes {
		x.interfere++
		forgeries = many
	}
	for range forgeries {
		x.forgeries++
		if checker.Check(x.db, st, x.own, forge(r, x.world, st, set)) == nil {
			x.forged++
			if interferes || x.interferes(r, st, set, 1, many) {
				return "a forged proof"
			}
			return ""
		}
	}
	return ""
}

// interferes runs a statement in pairs of states, with the tenant in a parameter.
func (x *judge) interferes(r *rand.Rand, st *query.Statement, set bool, param, pairs int) bool {
	mine := func(v Value) bool { return v == tenant || set && v == second }
	for range pairs {
		x.pairs++
		a, b := x.pair(r, mine)
		params, arrays := map[int]Value{1: Value(r.IntN(3)), 2: Value(r.IntN(3))}, map[int][]Value{1: {tenant, second}}
		params[param] = tenant
		seed := r.Uint64()
		if !Equal(Run(st, a, params, arrays, seed), Run(st, b, params, arrays, seed)) {
			return true
		}
	}
	return false
}
