// Serve starts a throw-away PostgreSQL for the tests of a module that must not require
// this one, such as the runtime's: what pgserver is built on would weigh on its users.
// It answers requests on standard input, one JSON value each, until that ends; then the
// server does, too. See tenant/internal/pgtest for the other side.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// request is what a test wants: a new database, on a Citus cluster maybe, to drop one or, with
// Servers, pgbouncer in front of one.
type request struct {
	Do      string            `json:"do"`
	URL     string            `json:"url"`
	Servers int               `json:"servers"`
	Users   map[string]string `json:"users"`
}

type answer struct {
	URL     string   `json:"url"`
	Workers []string `json:"workers,omitempty"` // of Citus
	Version string   `json:"version,omitempty"` // of Citus
	Said    string   `json:"said,omitempty"`    // by pgbouncer, at last
	Error   string   `json:"error,omitempty"`
}

func main() {
	if err := serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	h := &house{bouncers: map[string]*pgserver.PgBouncer{}, citus: map[string]*pgserver.Citus{}}
	defer func() { err = errors.Join(err, h.close()) }()
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var r request
		if err := requests.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a, err := h.do(ctx, r)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

// house is what was started.
type house struct {
	server   *pgserver.Server
	bouncers map[string]*pgserver.PgBouncer // by their URLs
	citus    map[string]*pgserver.Citus
}

func (h *house) do(ctx context.Context, r request) (a answer, err error) {
	switch r.Do {
	case "database":
		a.URL, err = h.database(ctx)
	case "citus":
		var c *pgserver.Citus
		if c, err = pgserver.NewCitus(ctx); err == nil {
			h.citus[c.URL] = c
			a = answer{URL: c.URL, Workers: c.Workers, Version: c.Version}
		}
	case "pgbouncer":
		var b *pgserver.PgBouncer
		if b, err = pgserver.StartPgBouncer(ctx, r.URL, r.Servers, r.Users); err == nil {
			h.bouncers[b.URL()] = b
			a.URL = b.URL()
		}
	case "end":
		a.Said, err = h.end(ctx, r.URL)
	default:
		err = fmt.Errorf("cannot %q", r.Do)
	}
	return a, err
}

func (h *house) database(ctx context.Context) (string, error) {
	if h.server == nil {
		server, err := pgserver.Start(ctx, pgserver.Options{})
		if err != nil {
			return "", err
		}
		h.server = server
	}
	return h.server.NewDatabase(ctx)
}

// end drops a database, or stops a pgbouncer and returns what it said at last.
func (h *house) end(ctx context.Context, url string) (string, error) {
	if b := h.bouncers[url]; b != nil {
		delete(h.bouncers, url)
		return b.LastWords(), b.Stop()
	}
	if c := h.citus[url]; c != nil {
		return "", c.Drop(ctx)
	}
	return "", h.server.DropDatabase(ctx, url)
}

func (h *house) close() error {
	var errs []error
	for _, b := range h.bouncers {
		errs = append(errs, b.Stop())
	}
	if h.server != nil {
		errs = append(errs, h.server.Stop())
	}
	return errors.Join(errs...)
}
