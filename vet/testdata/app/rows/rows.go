// Package rows makes ids, where the application has a type of its own for them.
package rows

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"example.com/app/ids"
)

type note struct {
	Org   ids.OrgID
	Title string
}

func scoped(ctx context.Context, tx pgx.Tx, org ids.OrgID) (n note) {
	tx.QueryRow(ctx, "SELECT org_id, title FROM notes WHERE org_id = $1", org).Scan(&n.Org, &n.Title)
	return n
}

func spread(ctx context.Context, tx pgx.Tx, org ids.OrgID) (n note) {
	dest := []any{&n.Org, &n.Title}
	tx.QueryRow(ctx, "SELECT org_id, title FROM notes WHERE org_id = $1", org).Scan(dest...)
	return n
}

func crossing(ctx context.Context, tx pgx.Tx) (n note) {
	tx.QueryRow(ctx, "-- tenantgen:cross-tenant admin any\nSELECT org_id, title FROM notes").Scan(&n.Org, &n.Title) // want `made-tenant-id: Scan may write an OrgID into &n.Org`
	return n
}

func both(ctx context.Context, tx pgx.Tx, org ids.OrgID) (n note) {
	tx.QueryRow(ctx, "SELECT org_id, title FROM notes WHERE org_id = $1", org).Scan(&n.Org, &n.Title) // want `made-tenant-id`
	tx.QueryRow(ctx, "SELECT org_id FROM notes")
	return n
}

func elsewhere(row pgx.Row) (n note) {
	row.Scan(&n.Org, &n.Title) // want `made-tenant-id`
	return n
}

func collected(ctx context.Context, tx pgx.Tx, org ids.OrgID) ([]note, error) {
	rows, err := tx.Query(ctx, "SELECT org_id, title FROM notes WHERE org_id = $1", org)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[note])
}

func made(text []byte) (n note) {
	n.Org = ids.Parse("a")        // want `made-tenant-id: Parse makes an OrgID of anything`
	n.Org = ids.OrgID([16]byte{}) // want `made-tenant-id: \[16\]byte{} becomes an OrgID`
	n.Org = ids.FromContext(context.Background())
	n.Org = ids.Copy(n.Org)
	json.Unmarshal(text, &n)     // want `made-tenant-id`
	var level ids.Level = "acme" // want `made-tenant-id: "acme" becomes a Level`
	level = ids.Level(text)      // want `made-tenant-id`
	level = ids.Level(level)
	_ = level
	return n
}
