package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
)

// Resolver answers questions to the DNS, as net.Resolver does.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// DNSRecord is what an organization puts into the DNS to show that a domain is its own.
type DNSRecord struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// RecordOf is the record for an organization and a domain. The value says
// nothing to anybody else, and is no other organization's: nobody can show a
// domain to be theirs by what somebody else has put there.
func (a *App) RecordOf(org repo.OrgID, domain string) DNSRecord {
	mac := hmac.New(sha256.New, a.secret)
	mac.Write([]byte("domain\n" + org.String() + "\n" + domain))
	return DNSRecord{"_notes-verification." + domain, "TXT", "notes-verification=" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))}
}

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// domainOf reads a domain in its one spelling.
func domainOf(name string) (string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
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
	return read(a.ClaimDomain(ctx, c.org, c.PathValue("domain")))
}

// ClaimDomain notes that an organization says a domain is its own, and returns what shows it.
func (a *App) ClaimDomain(ctx context.Context, org repo.OrgID, name string) (DNSRecord, error) {
	domain, err := domainOf(name)
	if err != nil {
		return DNSRecord{}, err
	}
	return a.RecordOf(org, domain), a.repos.Domains.ClaimDomain(ctx, org, domain)
}

// verifyDomain is POST /orgs/{org}/domains/{domain}/verification: the DNS has
// the record. Whoever comes first has the domain.
func (a *App) verifyDomain(ctx context.Context, c *call) (*reply, error) {
	return nothing(a.VerifyDomain(ctx, c.org, c.PathValue("domain")))
}

// VerifyDomain accepts a claim for which the DNS has the record.
func (a *App) VerifyDomain(ctx context.Context, org repo.OrgID, name string) error {
	domain, err := domainOf(name)
	if err != nil {
		return err
	}
	record := a.RecordOf(org, domain)
	values, err := a.dns.LookupTXT(ctx, record.Name)
	if err != nil || !slices.Contains(values, record.Value) {
		return errUnverified
	}
	// A key says so among those that share a database.
	switch found, err := a.directory.FindOrganizationByDomain(ctx, domain); {
	case err == nil && found != org:
		return errConflict
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	return a.changes(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		rows, err := tx.Domains.VerifyDomain(ctx, org, domain)
		if err == nil && rows == 0 {
			err = errNotFound
		}
		return err
	})
}
