// The example is a notes service for several organizations on one PostgreSQL,
// built on what tenantgen generates from sqlc.yaml.
//
//	go run ./example
//
// starts it on a throw-away PostgreSQL, with two organizations in it, and
// prints how to call it. With DATABASE_URL set it uses that database instead;
// the URL must be a superuser's, because the example makes its own roles.
// ADDR is where it listens, 127.0.0.1:8080 when not set. DOMAIN_SECRET makes the
// DNS records by which organizations verify their domains.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/internal/billing"
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

// run serves until ctx is done.
func run(ctx context.Context, env func(string) string, out io.Writer) error {
	owner, stop, err := database(ctx, env("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer stop()
	db, err := exampledb.Open(ctx, owner)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Repositories().Verify(ctx); err != nil {
		return err
	}
	world, err := exampledb.Seed(ctx, db.Repositories())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	signIn := db.CrossTenant("sign-in: tokens, invitations, and where a person belongs")
	bills, err := billing.New(&billing.FakePayments{}, time.Now)
	if err != nil {
		return err
	}
	trusted, err := providers(ctx, env)
	if err != nil {
		return err
	}
	service, err := app.New(db.Tenants(), signIn, log, app.Options{
		Secret: []byte(env("DOMAIN_SECRET")), Billing: bills, Providers: trusted,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cmp.Or(env("ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	cleanUp := db.CrossTenant("clean-up: expired tokens of all organizations")
	go app.CleanUp(ctx, cleanUp, time.Hour, log)
	go func() {
		if err := service.Watch(ctx); ctx.Err() == nil {
			log.ErrorContext(ctx, "changes of organizations are not heard of", "error", err)
		}
	}()
	keeping, done := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() { kept <- service.Run(keeping) }()
	introduce(out, "http://"+listener.Addr().String(), world)
	err = serve(ctx, listener, service.Handler())
	done() // what the last requests have used is written, too
	return errors.Join(err, <-kept)
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

// serve answers requests until ctx is done, and then those under way.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
