package tenantroute_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantroute"
)

// Small organizations share the tables of "main", larger ones have a schema there, and who pays for it a database. The directory says
// which: a table without tenants, in a database of its own, say.
func ExampleNew() {
	directory := func(context.Context, string) (tenantroute.Place, error) {
		return tenantroute.Place{}, tenant.ErrUnknown
	}
	urls := map[string]string{"main": "postgres://app@main/notes", "acme": "postgres://app@acme/notes"}
	router, err := tenantroute.New(tenantroute.Config{
		Place: func(ctx context.Context, scope tenant.Scope) (tenantroute.Place, error) {
			return directory(ctx, scope.ID())
		},
		Open: func(ctx context.Context, database string) (*pgxpool.Pool, error) {
			url, ok := urls[database]
			if !ok {
				return nil, fmt.Errorf("no database %s", database)
			}
			return pgxpool.New(ctx, url)
		},
		Shared:   []string{"shared"},
		MaxPools: 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()
	_ = tenant.New(nil, tenant.WithRoutes(router)) // repo.New of it
}

// Every place, a few databases at a time. What fails is told, and tried again by the next run.
func ExampleMigration_Migrate() {
	places := []tenantroute.Place{{Database: "main"}, {Database: "main", Schema: "globex"}, {Database: "acme"}}
	m := tenantroute.Migration{
		Apply: func(ctx context.Context, place tenantroute.Place) error {
			// goose.NewProvider on a connection to place.Database with search_path = place.SearchPath("shared")
			return nil
		},
		Databases: 1,
		Progress: func(p tenantroute.Progress) {
			fmt.Printf("%d of %d: (%s) %s\n", p.Done, p.Total, p.Place.SearchPath("shared"), p.Place)
		},
	}
	if err := m.Migrate(context.Background(), places); err != nil {
		log.Print(err)
	}
	// Output:
	// 1 of 3: () main
	// 2 of 3: ("globex", "shared") main/globex
	// 3 of 3: () acme
}
