// Package refusal puts into words why a statement is refused, and what to write instead: it
// turns what the prover could not prove, which is data, into findings.
package refusal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Of says what could not be proved of a statement.
func Of(st *query.Statement, failures []prover.Failure) []finding.Finding {
	var all []finding.Finding
	for _, f := range failures {
		all = append(all, say(st, f))
	}
	settle(failures, all)
	return unsaid(st, crossing(st, failures, all))
}

// settle gives a conflict the hint of the rows that meet it, where these are not the tenant's
// themselves: no conflict target does before they are.
func settle(failures []prover.Failure, all []finding.Finding) {
	for i, f := range failures {
		j := slices.IndexFunc(failures, func(g prover.Failure) bool { return g.Kind == prover.UnconfinedInsert && g.At.Base == f.At.Base })
		if j >= 0 && (f.Kind == prover.UnconfinedExisting || f.Kind == prover.ForeignConflict) {
			all[i].Hint = all[j].Hint
		}
	}
}

func say(st *query.Statement, f prover.Failure) finding.Finding {
	words, ok := texts[f.Kind]
	if !ok {
		panic(fmt.Sprintf("refusal: nobody says what failure %d is", f.Kind))
	}
	s := words(said{st, f})
	s.Base, s.Pos = f.At.Base, f.Pos
	return s
}

// said is a failure with the statement that it is about.
type said struct {
	st *query.Statement
	prover.Failure
}

// texts has the words for each kind of failure.
var texts = map[prover.FailureKind]func(said) finding.Finding{
	prover.UndeclaredTable:    undeclared,
	prover.UnconfinedRows:     unconfined,
	prover.UnconfinedExisting: existing,
	prover.UnconfinedInsert:   inserted,
	prover.NullableTenant:     nullable,
	prover.ForeignConflict:    foreignConflict,
	prover.Misplaced:          misplaced,
	prover.Moved:              moved,
	prover.MovedByGenerated:   movedByGenerated,
	prover.MovedAnew:          movedAnew,
	prover.MovedToParent:      movedToParent,
	prover.MovedByLevel:       movedByLevel,
	prover.MovedByKey:         movedByKey,
	prover.ReachesOthers:      reachesOthers,
	prover.ReachesStrays:      reachesStrays,
	prover.MixedTenants:       mixed,
	prover.OneForTwoLevels:    oneForTwoLevels,
	prover.TriggerAssigns:     triggerAssigns,
	prover.TriggerDrops:       triggerDrops,
	prover.SetChanges:         setChanges,
	prover.SetOfLevels:        setOfLevels,
}

// table and column name the table of the occurrence, and columns of it.
func (s said) table() string          { return s.At.Base.Table.Name.String() }
func (s said) column(i int) string    { return s.At.Base.Table.Columns[i].Name }
func (s said) param(n int) string     { return s.st.ParamText(n) }
func (s said) level(i int) (n string) { return s.Levels[i].Name }

func undeclared(s said) finding.Finding {
	return finding.Finding{Rule: "undeclared-table", Message: "table " + s.table() + " has no tenant column and is not declared",
		Hint: "declare it under options.tenantgen.tables: " + s.Suggested.Text(s.At.Base.Table.Name)}
}

func mixed(s said) finding.Finding {
	f := finding.Finding{Rule: "mixed-tenants", Message: "the query uses several tenant parameters"}
	if s.At.Base == nil {
		return f
	}
	var names []string
	for _, n := range s.Params {
		names = append(names, s.param(n))
	}
	f.Message += ": " + strings.Join(names, ", ")
	f.Hint = "compare every tenant column with the same parameter"
	return f
}

func oneForTwoLevels(s said) finding.Finding {
	return finding.Finding{Rule: "mixed-tenants", Message: s.param(s.Params[0]) + " is both the " + s.level(0) + " and the " + s.level(1),
		Hint: "compare the columns of each level with a parameter of its own"}
}

// unsaid adds to what is wrong that a function counts as an aggregate.
func unsaid(st *query.Statement, fails []finding.Finding) []finding.Finding {
	for i := range fails {
		for _, name := range st.Unsaid {
			fails[i].Hint += "; or, as " + name + " may be an aggregate, say what it is: options.tenantgen.functions: {" + name + ": {kind: function}}"
		}
	}
	return fails
}

// Opaque says what of a statement is not understood, each thing once.
func Opaque(st *query.Statement) []finding.Finding {
	var fails []finding.Finding
	seen := map[finding.Finding]bool{}
	for _, o := range st.Opaque {
		f := finding.Finding{Rule: o.Rule, Message: o.Reason, Hint: o.Hint, Pos: o.Pos}
		if !seen[f] {
			fails = append(fails, f)
		}
		seen[f] = true
	}
	return fails
}

// Unchecked refuses a statement whose proof the checker does not accept: one of the
// two is wrong.
func Unchecked(err error) finding.Finding {
	return finding.Finding{Rule: "unchecked-proof", Message: "the proof that the query is scoped could not be checked: " + err.Error(),
		Hint: "this is a fault in tenantgen: please report the query; writing the tenant's condition for each table directly avoids it"}
}

// remedies say what does without a premise.
var remedies = map[certificate.PremiseKind]string{
	certificate.ForeignKeyPremise: "include the tenant on both sides of the key, drop its action",
	certificate.LevelsPremise:     "add the key that the finding about the table names",
}

// Premise refuses, by a rule, a proof that rests on a premise.
func Premise(rule string, p certificate.Premise) finding.Finding {
	return finding.Finding{Rule: rule, Message: "this is confined to one tenant only if " + p.Text,
		Hint: remedies[p.Kind] + ", or declare the query with -- tenantgen:cross-tenant <category> <reason>"}
}
