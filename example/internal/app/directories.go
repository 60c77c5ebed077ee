package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
)

// directories look across the organizations of each database: those that share
// one come first, then those that have one of their own.
type directories []*repo.CrossTenant

// first asks one after the other. One that does not answer is an error: what it
// has might be what is looked for.
func first[T any](d directories, find func(*repo.CrossTenant) (T, error)) (found T, err error) {
	err = pgx.ErrNoRows
	for _, one := range d {
		if found, err = find(one); !errors.Is(err, pgx.ErrNoRows) {
			return found, err
		}
	}
	return found, err
}

// FindToken returns whose token this is.
func (d directories) FindToken(ctx context.Context, hash []byte) (repo.FindTokenRow, error) {
	return first(d, func(one *repo.CrossTenant) (repo.FindTokenRow, error) { return one.FindToken(ctx, hash) })
}

// FindInvitation returns which organization an invitation is for.
func (d directories) FindInvitation(ctx context.Context, hash []byte) (repo.OrgID, error) {
	found, err := first(d, func(one *repo.CrossTenant) (repo.FindInvitationRow, error) { return one.FindInvitation(ctx, hash) })
	return repo.NewOrgID(found.OrgID), err
}

// FindOrganizationByDomain returns the organization that has verified a domain.
func (d directories) FindOrganizationByDomain(ctx context.Context, domain string) (repo.OrgID, error) {
	found, err := first(d, func(one *repo.CrossTenant) (repo.FindOrganizationByDomainRow, error) {
		return one.FindOrganizationByDomain(ctx, domain)
	})
	return repo.NewOrgID(found.ID), err
}

// ListOrganizationsOfUser returns where a person belongs, in all of them.
func (d directories) ListOrganizationsOfUser(ctx context.Context, user uuid.UUID) ([]repo.ListOrganizationsOfUserRow, error) {
	all := []repo.ListOrganizationsOfUserRow{}
	for _, one := range d {
		some, err := one.ListOrganizationsOfUser(ctx, user)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b repo.ListOrganizationsOfUserRow) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return all, nil
}
