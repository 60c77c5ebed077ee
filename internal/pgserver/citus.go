package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// EnvCitusBin names the directory of initdb and postgres in an installation that has Citus. Nothing looks for one by
// itself, and the gate needs none: docs/citus.md says how to build it, and .ci/nightly citus runs the tests that want it.
const EnvCitusBin = "TENANTGEN_CITUS_BIN"

// citus is the cluster of this test binary: a coordinator, and two workers.
var citus struct {
	mu      sync.Mutex
	servers []*Server
	err     error
}

// Citus is a database that a Citus cluster spreads over its workers.
type Citus struct {
	URL     string   // of the superuser, on the coordinator
	Workers []string // the same on the workers
	Version string   // what Citus calls itself

	name string
}

// CitusForTest returns an empty database on a cluster of Citus, which ends with the test binary. A test is passed over
// where EnvCitusBin is not set; where it is, what is missing fails the test.
func CitusForTest(t testing.TB) *Citus {
	t.Helper()
	if os.Getenv(EnvCitusBin) == "" {
		t.Skip(EnvCitusBin + " names no PostgreSQL with Citus")
	}
	c, err := NewCitus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// NewCitus returns an empty database on the cluster that this process shares, starting it for the first.
func NewCitus(ctx context.Context) (*Citus, error) {
	citus.mu.Lock()
	defer citus.mu.Unlock()
	if citus.servers == nil && citus.err == nil {
		citus.servers, citus.err = startCitus(context.Background(), os.Getenv(EnvCitusBin))
	}
	if citus.err != nil {
		return nil, citus.err
	}
	name := "tenantgen_" + randomName()
	c, err := newCitus(ctx, citus.servers, name)
	if err != nil {
		err = errors.Join(err, (&Citus{name: name}).Drop(ctx))
		return nil, fmt.Errorf("%w: %s has to name a PostgreSQL with Citus", err, EnvCitusBin)
	}
	return c, nil
}

// Drop drops the database from every machine.
func (c *Citus) Drop(ctx context.Context) error {
	var errs []error
	for _, s := range citus.servers {
		errs = append(errs, s.drop(ctx, c.name))
	}
	return errors.Join(errs...)
}

func startCitus(ctx context.Context, bin string) ([]*Server, error) {
	var servers []*Server
	for range 3 {
		s, err := Start(ctx, Options{BinDir: bin, Settings: map[string]string{
			"shared_preload_libraries": "citus", "wal_level": "logical", "max_prepared_transactions": "100",
			"citus.shard_count": "8", "citus.node_conninfo": "sslmode=disable", "citus.max_client_connections": "-1",
		}})
		if err != nil {
			return nil, fmt.Errorf("%w: %s has to name a PostgreSQL with Citus", err, EnvCitusBin)
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// newCitus makes a database on every machine, and one cluster of them.
func newCitus(ctx context.Context, servers []*Server, name string) (*Citus, error) {
	for _, s := range servers {
		if err := s.admin(ctx, "create database "+name+" template template0"); err != nil {
			return nil, err
		}
		if err := execute(ctx, s.URL(name), "create extension citus"); err != nil {
			return nil, err
		}
	}
	c := &Citus{URL: servers[0].URL(name), name: name}
	statements := []string{"select citus_set_coordinator_host('127.0.0.1', " + port(c.URL) + ")"}
	for _, s := range servers[1:] {
		c.Workers = append(c.Workers, s.URL(name))
		statements = append(statements, "select citus_add_node('127.0.0.1', "+port(s.URL(name))+")")
	}
	if err := execute(ctx, c.URL, statements...); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, c.URL)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	return c, conn.QueryRow(ctx, "select citus_version()").Scan(&c.Version)
}

func execute(ctx context.Context, databaseURL string, statements ...string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

func port(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return ""
	}
	return u.Port()
}
