package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/refusal"
	"github.com/tenantgen/tenantgen/analyzer/query"
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

// Insist makes queries fail whose proof rests on a premise of a kind, as a finding of rule.
// It is for before the first analysis.
func (a *Analyzer) Insist(kind PremiseKind, rule string) {
	a.insists = maps.Clone(a.insists)
	if a.insists == nil {
		a.insists = map[certificate.PremiseKind]string{}
	}
	a.insists[kind] = rule
}

// insisted lists the premises of a proof that do not do.
func (a *Analyzer) insisted(proof *prover.Proof, c *certificate.Certificate) []finding.Finding {
	var fails []finding.Finding
	for _, premise := range c.Assumes {
		rule, ok := a.insists[premise.Kind]
		if !ok {
			continue
		}
		f := refusal.Premise(rule, premise)
		if at := occurs(proof, premise); at != nil {
			f.Base, f.Pos = at, at.Pos
		}
		fails = append(fails, f)
	}
	return fails
}

// occurs is where the statement uses the table that a premise is about, or else what it
// writes to, nil where it does neither.
func occurs(proof *prover.Proof, p Premise) *query.Base {
	all := proof.Occurrences()
	for _, is := range []func(prover.Occurrence) bool{
		func(at prover.Occurrence) bool { return at.Base.Table.Name == p.Table },
		func(at prover.Occurrence) bool { return at.Target },
	} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i].Base
		}
	}
	return nil
}
