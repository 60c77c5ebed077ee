package meaning

import (
	"math/rand/v2"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestAcceptedWritesDoNotInterfere is TestAcceptedDoNotInterfere for statements that write: nor may what they leave of
// the tenant's rows differ, and other tenants' rows stay as they are. All states keep every premise.
func TestAcceptedWritesDoNotInterfere(t *testing.T) {
	x := &judge{world: newWorld(t), trials: pgserver.Number(t, "TENANTGEN_TRIALS", trials()), seed: uint64(pgserver.Number(t, "TENANTGEN_SEED", 1))}
	changed := 0
	for n := uint64(0); x.pairs+x.forgeries < x.trials && x.failures < 3; n++ {
		r := rand.New(rand.NewPCG(x.seed, n))
		g := &gen{Rand: r, tables: x.tables()}
		st := g.written(1 + r.IntN(3))
		if n%8 == 3 {
			st = g.directedWrite()
		}
		x.statements++
		if how := x.wrongWrite(r, st, &changed); how != "" {
			x.failures++
			t.Errorf("seed %d, statement %d interferes, and the checker accepts %s:\n%s", x.seed, n, how, SQL(st.Root))
		}
	}
	t.Logf("%d statements: %d proved, %d more with a forged certificate that is accepted, %d seen to interfere; %d pairs of states, in %d of which rows changed, %d forged certificates",
		x.statements, x.proved, x.forged, x.interfere, x.pairs, changed, x.forgeries)
	if x.proved*20 < x.statements || x.interfere*20 < x.statements || changed*20 < x.pairs {
		t.Errorf("the search is too weak to show anything")
	}
}

func (x *judge) wrongWrite(r *rand.Rand, st *query.Statement, changed *int) string {
	if proof := prover.Prove(x.db, x.own, st); len(proof.Failures) == 0 && checker.Check(x.db, st, x.own, proof.Certify(proof.Tenants)) == nil {
		x.proved++
		if x.writesInterfere(r, st, max(proof.Tenants[0], 1), many, changed) {
			return "the prover's proof"
		}
		return ""
	}
	interferes, forgeries := x.writesInterfere(r, st, 1, few, changed), few
	if interferes {
		x.interfere++
		forgeries = many
	}
	for range forgeries {
		x.forgeries++
		if checker.Check(x.db, st, x.own, forgeWrite(r, x.world, st)) == nil {
			x.forged++
			if interferes || x.writesInterfere(r, st, 1, many, changed) {
				return "a forged proof"
			}
			return ""
		}
	}
	return ""
}

// writesInterfere runs a statement in pairs of states. What fails in one of them tells nothing.
func (x *judge) writesInterfere(r *rand.Rand, st *query.Statement, param, pairs int, changed *int) bool {
	mine := func(v Value) bool { return v == tenant }
	for range pairs {
		x.pairs++
		a, b := x.pair(r, mine)
		params := map[int]Value{1: Value(r.IntN(3)), 2: Value(r.IntN(3))}
		params[param] = tenant
		seed := r.Uint64()
		rows, afterA, err := Execute(st, a, params, seed)
		if err != nil {
			continue
		}
		others, afterB, err := Execute(st, b, params, seed)
		if err != nil {
			continue
		}
		if !x.same(x.only(a, mine), x.only(afterA, mine)) {
			*changed++
		}
		if !Equal(rows, others) || !x.same(x.only(afterA, mine), x.only(afterB, mine)) || x.harmed(a, afterA) || x.harmed(b, afterB) {
			return true
		}
	}
	return false
}

// harmed reports whether other tenants' rows have changed, or whose they are.
func (x *judge) harmed(before, after State) bool {
	theirs := func(v Value) bool { return v != tenant }
	was, is := x.only(before, theirs), x.only(after, theirs)
	is[x.plans], was[x.plans] = nil, nil
	return !x.same(was, is)
}
