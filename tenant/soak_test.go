package tenant_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

// soakEnv sets how long TestSoak runs, such as 30s.
const soakEnv = "TENANTGEN_SOAK"

const (
	soakTenants = 100
	soakWorkers = 64
	soakConns   = 8 // far fewer than workers: most calls wait for a connection, and some in vain
)

// soakMarks numbers the rows that are written.
var soakMarks atomic.Int64

// soak is one run: its calls, and what became of them.
type soak struct {
	t       *testing.T
	db      *tenant.DB
	pool    *pgxpool.Pool // the application's
	admin   *pgxpool.Pool // for cross-tenant work
	super   *pgx.Conn     // looks at the server, after the run
	bounced bool          // there is a pgbouncer in between

	calls, faults counter
	notified      atomic.Int64
}

// Many goroutines call for many tenants, through too few connections, while contexts end, backends are killed and
// transactions collide. Not one row of another tenant may be seen or changed, no tenant may stay on a connection, and
// nothing may leak.
func TestSoak(t *testing.T) {
	length := 2 * time.Second
	if text := os.Getenv(soakEnv); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s: %v", soakEnv, err)
		}
	}
	databaseURL := newDatabase(t)
	fillForSoak(t, databaseURL)
	users := map[string]string{"tenant_test_app": "tenant_test", "tenant_test_admin": "tenant_test"}
	bounced := pgtest.PgBouncerForTest(t, databaseURL, soakConns/2, users)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec} {
		t.Run("direct "+mode.String(), func(t *testing.T) { runSoak(t, length, databaseURL, databaseURL, mode) })
	}
	t.Run("pgbouncer", func(t *testing.T) { runSoak(t, length, databaseURL, bounced, pgx.QueryExecModeCacheDescribe) })
}

// fillForSoak gives each tenant three rows, which stay. The size of a row is its tenant's number, whoever writes it.
func fillForSoak(t *testing.T, databaseURL string) {
	t.Helper()
	conn := connect(t, databaseURL)
	for _, sql := range []string{
		`delete from notes`,
		setPolicy,
		fmt.Sprintf(`insert into notes select ('c0000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'fixed ' || k, n
			from generate_series(1, %d) n, generate_series(1, 3) k`, soakTenants),
		// Deadlocks are wanted, so that they should not take long.
		`do $$ begin execute format('alter database %I set deadlock_timeout = ''20ms''', current_database()); end $$`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

func runSoak(t *testing.T, length time.Duration, databaseURL, through string, mode pgx.QueryExecMode) {
	s := &soak{t: t, super: connect(t, databaseURL), bounced: databaseURL != through}
	baseline := stacks()
	limit := func(n int32) func(*pgxpool.Config) {
		return func(c *pgxpool.Config) {
			c.MaxConns, c.ConnConfig.DefaultQueryExecMode = n, mode
			if s.bounced {
				withoutCancelRequests(c.ConnConfig)
			}
		}
	}
	s.pool = newPool(t, through, "tenant_test_app", limit(soakConns))
	s.admin = newPool(t, through, "tenant_test_admin", limit(2))
	s.db = tenant.New(s.pool, gen.WithSetting(setting, sets), tenant.WithCrossTenantPool(s.admin))

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began := time.Now()
	over := func() bool { // a slow machine gets more time, to try everything
		took := time.Since(began)
		return t.Failed() || took > length && (s.missing() == nil || took > length+time.Minute)
	}
	var workers, others sync.WaitGroup
	if !s.bounced { // pgbouncer has no LISTEN in transaction mode
		for n := range 4 {
			listening := make(chan struct{})
			others.Go(func() { s.listen(ctx, n+1, listening) })
			<-listening
		}
	}
	others.Go(func() { s.kill(ctx, databaseURL) })
	for range soakWorkers {
		workers.Go(func() {
			for !over() {
				s.call(t.Context())
			}
		})
	}
	workers.Wait()
	stop()
	others.Wait()

	t.Logf("calls: %v", &s.calls)
	t.Logf("faults: %v, notified: %d", &s.faults, s.notified.Load())
	for _, what := range s.missing() {
		t.Errorf("%s, which is what this test is about", what)
	}
	s.expectRowsInPlace()
	s.expectNothingLeft()
	if t.Failed() {
		return // closing would wait for the connections that are in use
	}
	s.pool.Close()
	s.admin.Close()
	s.expectNothingLeaked(baseline)
}

// call makes one call for one tenant, with one way to end early.
func (s *soak) call(parent context.Context) {
	ctx, cancel := context.WithTimeout(parent, 20*time.Second)
	defer cancel()
	early := rand.N(20 * time.Millisecond)
	switch rand.N(6) {
	case 0:
		ctx, cancel = context.WithTimeout(ctx, early)
		defer cancel()
	case 1:
		defer time.AfterFunc(early, cancel).Stop()
	case 2:
		if rand.N(20) == 0 {
			cancel()
		}
	}
	name := soakNames[rand.N(len(soakNames))]
	me := 1 + rand.N(soakTenants)
	s.calls.add(name)
	err := soakCalls[name](s, ctx, me)
	var wrong violation
	switch {
	case err == nil:
	case errors.As(err, &wrong):
		s.t.Errorf("%s for tenant %d: %v", name, me, err)
	default:
		if fault := s.faultOf(err); fault != "" {
			s.faults.add(fault)
		} else {
			s.t.Errorf("%s for tenant %d: an error that no fault explains: %v", name, me, err)
		}
	}
}

var soakNames = slices.Sorted(maps.Keys(soakCalls))

// violation is what this test is looking for; every other error is the fault's, or a surprise.
type violation string

func (v violation) Error() string { return string(v) }

func violated(format string, args ...any) error { return violation(fmt.Sprintf(format, args...)) }

// faultOf names the fault that explains an error, if one does.
func (s *soak) faultOf(err error) string {
	codes := map[string]string{
		"57P01": "killed", "57014": "canceled by the server", "40001": "serialization failure", "40P01": "deadlock",
	}
	if s.bounced {
		codes["08P01"] = "killed" // pgbouncer's word for a connection to the server that is gone
	}
	var pgErr *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &pgErr) && codes[pgErr.Code] != "":
		return codes[pgErr.Code]
	case errors.As(err, &pgErr):
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &network),
		strings.Contains(err.Error(), "conn closed"):
		return "connection lost"
	}
	return ""
}

// kill ends backends, busy or idle, from another connection.
func (s *soak) kill(ctx context.Context, databaseURL string) {
	conn, err := pgx.Connect(s.t.Context(), databaseURL)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer conn.Close(s.t.Context())
	for ctx.Err() == nil {
		time.Sleep(rand.N(60 * time.Millisecond))
		if _, err := conn.Exec(s.t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and usename like 'tenant_test_%' order by random() limit 1`); err != nil {
			s.t.Error(err)
		}
	}
}

// listen expects notifications of its tenant only. Its connection is killed now and then, too.
func (s *soak) listen(ctx context.Context, me int, listening chan struct{}) {
	var once sync.Once
	defer once.Do(func() { close(listening) })
	err := s.db.Listen(ctx, soakScope(me), "notes", func(_ context.Context, n tenant.Notification) error {
		once.Do(func() { close(listening) })
		if n.Listening {
			return nil
		}
		s.notified.Add(1)
		if n.Payload != soakID(me) {
			return violated("tenant %d was notified of %q", me, n.Payload)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		s.t.Errorf("Listen: %v", err)
	}
}

func soakID(n int) string { return fmt.Sprintf("c0000000-0000-0000-0000-%012d", n) }

func soakScope(n int) tenant.Scope { return gen.NewScope(setting, soakID(n)) }

// withoutCancelRequests keeps from pgbouncer what crashes it now and then when the server's connection is being killed,
// "server in bad state", as Debian 12's 1.18 does and 1.21 does no more. A call that is given up still closes its
// connection, in the midst of whatever it was doing.
func withoutCancelRequests(config *pgx.ConnConfig) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &uncanceling{conn}, nil
	}
}

type uncanceling struct{ net.Conn }

func (c *uncanceling) Write(message []byte) (int, error) {
	const cancelRequest = 80877102 // PostgreSQL manual, 55.7: the code of CancelRequest, after its length
	if len(message) >= 8 && binary.BigEndian.Uint32(message[4:]) == cancelRequest {
		return len(message), c.Conn.Close()
	}
	return c.Conn.Write(message)
}

// connect returns a superuser's connection.
func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// counter counts by name.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name]++
}

func (c *counter) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

func (c *counter) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(c.n)
}
