package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
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
func (a *Analyzer) insisted(p *prover, c *certificate.Certificate) []failure {
	var fails []failure
	for _, premise := range c.Assumes {
		rule, ok := a.insists[premise.Kind]
		if !ok {
			continue
		}
		f := failure{rule: rule, msg: "this is confined to one tenant only if " + premise.Text,
			hint: "include the tenant on both sides of the key, drop its action, or declare the query with -- tenantgen:cross-tenant <category> <reason>"}
		if i := slices.IndexFunc(p.pins, func(at pin) bool { return at.target }); i >= 0 {
			f.base, f.pos = p.pins[i].base, p.pins[i].base.Pos
		}
		fails = append(fails, f)
	}
	return fails
}
