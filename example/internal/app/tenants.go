package app

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// resolve says how a request names its organization: in the path, by its
// token, and, on a host that an organization has brought, by that. All of it
// has to be the same.
func resolve(hosts []string) tenanthttp.Resolver {
	return tenanthttp.Any(tenanthttp.All(pathOrganization, tenanthttp.Claim(claimOrg, tenanthttp.ByID)), tenanthttp.Domain(hosts...))
}

// pathOrganization is the {org} of a route. What is no id is nobody's.
func pathOrganization(r *http.Request) ([]tenanthttp.Key, error) {
	org, err := requested(r.PathValue("org"))
	if err != nil {
		return nil, tenant.ErrUnknown
	}
	return []tenanthttp.Key{{Kind: tenanthttp.ByID, Value: org.String()}}, nil
}

// findOrganization is the directory's lookup. An organization is read as
// itself; which one has verified a domain is asked across all of them.
func (a *App) findOrganization(ctx context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
	org, err := a.keyed(ctx, key)
	if err != nil {
		return tenanthttp.Entry{}, err
	}
	row, err := a.lookups.Organizations.GetOrganization(ctx, org)
	if errors.Is(err, pgx.ErrNoRows) {
		return tenanthttp.Entry{}, tenant.ErrUnknown
	}
	if err != nil {
		return tenanthttp.Entry{}, err
	}
	s, err := settingsOf(row.Settings)
	if err != nil {
		return tenanthttp.Entry{}, err
	}
	// An organization that has not paid can still do that: see paid.
	status, err := a.billing.Status(ctx, org)
	if err != nil {
		return tenanthttp.Entry{}, err
	}
	served := tenant.StatusActive
	if s.Suspended {
		served = tenant.StatusSuspended
	}
	metadata := s.metadata()
	metadata["billing"] = string(status)
	return tenanthttp.Entry{
		Tenant:   tenant.Tenant{Scope: org.Scope(), Slug: row.Slug, Plan: row.PlanID, Status: served, Metadata: metadata},
		Security: s.security(),
	}, nil
}

// keyed is the organization that a key names.
func (a *App) keyed(ctx context.Context, key tenanthttp.Key) (repo.OrgID, error) {
	switch key.Kind {
	case tenanthttp.ByID:
		org, err := requested(key.Value)
		if err != nil {
			return repo.OrgID{}, tenant.ErrUnknown
		}
		return org, nil
	case tenanthttp.ByDomain:
		found, err := a.directory.FindOrganizationByDomain(ctx, key.Value)
		if errors.Is(err, pgx.ErrNoRows) {
			return repo.OrgID{}, tenant.ErrUnknown
		}
		return found, err
	}
	return repo.OrgID{}, tenant.ErrUnknown
}

// findMember says what a person is to the organization that ctx is for. A
// change of role holds from the next request on.
func (a *App) findMember(ctx context.Context, p tenanthttp.Person, _ tenant.Tenant) (tenant.Member, error) {
	org, err := repo.OrgIDFrom(ctx)
	if err != nil {
		return tenant.Member{}, err
	}
	user, err := uuid.Parse(p.ID)
	if err != nil {
		return tenant.Member{}, tenant.ErrNotMember
	}
	m, err := a.lookups.Members.GetMember(ctx, org, user)
	if errors.Is(err, pgx.ErrNoRows) {
		return tenant.Member{}, tenant.ErrNotMember
	}
	role := m.Membership.Role
	return tenant.Member{ID: p.ID, Role: string(role), Permissions: permissions[role]}, err
}

// refused leaves a trace, one that can be alerted on where somebody asked for
// an organization that is not theirs.
func (a *App) refused(ctx context.Context, r tenanthttp.Refusal) {
	a.keep(ctx, r)
	home := Home(r.Person)
	message := "refused"
	if errors.Is(r.Err, tenant.ErrTenantMismatch) || errors.Is(r.Err, tenant.ErrNotMember) {
		message = "attempt across organizations"
	}
	a.log.WarnContext(ctx, message, "error", r.Err, "user", r.Person.ID, "home", home, "named", r.Named, "method", r.Request.Method, "path", r.Request.URL.Path)
}

// Watch hears of changes that other processes make to organizations, until ctx ends.
func (a *App) Watch(ctx context.Context) error { return a.organizations.Watch(ctx, a.db) }

// changes runs a transaction that changes what the directory keeps of the
// organization: this process forgets it, and the others are told.
func (a *App) changes(ctx context.Context, org repo.OrgID, fn func(context.Context, *repo.Tx) error) error {
	return a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if err := tenant.Announce(ctx, tx.Executor(), org.Scope(), tenanthttp.Topic); err != nil {
			return err
		}
		return tx.AfterCommit(func(context.Context) { a.organizations.Forget(org.String()) })
	})
}
