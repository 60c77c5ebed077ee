// Package user calls the functions of store. // want package:"analysed"
package user

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/app/ids"
	"example.com/app/store"
)

func calls(ctx context.Context, s *store.Store, org ids.OrgID, id string) {
	s.Run(ctx, "DELETE FROM notes WHERE id = $1", id) // want `unscoped-write: deletes rows of every tenant in notes`
	s.Run(ctx, "DELETE FROM notes WHERE org_id = $1", org)
	s.Run(ctx, "DELETE FROM notes WHERE org_id = $1", id)        // want `untyped-tenant: \$1, the tenant, gets id`
	s.Run(ctx, fmt.Sprint("DELETE FROM ", id))                   // want `dynamic-sql`
	s.For(ctx, org, "SELECT title FROM notes WHERE org_id = $1") // want `untyped-tenant: nobody sees what \$1`
	s.Delete(ctx, "notes", org)
	s.Delete(ctx, "plans", org) // want `unknown-column`
	s.Any(ctx, "notes", id)     // want `untyped-tenant: \$1, the tenant, gets id, which is no id of a tenant`
	store.Value[string](ctx, s, "SELECT title FROM notes WHERE org_id = $1", org)
	store.Value[string](ctx, s, "SELECT title FROM notes", org) // want `unscoped-table`
	s.Named(ctx, "SELECT title FROM notes WHERE org_id = @org LIMIT @limit", pgx.NamedArgs{"org": org, "limit": 1})
	s.Named(ctx, "SELECT title FROM notes WHERE org_id = @org", pgx.NamedArgs{"org": id}) // want `untyped-tenant: @org, the tenant, gets id`
	s.Twice(ctx, "SELECT title FROM notes WHERE org_id = $1", org)
	s.Changed(ctx, "SELECT title FROM notes WHERE org_id = $1", org) // want `untyped-tenant: nobody sees what`
	run := s.Run                                                     // want `unseen-sql`
	run(ctx, "DELETE FROM notes")
}
