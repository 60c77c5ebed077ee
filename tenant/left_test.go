package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// each ranges over the titles, as generated iterators do: whoever leaves the loop closes the rows.
func each(ctx context.Context, conn gen.DBTX) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		rows, err := conn.Query(ctx, "select title from notes, generate_series(1, 1000)")
		if err != nil {
			yield("", err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var title string
			if err := rows.Scan(&title); !yield(title, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield("", err)
		}
	}
}

// unfinished are ways to leave a call half way.
var unfinished = map[string]func(ctx context.Context, cancel func(), db *tenant.DB) error{
	"an iterator is left": func(ctx context.Context, _ func(), db *tenant.DB) error {
		for _, err := range each(ctx, gen.Scoped(db, acme, read)) {
			return err
		}
		return errors.New("no rows")
	},
	"an iterator's loop panics": func(ctx context.Context, _ func(), db *tenant.DB) error {
		for range each(ctx, gen.Scoped(db, acme, read)) {
			panic("in the loop")
		}
		return errors.New("no rows")
	},
	"canceled while iterating": func(ctx context.Context, cancel func(), db *tenant.DB) error {
		for _, err := range each(ctx, gen.Scoped(db, acme, read)) {
			if cancel(); err != nil {
				return nil
			}
		}
		return nil // all rows had arrived already
	},
	"canceled before": func(ctx context.Context, cancel func(), db *tenant.DB) error {
		cancel()
		if _, err := gen.Scoped(db, acme, read).Exec(ctx, "select 1"); !errors.Is(err, context.Canceled) {
			return err
		}
		err := gen.InTx(ctx, db, acme, func(context.Context, *tenant.Tx) error { return errors.New("it began") })
		if !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	},
	"an iterator of a transaction is left, which commits": func(ctx context.Context, _ func(), db *tenant.DB) error {
		return gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			for _, err := range each(ctx, gen.Scoped(tx, acme, read)) {
				return err
			}
			return nil
		})
	},
	"rows of a transaction stay open, which commits": func(ctx context.Context, _ func(), db *tenant.DB) error {
		err := gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, acme, read).Query(ctx, "select title from notes, generate_series(1, 1000)")
			return err
		})
		if err == nil {
			return errors.New("committed while busy")
		}
		return nil
	},
	"rows of a transaction stay open, which panics": func(ctx context.Context, _ func(), db *tenant.DB) error {
		return gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, acme, read).Query(ctx, "select title from notes, generate_series(1, 1000)")
			if err == nil {
				panic("with open rows")
			}
			return err
		})
	},
	"canceled in a transaction, then committed": func(ctx context.Context, cancel func(), db *tenant.DB) error {
		err := gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, acme, write).Exec(ctx, addNote, acmeID, "undone")
			cancel()
			return err
		})
		if err == nil {
			return errors.New("committed")
		}
		return nil
	},
	"a batch is closed half way": func(ctx context.Context, _ func(), db *tenant.DB) error {
		batch := &pgx.Batch{}
		for range 3 {
			batch.Queue("select title from notes")
		}
		results := gen.Scoped(db, acme, read).SendBatch(ctx, batch)
		rows, err := results.Query()
		rows.Next()
		rows.Close()
		return errors.Join(err, results.Close())
	},
	"canceled in the midst of a batch": func(ctx context.Context, cancel func(), db *tenant.DB) error {
		batch := &pgx.Batch{}
		batch.Queue("select title from notes")
		batch.Queue("select pg_sleep(60)")
		defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
		if err := gen.Scoped(db, acme, read).SendBatch(ctx, batch).Close(); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("got %w", err)
		}
		return nil
	},
	"a copy's source fails": func(ctx context.Context, _ func(), db *tenant.DB) error {
		source := pgx.CopyFromFunc(func() ([]any, error) { return nil, errDenied })
		_, err := gen.Scoped(db, acme, write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, source)
		if !errors.Is(err, errDenied) && (!hasCode(err, "57014") || !strings.Contains(err.Error(), errDenied.Error())) { // COPY has the text only
			return fmt.Errorf("got %w", err)
		}
		return nil
	},
	"the connection is killed": func(ctx context.Context, _ func(), db *tenant.DB) error {
		if _, err := gen.Scoped(db, acme, read).Exec(ctx, "select pg_terminate_backend(pg_backend_pid())"); err == nil {
			return errors.New("no error")
		}
		return nil
	},
	"the connection is killed in a transaction": func(ctx context.Context, _ func(), db *tenant.DB) error {
		err := gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, acme, read).Exec(ctx, "select pg_terminate_backend(pg_backend_pid())")
			return err
		})
		if err == nil {
			return errors.New("no error")
		}
		return nil
	},
}

func TestNothingIsLeftOfWhatIsUnfinished(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		for name, call := range unfinished {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			began := time.Now()
			func() {
				defer func() { recover() }()
				if err := call(ctx, cancel, db); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}()
			cancel()
			if d := time.Since(began); d > time.Second {
				t.Errorf("%s: took %v", name, d)
			}
			// The pool closes a connection that is still busy in the background.
			for deadline := time.Now().Add(5 * time.Second); pool.Stat().AcquiredConns() != 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s: the connection was not released", name)
				}
			}
			expectNothingLeft(t, pool)
		}
	})
}
