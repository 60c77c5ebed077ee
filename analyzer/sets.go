package analyzer

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// ofTenants is the directive of a query that reads rows of several tenants, those of its caller:
// it takes an array of them in the place of one.
const ofTenants = "tenants"

// DeclaresSet reports whether a query file may have a query for a set of tenants.
func DeclaresSet(text string) bool { return strings.Contains(text, "tenantgen:"+ofTenants) }

func isSet(d sqltext.Directive) bool { return d.Verb == ofTenants }

// judge proves a statement, of a set of tenants where it is declared so.
func (a *Analyzer) judge(u *sqltext.Unit, st *query.Statement, src *source, r *Result) []finding.Finding {
	i := slices.IndexFunc(u.Directives, isSet)
	if i < 0 || len(st.Opaque) > 0 {
		return a.prove(st, src, r)
	}
	r.Verdict, r.levels = Rejected, a.own.Levels
	if why := a.noSets(); why != "" {
		return []finding.Finding{{Rule: "invalid-directive", Message: why, Pos: u.Directives[i].Span,
			Hint: "call a query of one tenant for each of them, or declare it with -- tenantgen:cross-tenant <category> <reason>"}}
	}
	findings := a.proved(prover.ProveSet(a.db, a.own, st), OfTenants, st, src, r)
	for j := range findings {
		if findings[j].Pos == (query.Span{}) { // it is about the whole statement
			findings[j].Pos = u.Directives[i].Span
		}
	}
	return findings
}

// noSets says why there are no queries for a set of tenants, "" where there are.
func (a *Analyzer) noSets() string {
	switch {
	case a.own.Citus:
		return "queries for a set of tenants are not there yet where scale is citus, as each tenant's rows may be on another machine"
	case a.own.ByClaim:
		return "queries for a set of tenants are not there yet where policies find the tenant in a claim: they need a setting of their own"
	}
	return ""
}

// declareSet notes that the query is one for a set of tenants, which has been proved or refused.
func (r *Result) declareSet(reason string, fail func(rule, msg, hint string)) {
	if r.Verdict == Global {
		fail("unneeded-directive", "the query touches no rows of tenants, so its declaration for a set of them is not needed", "remove the declaration")
	}
	if r.Verdict == OfTenants {
		r.Category, r.Reason = ofTenants, reason
	}
}
