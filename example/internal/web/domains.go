package web

import (
	"time"

	"github.com/tenantgen/tenantgen/example/internal/app"
)

// domainList is the page of domains.
type domainList struct {
	Domains []claim
}

// claim is a domain that the organization says is its own, and what shows it.
type claim struct {
	Domain   string
	Verified *time.Time
	Record   app.DNSRecord
}

// listDomains is GET …/domains.
func (w *Web) listDomains(v *visit) error {
	domains, err := w.repos.Domains.ListDomains(v.r.Context(), v.org)
	if err != nil {
		return err
	}
	list := domainList{}
	for _, d := range domains {
		list.Domains = append(list.Domains, claim{d.Domain, d.VerifiedAt, w.app.RecordOf(v.org, d.Domain)})
	}
	return w.show(v, "domains", "Domains", "domains", list)
}

// claimDomain is POST …/domains.
func (w *Web) claimDomain(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	if _, err := w.app.ClaimDomain(v.r.Context(), v.org, v.r.PostFormValue("domain")); err != nil {
		return w.again(v, err, (*Web).listDomains)
	}
	return v.done("domains", "domain-claimed")
}

// verifyDomain is POST …/domains/{domain}/verify.
func (w *Web) verifyDomain(v *visit) error {
	if err := w.app.VerifyDomain(v.r.Context(), v.org, v.r.PathValue("domain")); err != nil {
		return w.again(v, err, (*Web).listDomains)
	}
	return v.done("domains", "domain-verified")
}
