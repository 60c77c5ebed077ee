// Package through hands on what runs SQL as a method of an interface. // want package:"analysed"
package through

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type raw interface {
	Raw(sql string, args ...any) error
}

type store struct{ pool *pgxpool.Pool }

func (s store) Raw(sql string, args ...any) error { // want Raw:`runs \{0\}`
	_, err := s.pool.Exec(context.Background(), sql, args...)
	return err
}

func (s store) Count(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, "SELECT 1")
	return err
}

type counter interface {
	Count(ctx context.Context) error
}

type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

type lister interface {
	Query(ctx context.Context, text string) ([]string, error)
}

type list struct{ pool *pgxpool.Pool }

func (l *list) Query(ctx context.Context, text string) ([]string, error) { // want Query:`runs \{1\}`
	_, err := l.pool.Exec(ctx, text)
	return nil, err
}

type outer struct{ store }

type holder struct{ of raw }

func takes(raw)                  {}
func takesAll(...raw)            {}
func generic[R raw](R)           {}
func made(s store) (raw, error)  { return s, nil } // want `unseen-sql: this becomes a raw, whose Raw then runs SQL`
func both() (store, error)       { return store{}, nil }
func wired(s store) (raw, error) { return func() (raw, error) { return s, nil }() } // want `unseen-sql`

type kept[R raw] struct{ of R }

func values(pool *pgxpool.Pool) {
	s := store{pool}
	var a raw = s             // want `unseen-sql`
	a = outer{s}              // want `unseen-sql`
	_ = raw(s)                // want `unseen-sql`
	takes(s)                  // want `unseen-sql`
	takesAll(a, s)            // want `unseen-sql`
	generic(s)                // want `unseen-sql`
	_ = kept[store]{s}        // want `unseen-sql`
	_ = holder{s}             // want `unseen-sql`
	_ = holder{of: s}         // want `unseen-sql`
	_ = []raw{s}              // want `unseen-sql`
	_ = [1]raw{s}             // want `unseen-sql`
	_ = map[string]raw{"": s} // want `unseen-sql`
	_ = map[raw]int{s: 1}     // want `unseen-sql`
	make(chan raw) <- s       // want `unseen-sql`
	_ = append([]raw{}, s)    // want `unseen-sql`
	var b raw
	var err error
	b, err = both() // want `unseen-sql`
	_, _ = b, err
	var l lister = &list{pool} // want `unseen-sql: this becomes a lister, whose Query then runs SQL`
	_ = l
}

type copier interface {
	CopyTo(ctx context.Context, w io.Writer, sql string) (pgconn.CommandTag, error)
}

func drivers(conn *pgconn.PgConn) copier {
	return conn // want `unseen-sql: this becomes a copier, whose CopyTo then runs SQL`
}

func others(pool *pgxpool.Pool, s store, r raw) {
	var e execer = pool
	var c counter = s
	var v any = s
	takes(r)
	takesAll([]raw{r}...)
	_, _, _ = e, c, v
}
