package meaning

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestEveryTinyStatement tries every statement of some forms up to a bound, in every state of its tables with two tenants and at
// most two rows to a table: one that the checker accepts yields the same in all that differ in other tenants' rows alone. Of one that
// interferes no proof is accepted: the prover's is not, nor is any that pins each occurrence by a chain of at most
// four of the steps for which its parts could be reasons.
//
// TENANTGEN_TINY is how many conditions stand for one of a form: 2 by default, 7 is all of them (`.ci/nightly search`).
func TestEveryTinyStatement(t *testing.T) {
	pgserver.Long(t)
	w := newWorld(t)
	e := &enumeration{world: w, gen: &gen{Rand: rand.New(rand.NewPCG(1, 1)), world: w}, universes: &universes{w, map[string]*universe{}}, size: pgserver.Number(t, "TENANTGEN_TINY", 2)}
	failures := 0
	for _, f := range e.forms() {
		e.counts = counts{}
		f.all(func(a asked) {
			if failures > 5 {
				return
			}
			if how := e.wrong(a); how != "" {
				failures++
				t.Errorf("%s: the checker accepts %s, and this interferes:\n%s", f.name, how, SQL(a.st.Root))
			}
		})
		t.Logf("%s: %d statements: %d proved, %d seen to interfere; %d chains, %d runs", f.name, e.statements, e.proved, e.interfering, e.chains, e.runs)
		if e.proved == 0 || e.interfering == 0 {
			t.Errorf("%s: a form of which none is proved, or none interferes, shows nothing", f.name)
		}
	}
}

// form is statements of one shape.
type form struct {
	name string
	all  func(try func(asked))
}

type enumeration struct {
	*world
	gen       *gen
	universes *universes
	size      int // how many conditions there are for one place
	counts
}

type counts struct{ statements, proved, interfering, chains, runs int }

// wrong says which proof of a statement the checker accepts though it interferes, "" for none.
func (e *enumeration) wrong(a asked) string {
	e.statements++
	a.param = 1
	if proof := prover.Prove(e.db, e.own, a.st); len(proof.Failures) == 0 {
		if c := proof.Certify(proof.Tenants); checker.Check(e.db, a.st, e.own, c) == nil {
			e.proved++
			if e.interferes(a.by(c)) {
				return "the prover's proof"
			}
			return ""
		}
	}
	if !e.interferes(a) {
		return ""
	}
	e.interfering++
	for round := range uint64(3) { // of what the forger leaves out each time
		if e.accepted(a.st, rand.New(rand.NewPCG(round, 0))) {
			return "a proof of such steps"
		}
	}
	return ""
}

// interferes runs a statement in every state, with both values of the other parameter.
func (e *enumeration) interferes(a asked) bool {
	mine := func(v Value) bool { return v == tenant }
	for _, alike := range e.universes.of(a.st).alike {
		for other := Value(0); other < 2; other++ {
			params := map[int]Value{1: other, 2: other, query.BySetting: tenant}
			params[a.param] = tenant
			first := outcome{failed: true}
			for _, s := range alike {
				e.runs++
				o := e.run(a, mine, s, params, nil, 1)
				if o.harms || e.apart(first, o) {
					return true
				}
				if first.failed {
					first = o
				}
			}
		}
	}
	return false
}

var unpinned = regexp.MustCompile(`^nothing pins table .* at byte (\d+)$`)

// accepted reports whether the checker accepts a proof of some steps. It names the occurrence that nothing pins yet, and for that
// every chain is tried: the first one with which it goes on to another stays, as any would do.
func (e *enumeration) accepted(st *query.Statement, r *rand.Rand) bool {
	f := newForger(r, e.world, st, false)
	f.steppings()
	for _, b := range f.bases {
		b.Pos = query.Span{Start: int(b.ID) + 1, End: int(b.ID) + 2}
	}
	if f.IntN(3) == 0 {
		f.cert.Demands = nil
	}
	f.demands()
	for _, w := range f.writes {
		f.sets(w)
	}
	err := e.check(f)
	for err != "" {
		m := unpinned.FindStringSubmatch(err)
		if m == nil {
			return false
		}
		at, _ := strconv.Atoi(m[1])
		i := slices.IndexFunc(f.bases, func(b *query.Base) bool { return b.Pos.Start == at })
		if i < 0 {
			return false
		}
		next, ok := e.pinned(f, f.bases[i])
		if !ok {
			return false
		}
		err = next
	}
	return true
}

// check is what the checker has against a proof, "" for nothing.
func (e *enumeration) check(f *forger) string {
	e.chains++
	if err := checker.Check(e.db, f.st, e.own, f.cert); err != nil {
		return err.Error()
	}
	return ""
}

// pinned finds a chain for the next place of an occurrence with which the checker goes on.
func (e *enumeration) pinned(f *forger, b *query.Base) (next string, ok bool) {
	p := certificate.Pin{Base: b, Role: certificate.Read, Row: b.ID}
	for action := range 3 {
		row, inserts := f.rows[inserts{b, action}]
		if w := f.writes[b]; inserts && (w.Kind == query.Insert || f.cert.Pinned(b, certificate.Read, 0) != nil) && f.cert.Pinned(b, certificate.Inserted, action) == nil {
			p = certificate.Pin{Base: b, Role: certificate.Inserted, Action: action, Row: row}
			break
		}
	}
	if f.cert.Pinned(b, p.Role, p.Action) != nil || p.Role == certificate.Read && f.writes[b] != nil && f.writes[b].Kind == query.Insert {
		p.Role, p.Row = certificate.Existing, b.ID
	}
	f.cert.Pins = append(f.cert.Pins, p)
	last := &f.cert.Pins[len(f.cert.Pins)-1]
	f.every(certificate.Owner(p.Row), f.target, nil, 4, func(c certificate.Chain) bool {
		last.Chain = c
		next = e.check(f)
		ok = next == "" || unpinned.MatchString(next)
		return !ok
	})
	return next, ok
}

// every calls try with each chain of at most so many steps, until that wants no more.
func (f *forger) every(a, b certificate.Term, path certificate.Chain, steps int, try func(certificate.Chain) bool) bool {
	for _, s := range f.steps[a] {
		if s.B == b {
			if !try(append(slices.Clip(path), s)) {
				return false
			}
		} else if steps > 1 && !slices.ContainsFunc(path, func(o certificate.Step) bool { return o.A == s.B }) {
			if !f.every(s.B, b, append(slices.Clip(path), s), steps-1, try) {
				return false
			}
		}
	}
	return true
}
