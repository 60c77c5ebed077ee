package exampledb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantroute"
)

// Own is an organization with a database of its own.
type Own struct {
	Org      repo.OrgID
	OwnerURL string // a superuser's, as for Open
}

// shared is the name of the database of all who have no other.
const shared = "shared"

// route opens the way to the databases of organizations' own. The calls for an
// organization run there, behind the same repositories; that proof and policies
// hold there as well is what the migrations have seen to.
func (d *Database) route(ctx context.Context) (err error) {
	d.router, err = tenantroute.New(tenantroute.Config{
		Place: d.place,
		Open: func(ctx context.Context, name string) (*pgxpool.Pool, error) {
			url, ok := d.urls[name]
			if !ok {
				return nil, fmt.Errorf("there is no database %s", name)
			}
			return openPool(ctx, url, appRole)
		},
		Databases: func(context.Context) ([]string, error) { return slices.Sorted(maps.Keys(d.urls)), nil },
	})
	for _, name := range slices.Sorted(maps.Keys(d.urls)) {
		if err != nil || name == shared {
			continue
		}
		for role, list := range map[string]*[]*pgxpool.Pool{directoryRole: &d.own, workerRole: &d.workers} {
			pool, failed := openPool(ctx, d.urls[name], role)
			if failed != nil {
				return failed
			}
			*list = append(*list, pool)
		}
	}
	return err
}

// place is where an organization's rows are.
func (d *Database) place(_ context.Context, scope tenant.Scope) (tenantroute.Place, error) {
	if _, ok := d.urls[scope.ID()]; ok && scope.ID() != shared {
		return tenantroute.Place{Database: scope.ID()}, nil
	}
	return tenantroute.Place{Database: shared}, nil
}

// Elsewhere runs the queries that are declared to look across organizations on
// the databases of organizations' own, for the given reason: what is to be known
// of all of them has to be asked in each.
func (d *Database) Elsewhere(reason string) []*repo.CrossTenant {
	var list []*repo.CrossTenant
	for _, pool := range d.own {
		list = append(list, repo.New(tenant.New(nil, tenant.WithCrossTenantPool(pool))).CrossTenant(reason))
	}
	return list
}
