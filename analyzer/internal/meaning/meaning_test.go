package meaning

import (
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestAcceptedDoNotInterfere holds the checker to the meaning of the IR. Whatever certificate it accepts
// of a random statement, the prover's or one that is forged of parts of the statement, the statement yields the
// same in states that differ in other tenants' rows alone. Statements that are seen to yield something else
// are those of which no forgery may be accepted: most of the work goes into theirs.
//
// TENANTGEN_TRIALS is how many pairs of states to try and certificates to forge, TENANTGEN_SEED the seed.
func TestAcceptedDoNotInterfere(t *testing.T) {
	x := newJudge(t)
	x.search(t, x.read)
	t.Logf("%d statements of up to %d relations: %d proved, %d more with a forged certificate that is accepted, %d seen to interfere; %d pairs of states, %d forged certificates",
		x.statements, maxRelations, x.proved, x.forged, x.interfere, x.pairs, x.forgeries)
	// One in some 600 statements is accepted by a forged certificate alone.
	if x.proved*20 < x.statements || x.forged == 0 && !testing.Short() || x.interfere*20 < x.statements {
		t.Errorf("the search is too weak to show anything")
	}
}

// TestAcceptedWritesDoNotInterfere is TestAcceptedDoNotInterfere for statements that write: nor may what they leave of
// the tenant's rows differ, and other tenants' rows stay as they are. All states keep every premise.
func TestAcceptedWritesDoNotInterfere(t *testing.T) {
	x := newJudge(t)
	x.search(t, x.write)
	t.Logf("%d statements: %d proved, %d more with a forged certificate that is accepted, %d seen to interfere; %d pairs of states, in %d of which rows changed, %d forged certificates",
		x.statements, x.proved, x.forged, x.interfere, x.pairs, x.changed, x.forgeries)
	if x.proved*20 < x.statements || x.interfere*20 < x.statements || x.changed*20 < x.pairs {
		t.Errorf("the search is too weak to show anything")
	}
}

const (
	maxRelations = 5
	few, many    = 8, 40 // pairs of states, and forgeries, of a statement
)

func newJudge(t *testing.T) *judge {
	return &judge{world: newWorld(t), trials: pgserver.Number(t, "TENANTGEN_TRIALS", trials()), seed: uint64(pgserver.Number(t, "TENANTGEN_SEED", 1))}
}

// trials are those of a run that nobody asks for more.
func trials() int {
	if testing.Short() {
		return 20_000
	}
	return 100_000
}

// search tries statements until there were enough trials, or too many are wrong.
func (x *judge) search(t *testing.T, try func(n uint64) (how, sql string)) {
	for n, failures := uint64(0), 0; x.pairs+x.forgeries < x.trials && failures < 3; n++ {
		if how, sql := try(n); how != "" {
			failures++
			t.Errorf("seed %d, statement %d interferes, and the checker accepts %s:\n%s", x.seed, n, how, sql)
		}
	}
}
