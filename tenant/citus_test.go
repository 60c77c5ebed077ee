package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

// citusTenants are enough to be on every machine. The first is called acme here.
const citusTenants = 12

func citusID(n int) string { return fmt.Sprintf("a0000000-0000-4000-8000-%012d", n) }

func citusScope(n int) tenant.Scope { return gen.NewScope(setting, citusID(n)) }

// citusSchema has the policies of a project with scale: citus. Every tenant n has notes "1", "2" and "3" of size n, and a
// task in each of two projects.
const citusSchema = `
create table plans (name text primary key);
create table notes (org_id uuid not null, title text not null, size integer, id bigint generated always as identity, primary key (org_id, title));
create table tasks (org_id uuid not null, project_id bigint not null, title text not null, primary key (org_id, title));
create policy tenant on notes
  using      (org_id = nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid)
  with check (org_id = nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid);
create policy tenant on tasks
  using (org_id = nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid
     and project_id = nullif(pg_catalog.current_setting('app.project_id', true), '')::bigint);
alter table notes enable row level security, force row level security;
alter table tasks enable row level security, force row level security;
select create_reference_table('plans');
select create_distributed_table('notes', 'org_id');
select create_distributed_table('tasks', 'org_id', colocate_with => 'notes');
create role tenant_test_app login password 'tenant_test' nosuperuser nobypassrls;
create role tenant_test_admin login password 'tenant_test' nosuperuser bypassrls;
grant select, insert, update, delete on notes, tasks, plans to tenant_test_app, tenant_test_admin;
insert into plans values ('free'), ('pro')`

// newCitus returns a database of that schema.
func newCitus(t *testing.T) *pgtest.Citus {
	t.Helper()
	c := pgtest.CitusForTest(t)
	conn, err := pgx.Connect(t.Context(), c.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	statements := strings.Split(citusSchema, ";\n")
	for n := range citusTenants {
		statements = append(statements,
			fmt.Sprintf("insert into notes (org_id, title, size) values ('%[1]s', '1', %[2]d), ('%[1]s', '2', %[2]d), ('%[1]s', '3', %[2]d)", citusID(n), n),
			fmt.Sprintf("insert into tasks values ('%[1]s', 1, 'of 1'), ('%[1]s', 2, 'of 2')", citusID(n)))
	}
	for _, sql := range statements {
		var known *pgconn.PgError
		if _, err := conn.Exec(t.Context(), sql); err != nil && !(errors.As(err, &known) && known.Code == "42710") { // roles are there already
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return c
}

// citusCalls are all kinds of call, by what they see and change. Each leaves the data as they were.
var citusCalls = map[string]func(ctx context.Context, db *tenant.DB, pool *pgxpool.Pool, n int) error{
	"query": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return seesNotes(ctx, gen.Scoped(db, citusScope(n), read), n, 3)
	},
	"query of one machine": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		rows, err := gen.Scoped(db, citusScope(n), read).Query(ctx, "select title, size from notes where org_id = $1", citusID(n))
		return readNotes(rows, err, n, 3)
	},
	"query row": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return counts(ctx, gen.Scoped(db, citusScope(n), read), "select count(*) from notes", 3)
	},
	"query left early": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		rows, err := gen.Scoped(db, citusScope(n), read).Query(ctx, "select title from notes")
		if err != nil {
			return err
		}
		rows.Next()
		rows.Close()
		return rows.Err()
	},
	"exec": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return changes(ctx, gen.Scoped(db, citusScope(n), write), 3, "update notes set size = size")
	},
	"insert and delete": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return errors.Join(
			changes(ctx, gen.Scoped(db, citusScope(n), write), 1, "insert into notes (org_id, title, size) values ($1, 'new', $2)", citusID(n), n),
			counts(ctx, gen.Scoped(db, citusScope(n), read), "select count(*) from notes", 4),
			changes(ctx, gen.Scoped(db, citusScope(n), write), 1, "delete from notes where org_id = $1 and title = 'new'", citusID(n)))
	},
	"insert on conflict": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return changes(ctx, gen.Scoped(db, citusScope(n), write), 1, `insert into notes (org_id, title, size) values ($1, '1', $2)
			on conflict (org_id, title) do update set size = excluded.size`, citusID(n), n)
	},
	"returning": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		rows, err := gen.Scoped(db, citusScope(n), write).Query(ctx, "update notes set size = size where org_id = $1 returning title, size", citusID(n))
		return readNotes(rows, err, n, 3)
	},
	"foreign insert": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		_, err := gen.Scoped(db, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title, size) values ($1, 'planted', 0)", citusID((n+1)%citusTenants))
		return expectCode(err, insufficient)
	},
	"foreign update": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return changes(ctx, gen.Scoped(db, citusScope(n), write), 0, "update notes set size = 0 where org_id = $1", citusID((n+1)%citusTenants))
	},
	"error": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		_, err := gen.Scoped(db, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title) values ($1, '1')", citusID(n))
		return expectCode(err, uniqueViolation)
	},
	"batch": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		batch := &pgx.Batch{}
		batch.Queue("select title, size from notes")
		batch.Queue("update notes set size = size where org_id = $1", citusID(n))
		batch.Queue("select count(*) from notes")
		results := gen.Scoped(db, citusScope(n), write).SendBatch(ctx, batch)
		rows, err := results.Query()
		if err = readNotes(rows, err, n, 3); err != nil {
			return errors.Join(err, results.Close())
		}
		tag, err := results.Exec()
		if err != nil || tag.RowsAffected() != 3 {
			return errors.Join(fmt.Errorf("%s, %w", tag, err), results.Close())
		}
		var count int
		err = results.QueryRow().Scan(&count)
		return errors.Join(expectCount(count, 3), err, results.Close())
	},
	"batch of functions": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		batch := &pgx.Batch{}
		var count int
		batch.Queue("select title, size from notes").Query(func(rows pgx.Rows) error { return readNotes(rows, nil, n, 3) })
		batch.Queue("select count(*) from notes").QueryRow(func(row pgx.Row) error { return row.Scan(&count) })
		return errors.Join(gen.Scoped(db, citusScope(n), read).SendBatch(ctx, batch).Close(), expectCount(count, 3))
	},
	"batch that fails": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		batch := &pgx.Batch{}
		batch.Queue("insert into notes (org_id, title, size) values ($1, 'undone', $2)", citusID(n), n)
		batch.Queue("insert into notes (org_id, title, size) values ($1, '1', $2)", citusID(n), n)
		return errors.Join(expectCode(gen.Scoped(db, citusScope(n), write).SendBatch(ctx, batch).Close(), uniqueViolation),
			counts(ctx, gen.Scoped(db, citusScope(n), read), "select count(*) from notes", 3))
	},
	"global": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return errors.Join(counts(ctx, gen.Global(db, read), "select count(*) from plans", 2), counts(ctx, gen.Global(db, read), "select count(*) from notes", 0))
	},
	"two levels": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return counts(ctx, gen.Scoped(db, citusScope(n).And(gen.NewScope("app.project_id", "2")), read), "select count(*) from tasks", 1)
	},
	"transaction": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			c := gen.Scoped(tx, citusScope(n), write)
			return errors.Join(seesNotes(ctx, c, n, 3), changes(ctx, c, 3, "update notes set size = size"), seesNotes(ctx, c, n, 3))
		})
	},
	"transaction that rolls back": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		err := gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			if err := changes(ctx, gen.Scoped(tx, citusScope(n), write), 3, "delete from notes"); err != nil {
				return err
			}
			return errDenied
		})
		return errors.Join(expectError(err, errDenied), counts(ctx, gen.Scoped(db, citusScope(n), read), "select count(*) from notes", 3))
	},
	"savepoint": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			err := gen.Savepoint(ctx, tx, citusScope(n), func(ctx context.Context, inner *tenant.Tx) error {
				return seesNotes(ctx, gen.Scoped(inner, citusScope(n), read), n, 3)
			})
			return errors.Join(err, seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 3))
		})
	},
	"savepoint that rolls back": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			err := gen.Savepoint(ctx, tx, citusScope(n), func(ctx context.Context, inner *tenant.Tx) error {
				_, err := gen.Scoped(inner, citusScope(n), write).Exec(ctx, "insert into notes (org_id, title) values ($1, '1')", citusID(n))
				return err
			})
			return errors.Join(expectCode(err, uniqueViolation), seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 3))
		})
	},
	"global in a transaction": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			return errors.Join(seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 3), counts(ctx, gen.Global(tx, read), "select count(*) from plans", 2),
				counts(ctx, gen.Global(tx, read), "select count(*) from notes", 0), seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 3))
		})
	},
	"level in a transaction": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			project := citusScope(n).And(gen.NewScope("app.project_id", "1"))
			return errors.Join(counts(ctx, gen.Scoped(tx, project, read), "select count(*) from tasks", 1), counts(ctx, gen.Scoped(tx, citusScope(n), read), "select count(*) from tasks", 0))
		})
	},
	"adopted transaction": func(ctx context.Context, db *tenant.DB, pool *pgxpool.Pool, n int) error {
		return pgx.BeginFunc(ctx, pool, func(outer pgx.Tx) error {
			err := gen.JoinTx(ctx, db, outer, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
				return seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 3)
			})
			return errors.Join(err, expectNoTenant(ctx, outer), gen.JoinTx(ctx, db, outer, citusScope((n+1)%citusTenants), func(ctx context.Context, tx *tenant.Tx) error {
				return seesNotes(ctx, gen.Scoped(tx, citusScope((n+1)%citusTenants), read), (n+1)%citusTenants, 3)
			}), expectNoTenant(ctx, outer))
		})
	},
	"adopted transaction that rolls back": func(ctx context.Context, db *tenant.DB, pool *pgxpool.Pool, n int) error {
		return pgx.BeginFunc(ctx, pool, func(outer pgx.Tx) error {
			err := gen.JoinTx(ctx, db, outer, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
				return errors.Join(seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 3), errDenied)
			})
			return errors.Join(expectError(err, errDenied), expectNoTenant(ctx, outer))
		})
	},
	"copy": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		list := make([][]any, 1100) // of which the last INSERT takes some
		for i := range list {
			list[i] = []any{citusID(n), fmt.Sprintf("copied %d", i), n, int64(1000000 + i)}
		}
		copied, err := gen.Scoped(db, citusScope(n), write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title", "size", "id"}, pgx.CopyFromRows(list))
		return errors.Join(err, expectCount(int(copied), len(list)), seesNotes(ctx, gen.Scoped(db, citusScope(n), read), n, 3+len(list)),
			counts(ctx, gen.Scoped(db, citusScope(n), read), "select max(id) from notes", 1000000+len(list)-1),
			changes(ctx, gen.Scoped(db, citusScope(n), write), int64(len(list)), "delete from notes where title like 'copied%'"))
	},
	"copy in a transaction": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		err := gen.InTx(ctx, db, citusScope(n), func(ctx context.Context, tx *tenant.Tx) error {
			copied, err := gen.Scoped(tx, citusScope(n), write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title", "size"}, pgx.CopyFromRows([][]any{{citusID(n), "copied", n}}))
			return errors.Join(err, expectCount(int(copied), 1), seesNotes(ctx, gen.Scoped(tx, citusScope(n), read), n, 4), errDenied)
		})
		if !errors.Is(err, errDenied) || strings.Contains(err.Error(), "\n") {
			return err
		}
		return nil
	},
	"copy for another tenant": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		rows := pgx.CopyFromRows([][]any{{citusID(n), "half", n}, {citusID((n + 1) % citusTenants), "planted", n}})
		_, err := gen.Scoped(db, citusScope(n), write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title", "size"}, rows)
		return errors.Join(expectCode(err, insufficient), seesNotes(ctx, gen.Scoped(db, citusScope(n), read), n, 3))
	},
	"cross-tenant": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return counts(ctx, gen.Across(gen.CrossTenant(db, "test"), read), "select count(distinct org_id) from notes", citusTenants)
	},
	"cross-tenant transaction": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		return gen.InCrossTenantTx(ctx, gen.CrossTenant(db, "test"), func(ctx context.Context, x *tenant.CrossTenant) error {
			return counts(ctx, gen.Across(x, read), "select count(distinct org_id) from notes", citusTenants)
		})
	},
	"no plans are compiled": func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool, n int) error {
		var jit string
		err := gen.Scoped(db, citusScope(n), read).QueryRow(ctx, "select current_setting('jit') from notes where org_id = $1 limit 1", citusID(n)).Scan(&jit)
		if err == nil && jit != "off" {
			return errors.New("jit is " + jit)
		}
		return err
	},
}

// Each kind of call is right for tenants on both machines, in every mode of pgx, and leaves no tenant behind; so for an
// application that connects to a worker.
func TestCitusCalls(t *testing.T) {
	c := newCitus(t)
	t.Logf("%s, %d kinds of call", c.Version, len(citusCalls))
	for _, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) { callCitus(t, c.URL, mode) })
	}
	t.Run("on a worker", func(t *testing.T) { callCitus(t, c.Workers[0], pgx.QueryExecModeCacheStatement) })
}

func callCitus(t *testing.T, databaseURL string, mode pgx.QueryExecMode) {
	pool := newPool(t, databaseURL, "tenant_test_app", one, func(config *pgxpool.Config) { config.ConnConfig.DefaultQueryExecMode = mode })
	db := tenant.New(pool, gen.WithCitus(), gen.WithSetting(setting, "app.project_id"),
		tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")))
	for _, name := range slices.Sorted(maps.Keys(citusCalls)) {
		t.Run(name, func(t *testing.T) {
			for n := range citusTenants {
				if err := citusCalls[name](t.Context(), db, pool, n); err != nil {
					t.Errorf("tenant %d: %v", n, err)
				}
				expectNothingLeft(t, pool)
			}
		})
	}
}

func seesNotes(ctx context.Context, c gen.DBTX, n, want int) error {
	rows, err := c.Query(ctx, "select title, size from notes")
	return readNotes(rows, err, n, want)
}

// readNotes expects so many rows, of the tenant only.
func readNotes(rows pgx.Rows, err error, n, want int) error {
	if err != nil {
		return err
	}
	var title string
	var size, count int
	_, err = pgx.ForEachRow(rows, []any{&title, &size}, func() error {
		if count++; size != n {
			return fmt.Errorf("sees %q of tenant %d", title, size)
		}
		return nil
	})
	return errors.Join(err, expectCount(count, want))
}

func counts(ctx context.Context, c gen.DBTX, sql string, want int) error {
	var count int
	if err := c.QueryRow(ctx, sql).Scan(&count); err != nil {
		return err
	}
	return expectCount(count, want)
}

func changes(ctx context.Context, c gen.DBTX, want int64, sql string, args ...any) error {
	tag, err := c.Exec(ctx, sql, args...)
	if err != nil {
		return err
	}
	return expectCount(int(tag.RowsAffected()), int(want))
}

func expectCount(got, want int) error {
	if got != want {
		return fmt.Errorf("%d rows, want %d", got, want)
	}
	return nil
}

func expectCode(err error, code string) error {
	if hasCode(err, code) {
		return nil
	}
	return fmt.Errorf("got %w, want code %s", err, code)
}

func expectError(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("got %w, want %w", err, want)
}

// expectNoTenant looks from within a transaction that somebody else began.
func expectNoTenant(ctx context.Context, tx pgx.Tx) error {
	var count int
	var propagated string
	if err := tx.QueryRow(ctx, "select count(*), current_setting('citus.propagate_set_commands', true) from notes").Scan(&count, &propagated); err != nil {
		return err
	}
	if propagated == "local" {
		return errors.New("settings are still handed on")
	}
	return expectCount(count, 0)
}
