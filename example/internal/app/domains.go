package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/example/repo"
)

// Resolver answers questions to the DNS, as net.Resolver does.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// dnsRecord is what an organization puts into the DNS to show that a domain is its own.
type dnsRecord struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// recordOf is the record for an organization and a domain. The value says
// nothing to anybody else, and is no other organization's: nobody can show a
// domain to be theirs by what somebody else has put there.
func (a *App) recordOf(org repo.OrgID, domain string) dnsRecord {
	mac := hmac.New(sha256.New, a.secret)
	mac.Write([]byte("domain\n" + org.String() + "\n" + domain))
	return dnsRecord{"_notes-verification." + domain, "TXT", "notes-verification=" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))}
}

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// domain reads the domain of the path in its one spelling.
func (c *call) domain() (string, error) {
	name := strings.ToLower(strings.TrimSuffix(c.PathValue("domain"), "."))
	if len(name) > 200 || !domainName.MatchString(name) {
		return "", badRequest("this is no domain")
	}
	return name, nil
}

// listDomains is GET /orgs/{org}/domains.
func (a *App) listDomains(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Domains.ListDomains(ctx, c.org))
}

// claimDomain is PUT /orgs/{org}/domains/{domain}. The claim routes nobody
// until it is verified; the answer says how.
func (a *App) claimDomain(ctx context.Context, c *call) (*reply, error) {
	domain, err := c.domain()
	if err != nil {
		return nil, err
	}
	return read(a.recordOf(c.org, domain), a.repos.Domains.ClaimDomain(ctx, c.org, domain))
}

// verifyDomain is POST /orgs/{org}/domains/{domain}/verification: the DNS has
// the record. Whoever comes first has the domain.
func (a *App) verifyDomain(ctx context.Context, c *call) (*reply, error) {
	domain, err := c.domain()
	if err != nil {
		return nil, err
	}
	record := a.recordOf(c.org, domain)
	values, err := a.dns.LookupTXT(ctx, record.Name)
	if err != nil || !slices.Contains(values, record.Value) {
		return nil, errUnverified
	}
	var rows int64
	err = a.changes(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		rows, err = tx.Domains.VerifyDomain(ctx, c.org, domain)
		return err
	})
	return changed(rows, err)
}
