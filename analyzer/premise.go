package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
)

// Premise is something that a proof rests on though nothing guarantees it.
type Premise = certificate.Premise

// PremiseKind tells what a Premise is about.
type PremiseKind = certificate.PremiseKind

// The kinds of premises.
const (
	ForeignKeyPremise = certificate.ForeignKeyPremise
	LinkPremise       = certificate.LinkPremise
	AgreementPremise  = certificate.AgreementPremise
	LevelsPremise     = certificate.LevelsPremise
)

// Insist makes queries fail whose proof rests on a premise about foreign keys that omit
// the tenant, as a finding of rule. It is for before the first analysis.
func (a *Analyzer) Insist(rule string) {
	a.insists = maps.Clone(a.insists)
	if a.insists == nil {
		a.insists = map[certificate.PremiseKind]string{}
	}
	a.insists[certificate.ForeignKeyPremise] = rule
}

// insisted lists the premises of a proof that do not do.
func (a *Analyzer) insisted(proof *prover.Proof, c *certificate.Certificate) []finding.Finding {
	var fails []finding.Finding
	for _, premise := range c.Assumes {
		rule, ok := a.insists[premise.Kind]
		if !ok {
			continue
		}
		f := finding.Finding{Rule: rule, Message: "this is confined to one tenant only if " + premise.Text,
			Hint: "include the tenant on both sides of the key, drop its action, or declare the query with -- tenantgen:cross-tenant <category> <reason>"}
		all := proof.Occurrences()
		if i := slices.IndexFunc(all, func(at prover.Occurrence) bool { return at.Target }); i >= 0 {
			f.Base, f.Pos = all[i].Base, all[i].Base.Pos
		}
		fails = append(fails, f)
	}
	return fails
}
