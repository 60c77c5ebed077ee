package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

// citusSoak is a run on a cluster: what was read, and which inserts were acknowledged.
type citusSoak struct {
	db    *tenant.DB
	pool  *pgxpool.Pool
	rows  atomic.Int64
	marks atomic.Int64

	mu    sync.Mutex
	added []string
}

// citusSoakCalls expect rows of the tenant only, among them its three; what they add is found again at the end.
var citusSoakCalls = map[string]func(s *citusSoak, ctx context.Context, n int) error{
	"query": func(s *citusSoak, ctx context.Context, n int) error { return s.reads(ctx, s.db, n) },
	"row": func(s *citusSoak, ctx context.Context, n int) error {
		var foreign int
		err := gen.Scoped(s.db, citusScope(n), read).QueryRow(ctx, "select count(*) from notes where size <> $1", n).Scan(&foreign)
		return errors.Join(err, s.none(foreign, err))
	},
	"update": func(s *citusSoak, ctx context.Context, n int) error {
		_, err := gen.Scoped(s.db, citusScope(n), write).Exec(ctx, "update notes set size = $1", n)
		return err
	},
	"insert": func(s *citusSoak, ctx context.Context, n int) error {
		return s.adds(n, func(title string) error {
			_, err := gen.Scoped(s.db, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title, size) values ($1, $2, $3)", citusID(n), title, n)
			return err
		})
	},
	"foreign insert": func(s *citusSoak, ctx context.Context, n int) error {
		_, err := gen.Scoped(s.db, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title, size) values ($1, $2, -1)", citusID((n+1)%citusTenants), s.mark())
		if err == nil {
			return violated("planted a row")
		}
		return err
	},
	"batch": func(s *citusSoak, ctx context.Context, n int) error {
		batch := &pgx.Batch{}
		batch.Queue("select title, size from notes").Query(func(rows pgx.Rows) error { return s.read(rows, nil, n) })
		batch.Queue("update notes set size = $2 where org_id = $1", citusID(n), n)
		batch.Queue("select title, size from notes").Query(func(rows pgx.Rows) error { return s.read(rows, nil, n) })
		return gen.Scoped(s.db, citusScope(n), write).SendBatch(ctx, batch).Close()
	},
	"transaction": func(s *citusSoak, ctx context.Context, n int) error {
		return s.adds(n, func(title string) error {
			return gen.InTx(ctx, s.db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
				inner := gen.Savepoint(ctx, tx, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
					_, err := gen.Scoped(tx, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title, size) values ($1, '1', $2)", citusID(n), n)
					return err
				})
				if !hasCode(inner, uniqueViolation) {
					return inner
				}
				if _, err := gen.Global(tx, read).Exec(ctx, "select name from plans"); err != nil {
					return err
				}
				if _, err := gen.Scoped(tx, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title, size) values ($1, $2, $3)", citusID(n), title, n); err != nil {
					return err
				}
				return s.reads(ctx, tx, n)
			})
		})
	},
	"borrowed": func(s *citusSoak, ctx context.Context, n int) error {
		return pgx.BeginFunc(ctx, s.pool, func(outer pgx.Tx) error {
			if err := gen.JoinTx(ctx, s.db, outer, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error { return s.reads(ctx, tx, n) }); err != nil {
				return err
			}
			var left int
			err := outer.QueryRow(ctx, "select count(*) from notes").Scan(&left)
			return errors.Join(err, s.none(left, err))
		})
	},
	"copy": func(s *citusSoak, ctx context.Context, n int) error {
		return s.adds(n, func(title string) error {
			_, err := gen.Scoped(s.db, citusScope(n), write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title", "size"}, pgx.CopyFromRows([][]any{{citusID(n), title, n}}))
			return err
		})
	},
	"global": func(s *citusSoak, ctx context.Context, n int) error {
		tag, err := gen.Global(s.db, read).Exec(ctx, "select from notes")
		return errors.Join(err, s.none(int(tag.RowsAffected()), err))
	},
	"bare pool": func(s *citusSoak, ctx context.Context, n int) error {
		var left int
		var tenant string
		err := s.pool.QueryRow(ctx, "select count(*), coalesce(current_setting('app.org_id', true), '') from notes").Scan(&left, &tenant)
		if err == nil && tenant != "" {
			return violated("the tenant was left")
		}
		return errors.Join(err, s.none(left, err))
	},
}

func (s *citusSoak) mark() string { return fmt.Sprint("mark ", s.marks.Add(1)) }

func (s *citusSoak) none(rows int, err error) error {
	if err == nil && rows != 0 {
		return violated("%d rows of others", rows)
	}
	return nil
}

func (s *citusSoak) reads(ctx context.Context, q tenant.Executor, n int) error {
	rows, err := gen.Scoped(q, citusScope(n), read).Query(ctx, "select title, size from notes")
	return s.read(rows, err, n)
}

func (s *citusSoak) read(rows pgx.Rows, err error, n int) error {
	if err != nil {
		return err
	}
	var title string
	var size, own int
	_, err = pgx.ForEachRow(rows, []any{&title, &size}, func() error {
		if s.rows.Add(1); size != n {
			return violated("has row (%s, %d)", title, size)
		}
		own++
		return nil
	})
	if err == nil && own < 3 {
		return violated("has %d of its rows", own)
	}
	return err
}

// adds remembers the titles that were acknowledged.
func (s *citusSoak) adds(n int, f func(title string) error) error {
	title := s.mark()
	err := f(title)
	if err == nil {
		s.mu.Lock()
		s.added = append(s.added, citusID(n)+" "+title)
		s.mu.Unlock()
	}
	return err
}

// Goroutines call for tenants on both machines while contexts end and backends are killed, the coordinator's and the
// workers', and their connections with them. No row of another tenant is seen, none that was acknowledged is missing, and
// no tenant stays.
func TestCitusSoak(t *testing.T) {
	length := 5 * time.Second
	if text := os.Getenv(soakEnv); text != "" {
		length, _ = time.ParseDuration(text)
	}
	c := newCitus(t)
	pool := newPool(t, c.URL, "tenant_test_app", func(config *pgxpool.Config) {
		config.MaxConns = 8
		config.ConnConfig.RuntimeParams["lock_timeout"] = "200ms"
	})
	s := &citusSoak{pool: pool, db: tenant.New(pool, gen.WithCitus(), gen.WithSetting(setting, "app.project_id"))}
	names := slices.Sorted(maps.Keys(citusSoakCalls))
	var calls, failed, killed atomic.Int64
	var workers, killers sync.WaitGroup
	over := time.Now().Add(length)
	killing, stop := context.WithCancel(t.Context())
	for _, url := range append([]string{c.URL}, c.Workers...) {
		killers.Go(func() { killed.Add(killBackends(killing, url)) })
	}
	for range 32 {
		workers.Go(func() {
			for time.Now().Before(over) && !t.Failed() {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				if rand.N(4) == 0 {
					time.AfterFunc(rand.N(30*time.Millisecond), cancel)
				}
				name := names[rand.N(len(names))]
				calls.Add(1)
				err := citusSoakCalls[name](s, ctx, rand.N(citusTenants))
				var wrong violation
				if errors.As(err, &wrong) {
					t.Errorf("%s: %v", name, err)
				} else if err != nil {
					failed.Add(1)
				}
				cancel()
			}
		})
	}
	workers.Wait()
	stop()
	killers.Wait()
	t.Logf("%d calls, of which %d failed; %d backends killed; %d rows read; %d inserts acknowledged", calls.Load(), failed.Load(), killed.Load(), s.rows.Load(), len(s.added))
	s.expectInPlace(t, c)
}

// killBackends ends a session of the application's every now and then, on one machine.
func killBackends(ctx context.Context, url string) (n int64) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0
	}
	defer conn.Close(context.Background())
	for ctx.Err() == nil {
		var one int64
		if err := conn.QueryRow(ctx, `select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
			where usename = 'tenant_test_app' and datname = current_database() order by random() limit 1) x`).Scan(&one); err == nil {
			n += one
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(time.Second)):
		}
	}
	return n
}

// expectInPlace looks with the superuser's eyes.
func (s *citusSoak) expectInPlace(t *testing.T, c *pgtest.Citus) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "select org_id::text || ' ' || title, org_id = ('a0000000-0000-4000-8000-' || lpad(size::text, 12, '0'))::uuid from notes")
	if err != nil {
		t.Fatal(err)
	}
	there, foreign, missing := map[string]bool{}, 0, 0
	var mark string
	var own bool
	if _, err := pgx.ForEachRow(rows, []any{&mark, &own}, func() error {
		if there[mark] = true; !own {
			foreign++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, mark := range s.added {
		if !there[mark] {
			missing++
		}
	}
	if foreign != 0 || missing != 0 {
		t.Errorf("%d rows of the wrong tenant, %d acknowledged ones missing", foreign, missing)
	}
	prepared := 1
	for until := time.Now().Add(30 * time.Second); prepared > 0 && time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		err := conn.QueryRow(t.Context(), `select sum(result::int)::int from recover_prepared_transactions(),
			run_command_on_workers('select count(*) from pg_prepared_xacts where database = current_database()')`).Scan(&prepared)
		if err != nil {
			t.Fatal(err)
		}
	}
	if prepared != 0 {
		t.Errorf("%d prepared transactions left", prepared)
	}
	for range 8 {
		expectNothingLeft(t, s.pool)
	}
}
