package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/example/internal/web"
)

// importPause is how long an import waits after ten notes: long enough to see it go on, and for requests to come in between.
const importPause = 200 * time.Millisecond

// service is the API and the pages on one database.
type service struct {
	db     *exampledb.Database
	app    *app.App
	pages  *web.Web
	bucket *blob.Bucket
	log    *slog.Logger
}

func newService(ctx context.Context, db *exampledb.Database, log *slog.Logger, env func(string) string) (*service, error) {
	bills, err := billing.New(&billing.FakePayments{}, time.Now)
	if err != nil {
		return nil, err
	}
	options, err := configured(ctx, env)
	if err != nil {
		return nil, err
	}
	options.Billing, options.Workers, options.ImportPause = bills, db.Workers(), importPause
	bucket, err := files(env("FILES_DIR"))
	if err != nil {
		return nil, err
	}
	options.Bucket = bucket
	options.Elsewhere = db.Elsewhere("sign-in, where organizations have databases of their own")
	signIn := db.CrossTenant("sign-in: tokens, invitations, and where a person belongs")
	api, err := app.New(db.Tenants(), signIn, log, options)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(api, log)
	return &service{db: db, app: api, pages: pages, bucket: bucket, log: log}, err
}

// files is a bucket on a directory, or in memory.
func files(dir string) (*blob.Bucket, error) {
	if dir == "" {
		return memblob.OpenBucket(nil), nil
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true, NoTempDir: true})
	if err != nil {
		return nil, fmt.Errorf("FILES_DIR: %w", err)
	}
	return bucket, nil
}

// handler has the API, the pages, and whether the service is well.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	api := s.app.Handler()
	for _, prefix := range []string{"/orgs", "/orgs/", "/me/", "/branding", "/plans"} {
		mux.Handle(prefix, api)
	}
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("/", s.pages.Handler())
	return mux
}

// health is GET /healthz: 200 when the databases answer both roles.
func (s *service) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	if err := s.db.Ping(ctx); err != nil {
		s.log.ErrorContext(ctx, "not well", "error", err)
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// run serves until ctx is done, and then ends in order: requests under way are answered and streams ended, jobs stopped, and what all of them have used is written.
func (s *service) run(ctx context.Context, listener net.Listener, started func()) error {
	const cleanUp = "clean-up: expired tokens of all organizations"
	for _, all := range append(s.db.Elsewhere(cleanUp), s.db.CrossTenant(cleanUp)) {
		go app.CleanUp(ctx, all, time.Hour, s.log)
	}
	go func() {
		if err := s.app.Watch(ctx); ctx.Err() == nil {
			s.log.ErrorContext(ctx, "changes of organizations are not heard of", "error", err)
		}
	}()
	if err := s.app.StartJobs(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	keeping, done := context.WithCancel(context.WithoutCancel(ctx))
	kept := make(chan error, 1)
	go func() { kept <- s.app.Run(keeping) }()
	started()
	err := s.serve(ctx, listener)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = errors.Join(err, s.app.StopJobs(last))
	done() // what requests and jobs have used is written, too
	return errors.Join(err, <-kept, s.bucket.Close())
}

// serve answers requests until ctx is done, and then those under way.
func (s *service) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	streams := make(chan error, 1)
	go func() { streams <- s.app.Shutdown(last) }() // a stream is a request that does not end by itself
	if err := errors.Join(server.Shutdown(last), <-streams); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
