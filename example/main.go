// The example is a notes service for several organizations on one PostgreSQL,
// built on what tenantgen generates from sqlc.yaml.
//
//	go run ./example
//
// starts it on a throw-away PostgreSQL, with two organizations in it, and
// prints where its pages are, who may sign in there, and how to call its API. With DATABASE_URL set it uses that database instead;
// the URL must be a superuser's, because the example makes its own roles.
// ADDR is where it listens, 127.0.0.1:8080 when not set. FILES_DIR is where files
// are kept, in memory when not set. DOMAIN_SECRET makes the
// DNS records by which organizations verify their domains.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "example:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done. It listens first, so that a port that somebody else has is known before a database is started.
func run(ctx context.Context, env func(string) string, out io.Writer) error {
	address := cmp.Or(env("ADDR"), "127.0.0.1:8080")
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address, such as ADDR=127.0.0.1:8081", address, err)
	}
	defer listener.Close() // again, after a server has closed it
	owner, stop, err := database(ctx, env("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer stop()
	own, err := ownDatabases(env("OWN_DATABASES"))
	if err != nil {
		return err
	}
	db, err := exampledb.Open(ctx, owner, own...)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Repositories().Verify(ctx); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	s, err := newService(ctx, db, log, env)
	if err != nil {
		return err
	}
	world, err := exampledb.Seed(ctx, db.Repositories())
	if err != nil {
		return err
	}
	demo, err := exampledb.SeedDemo(ctx, db.Repositories(), world)
	if err != nil {
		return err
	}
	if err := s.furnish(ctx, demo); err != nil {
		return err
	}
	return s.run(ctx, listener, func() { introduce(out, "http://"+listener.Addr().String(), demo) })
}

// database returns the owner's URL of the database to use, and what ends it.
func database(ctx context.Context, given string) (string, func(), error) {
	if given != "" {
		return given, func() {}, nil
	}
	server, err := pgserver.Start(ctx, pgserver.Options{})
	if err != nil {
		return "", nil, err
	}
	stop := func() { _ = server.Stop() } // the server dies with this process anyway
	owner, err := server.NewDatabase(ctx)
	if err != nil {
		stop()
		return "", nil, err
	}
	return owner, stop, nil
}
