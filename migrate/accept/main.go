// Accept runs the migrations of a directory by the tool that they are written for:
// up, all the way down where the format has a way back, and up again. It is a
// module of its own, because the tools are no dependencies of tenantgen.
//
//	TENANTGEN_FORMATS=/tmp/formats go test -run TestTenChangesInEveryFormat .
//	cd migrate/accept && go run . tern /tmp/formats/tern/m postgres://…/empty_database
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"

	atlas "ariga.io/atlas/sql/migrate"
	"github.com/amacneil/dbmate/v2/pkg/dbmate"
	_ "github.com/amacneil/dbmate/v2/pkg/driver/postgres"
	gomigrate "github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	_ "github.com/golang-migrate/migrate/v4/source/file"
	"github.com/jackc/pgx/v5"
	tern "github.com/jackc/tern/v2/migrate"
)

// tools run the migrations of a directory on a database.
var tools = map[string]func(ctx context.Context, dir, database string) error{
	"golang-migrate": runGolangMigrate,
	"dbmate":         runDbmate,
	"tern":           runTern,
	"atlas":          runAtlas,
	"plain":          runStatements,
}

func main() {
	if len(os.Args) != 4 || tools[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: accept golang-migrate|dbmate|tern|atlas|plain <directory> postgres://…")
		os.Exit(2)
	}
	if err := tools[os.Args[1]](context.Background(), os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "accept:", err)
		os.Exit(1)
	}
	fmt.Println(os.Args[1], "accepts the migrations")
}

// inOrder runs steps up to the first that fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func runGolangMigrate(_ context.Context, dir, database string) error {
	u, err := url.Parse(database)
	if err != nil {
		return err
	}
	u.Scheme = "pgx5"
	m, err := gomigrate.New("file://"+dir, u.String())
	if err != nil {
		return err
	}
	return inOrder(m.Up, m.Down, m.Up)
}

func runDbmate(_ context.Context, dir, database string) error {
	u, err := url.Parse(database)
	if err != nil {
		return err
	}
	db := dbmate.New(u)
	db.MigrationsDir, db.AutoDumpSchema = []string{dir}, false
	down := func() error {
		found, err := db.FindMigrations()
		if err != nil {
			return err
		}
		for range found {
			if err := db.Rollback(); err != nil {
				return err
			}
		}
		return nil
	}
	return inOrder(db.Migrate, down, db.Migrate)
}

func runTern(ctx context.Context, dir, database string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	m, err := tern.NewMigrator(ctx, conn, "public.schema_version")
	if err != nil {
		return err
	}
	up := func() error { return m.Migrate(ctx) }
	return inOrder(func() error { return m.LoadMigrations(os.DirFS(dir)) }, up, func() error { return m.MigrateTo(ctx, 0) }, up)
}

// runAtlas checks the checksums too.
func runAtlas(ctx context.Context, dir, database string) error {
	d, err := atlas.NewLocalDir(dir)
	if err != nil {
		return err
	}
	return inOrder(func() error { return atlas.Validate(d) }, func() error { return runStatements(ctx, dir, database) })
}

// runStatements runs the statements one by one, as Atlas cuts them.
func runStatements(ctx context.Context, dir, database string) error {
	d, err := atlas.NewLocalDir(dir)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	files, err := d.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		statements, err := f.Stmts()
		if err != nil {
			return err
		}
		for _, s := range statements {
			if _, err := conn.Exec(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", f.Name(), err)
			}
		}
	}
	return nil
}
