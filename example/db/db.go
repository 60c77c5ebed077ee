// Package db carries the schema of the example and brings a database up to it.
package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that goose runs on
	"github.com/pressly/goose/v3"
)

// JobSchema is where River's tables are: beside the application's own, which are not to be taken for them.
const JobSchema = "river"

//go:embed migrations/*.sql
var embedded embed.FS

// Migrate runs the migrations that the database has not seen yet. It must
// connect as the owner of the tables, which is never the role that the
// application connects as: an owner may switch row-level security off.
func Migrate(ctx context.Context, ownerURL string) error {
	return migrate(ownerURL, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// migrate hands the migrations of a database to what is to be done with them.
func migrate(ownerURL string, do func(*goose.Provider) error) error {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	conn, err := sql.Open("pgx", ownerURL)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, conn, migrations)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := do(provider); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
