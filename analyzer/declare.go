package analyzer

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Categories are the kinds of work that may legitimately cross tenants.
var Categories = []string{"tenant-root", "token-lookup", "public", "background", "admin", "billing", "migration"}

// declare applies the `-- tenantgen:` comments of a statement. hidden tells that without
// policies it sees or leaves other rows of one tenant, which is a reason to declare it.
func (r *Result) declare(u *sqltext.Unit, at func(finding.Finding) Diagnostic, hidden bool) {
	for i, d := range u.Directives {
		if i > 0 && slices.ContainsFunc(u.Directives, isSet) {
			r.Verdict = Rejected // it is proved for the one or for the other
		}
		fail := func(rule, msg, hint string) {
			r.Diagnostics = append(r.Diagnostics, at(finding.Finding{Rule: rule, Message: msg, Hint: hint, Pos: d.Span}))
		}
		category, why, _ := strings.Cut(d.Rest, " ")
		why = strings.TrimSpace(why)
		switch {
		case d.Verb == ofTenants && i == 0:
			r.declareSet(d.Rest, fail)
		case d.Verb != "cross-tenant" && d.Verb != ofTenants:
			fail("invalid-directive", "tenantgen knows no directive "+d.Verb, "write -- tenantgen:cross-tenant <category> <reason>, or -- tenantgen:tenants")
			r.Verdict = Rejected
		case i > 0 && (r.Category != "" || slices.ContainsFunc(u.Directives, isSet)):
			fail("invalid-directive", "the query is declared twice", "keep one declaration")
		case !slices.Contains(Categories, category):
			fail("invalid-directive", "cross-tenant needs a category", "use one of "+strings.Join(Categories, ", "))
			r.Verdict = Rejected
		case why == "":
			fail("invalid-directive", "cross-tenant "+category+" gives no reason", "say behind the category why the query must cross tenants")
			r.Verdict = Rejected
		case r.Verdict == Rejected && !declarable(r.Diagnostics):
			// A statement that is not understood at all cannot be declared either.
		case r.Verdict == Rejected || hidden:
			r.Verdict, r.Category, r.Reason = CrossTenant, category, why
			r.Diagnostics, r.Relations, r.Tenants = nil, nil, nil
		default:
			fail("unneeded-directive", "the query is "+string(r.Verdict)+", so its cross-tenant declaration is not needed", "remove the declaration")
		}
	}
}

// declarable reports whether a declaration can answer the findings.
func declarable(ds []Diagnostic) bool {
	return !slices.ContainsFunc(ds, func(d Diagnostic) bool {
		return d.Rule == "syntax" || d.Rule == "mangled-parameter" || d.Rule == "copyfrom-trap" || d.Rule == "printed-text" || d.Rule == "invalid-directive"
	})
}
