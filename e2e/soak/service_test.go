package soak_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"gocloud.dev/blob/fileblob"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// What a process of the service is told.
const (
	envSocket   = "SOAK_SOCKET"
	envDatabase = "SOAK_DATABASE"
	envFiles    = "SOAK_FILES"
)

// service is one process of a service with notes, jobs and files.
type service struct {
	db     *tenant.DB
	hub    *tenantstream.Hub
	jobs   *tenantjobs.Jobs[labels]
	client *river.Client[pgx.Tx]
	store  *tenantblob.Store
}

// serve is the process: until it is told to end.
func serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // the test is gone, in whatever way
	}()
	app, err := poolOf(ctx, appRole)
	if err != nil {
		return err
	}
	defer app.Close()
	workers, err := poolOf(ctx, workerRole)
	if err != nil {
		return err
	}
	defer workers.Close()
	bucket, err := fileblob.OpenBucket(os.Getenv(envFiles), &fileblob.Options{NoTempDir: true})
	if err != nil {
		return err
	}
	defer bucket.Close()
	s := &service{db: tenant.New(app, gen.WithSetting(setting)), store: tenantblob.New(bucket, setting)}
	s.hub = tenantstream.New(s.db, tenantstream.WithQueue(64))
	if err := s.work(workers); err != nil {
		return err
	}
	handler, err := s.handler()
	if err != nil {
		return err
	}
	_ = os.Remove(os.Getenv(envSocket)) // of a process that was killed
	listener, err := net.Listen("unix", os.Getenv(envSocket))
	if err != nil {
		return err
	}
	for s.client.Start(context.WithoutCancel(ctx)) != nil && ctx.Err() == nil { // while the database is away
		time.Sleep(50 * time.Millisecond)
	}
	return s.run(ctx, &http.Server{Handler: handler}, listener)
}

// run serves until ctx ends, and ends what is under way.
func (s *service) run(ctx context.Context, server *http.Server, listener net.Listener) error {
	go server.Serve(listener)
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(s.client.Stop(last), s.hub.Shutdown(last), server.Shutdown(last))
}

func poolOf(ctx context.Context, role string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(os.Getenv(envDatabase))
	if err != nil {
		return nil, err
	}
	config.ConnConfig.User, config.MaxConns = role, 12
	return pgxpool.NewWithConfig(ctx, config)
}

func (s *service) handler() (http.Handler, error) {
	m, err := tenanthttp.New(tenanthttp.Config{
		Authenticate: func(r *http.Request) (tenanthttp.Person, error) {
			return tenanthttp.Person{ID: r.Header.Get("Authorization")}, nil
		},
		Resolve: tenanthttp.PathValue("org", tenanthttp.ByID),
		Directory: tenanthttp.NewDirectory(func(_ context.Context, k tenanthttp.Key) (tenanthttp.Entry, error) {
			t, err := parse(k.Value)
			return tenanthttp.Entry{Tenant: t}, err
		}, tenanthttp.Limits{}),
		Member: findMember,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for pattern, do := range map[string]call{
		"POST /orgs/{org}/notes":             s.addNote,
		"GET /orgs/{org}/notes":              s.lastNote,
		"POST /orgs/{org}/jobs":              s.addJob,
		"GET /orgs/{org}/jobs":               s.listJobs,
		"GET /orgs/{org}/jobs/{id}":          s.job(s.jobs.Get),
		"DELETE /orgs/{org}/jobs/{id}":       s.job(s.jobs.Cancel),
		"PUT /orgs/{org}/files/{name...}":    s.putFile,
		"GET /orgs/{org}/files/{name...}":    s.getFile,
		"DELETE /orgs/{org}/files/{name...}": s.deleteFile,
		"GET /orgs/{org}/list":               s.listFiles,
	} {
		mux.Handle(pattern, m.Wrap(do))
	}
	mux.Handle("GET /orgs/{org}/events", m.Wrap(s.hub.SSE()))
	mux.Handle("GET /socket", s.hub.WebSocket(memberOf))
	return mux, nil
}

// call answers a request of a tenant: with what it returns, or with its error.
type call func(r *http.Request, own tenant.Tenant) (any, error)

func (do call) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var result any
	own, err := tenant.Current(r.Context())
	if err == nil {
		result, err = do(r, own)
	}
	switch {
	case errors.Is(err, tenantjobs.ErrNotFound), errors.Is(err, tenantblob.ErrNotFound), errors.Is(err, tenantblob.ErrName):
		http.NotFound(w, r)
	case errors.Is(err, tenantblob.ErrExists):
		w.WriteHeader(http.StatusConflict)
	case err != nil && fault(err):
		w.WriteHeader(http.StatusServiceUnavailable)
	case err != nil:
		slog.Error("no fault explains this", "request", r.Method+" "+r.URL.Path, "error", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case r.Method == http.MethodPost || r.Method == http.MethodPut:
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(result)
	default:
		if from, ok := result.(io.ReadCloser); ok {
			defer from.Close()
			_, _ = io.Copy(w, from)
			return
		}
		_ = json.NewEncoder(w).Encode(result)
	}
}

// fault reports whether an error is of a connection that was lost, a server that is not there or a call that was given up.
func fault(err error) bool {
	var pgErr *pgconn.PgError
	var connecting *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &pgErr): // PostgreSQL manual, appendix A: operator intervention, such as a shutdown, or a query that is given up
		return strings.HasPrefix(pgErr.Code, "57")
	case errors.As(err, &connecting), errors.As(err, &network), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "conn closed")
}

// do runs a statement in a transaction of the tenant.
func do(ctx context.Context, tx *tenant.Tx, own tenant.Tenant, sql string, args ...any) error {
	op := tenant.Operation{Name: "Do", Repository: "Soak", Command: tenant.CommandExec, Write: true}
	_, err := gen.Scoped(tx, own.Scope, op).Exec(ctx, sql, append([]any{own.ID()}, args...)...)
	return err
}

// number runs a statement that returns one.
func number(ctx context.Context, on tenant.Executor, own tenant.Tenant, sql string) (n int64, err error) {
	op := tenant.Operation{Name: "Number", Repository: "Soak", Command: tenant.CommandOne, Write: true}
	return n, gen.Scoped(on, own.Scope, op).QueryRow(ctx, sql, own.ID()).Scan(&n)
}

// note is what an event says of one.
type note struct {
	Seq  int64  `json:"seq"`
	Text string `json:"text"`
}

const noteAdded = "note.added"

func (s *service) addNote(r *http.Request, own tenant.Tenant) (any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	added := note{Text: string(text)}
	err = gen.InTx(r.Context(), s.db, own.Scope, func(ctx context.Context, tx *tenant.Tx) (err error) {
		if added.Seq, err = number(ctx, tx, own, "update counters set last = last + 1 where org_id = $1 returning last"); err != nil {
			return err
		}
		if err := do(ctx, tx, own, "insert into notes values ($1, $2, $3)", added.Seq, added.Text); err != nil {
			return err
		}
		data, err := json.Marshal(added)
		if err != nil {
			return err
		}
		return tenantstream.Publish(ctx, tx, own.Scope, tenantstream.Event{Type: noteAdded, Data: data, Labels: map[string]string{"of": own.ID()}})
	})
	return added, err
}

func (s *service) lastNote(r *http.Request, own tenant.Tenant) (any, error) {
	n, err := number(r.Context(), s.db, own, "select last from counters where org_id = $1")
	return note{Seq: n, Text: own.ID()}, err
}

func (s *service) addJob(r *http.Request, own tenant.Tenant) (any, error) {
	var args work
	if err := json.NewDecoder(r.Body).Decode(&args); err != nil {
		return nil, err
	}
	var job tenantjobs.Job[labels]
	err := gen.InTx(r.Context(), s.db, own.Scope, func(ctx context.Context, tx *tenant.Tx) (err error) {
		if err := do(ctx, tx, own, "insert into requests values ($1, $2)", args.Request); err != nil {
			return err
		}
		job, err = tenantjobs.Insert(ctx, s.jobs, tx, own.Scope, args, &tenantjobs.InsertOpts[labels]{Labels: labels{Mark: own.ID()}})
		return err
	})
	return job, err
}

func (s *service) listJobs(r *http.Request, own tenant.Tenant) (any, error) {
	return s.jobs.List(r.Context(), s.db, own.Scope, tenantjobs.Filter[labels]{First: 50})
}

func (s *service) job(do func(context.Context, tenant.Executor, tenant.Scope, int64) (tenantjobs.Job[labels], error)) call {
	return func(r *http.Request, own tenant.Tenant) (any, error) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			return nil, err
		}
		return do(r.Context(), s.db, own.Scope, id)
	}
}

func (s *service) putFile(r *http.Request, own tenant.Tenant) (any, error) {
	files, err := s.store.Of(own.Scope)
	if err != nil {
		return nil, err
	}
	return r.PathValue("name"), files.Put(r.Context(), r.PathValue("name"), "text/plain", r.Body)
}

func (s *service) getFile(r *http.Request, own tenant.Tenant) (any, error) {
	files, err := s.store.Of(own.Scope)
	if err != nil {
		return nil, err
	}
	content, _, err := files.Get(r.Context(), r.PathValue("name"))
	return content, err
}

func (s *service) deleteFile(r *http.Request, own tenant.Tenant) (any, error) {
	files, err := s.store.Of(own.Scope)
	if err != nil {
		return nil, err
	}
	return nil, files.Delete(r.Context(), r.PathValue("name"))
}

// listFiles returns how many files there are; a file that is another's makes it fail.
func (s *service) listFiles(r *http.Request, own tenant.Tenant) (any, error) {
	files, err := s.store.Of(own.Scope)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for file, err := range files.List(r.Context(), "") {
		if err != nil {
			return nil, err
		}
		names = append(names, fmt.Sprintf("%s %d", file.Name, file.Size))
	}
	return names, nil
}
