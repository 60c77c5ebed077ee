package tenant_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

var update = flag.Bool("update", false, "write testdata/messages.txt")

// wire writes down what is sent, a line for each message or the few that always go together.
type wire struct {
	mu    sync.Mutex
	texts map[string]string // of prepared statements
	lines []string
}

func (r *wire) record(message []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body := message[5:]
	var parse pgproto3.Parse
	var bind pgproto3.Bind
	var query pgproto3.Query
	switch message[0] {
	case 'P':
		if err := parse.Decode(body); err != nil {
			panic(err)
		}
		r.texts[parse.Name] = parse.Query
		if parse.Name != "" {
			r.lines = append(r.lines, "  prepare  "+oneLine(parse.Query))
		}
	case 'B':
		if err := bind.Decode(body); err != nil {
			panic(err)
		}
		kind := "  unnamed  "
		if bind.PreparedStatement != "" {
			kind = "  prepared "
		}
		r.lines = append(r.lines, kind+oneLine(r.texts[bind.PreparedStatement])+values(bind.Parameters))
	case 'Q':
		if err := query.Decode(body); err != nil {
			panic(err)
		}
		r.lines = append(r.lines, "  query    "+oneLine(query.String))
	case 'S':
		r.lines = append(r.lines, "  sync")
	case 'd', 'c', 'f':
		r.lines = append(r.lines, "  copy")
	}
}

func oneLine(sql string) string { return strings.Join(strings.Fields(sql), " ") }

func values(list [][]byte) string {
	var text string
	for _, v := range list {
		text += fmt.Sprintf(" %q", v)
	}
	return text
}

// take returns what was recorded, and forgets it.
func (r *wire) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Join(r.lines, "\n") + "\n"
	r.lines = nil
	return text
}

// recorded are the kinds of call, in the order of testdata/messages.txt.
var recorded = []struct {
	name string
	call func(ctx context.Context, db *tenant.DB, pool *pgxpool.Pool) error
}{
	{"a statement", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		_, err := gen.Scoped(db, acme, write).Exec(ctx, "update notes set size = 1 where title = $1", "anvil")
		return err
	}},
	{"a query", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		var n int
		return gen.Scoped(db, acme, read).QueryRow(ctx, "select count(*) from notes").Scan(&n)
	}},
	{"a statement that fails", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		if _, err := gen.Scoped(db, acme, read).Exec(ctx, "select 1 / size from notes where size = 0 or 1 / (size - size) = 1"); err == nil {
			return errors.New("no error")
		}
		return nil
	}},
	{"two levels, and an id that has to be quoted", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		_, err := gen.Scoped(db, acme.And(gen.NewScope("app.Project", `1'; \ü`)), read).Exec(ctx, "select title from notes")
		return err
	}},
	{"a claim", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		_, err := gen.Scoped(db, gen.Claim("org_id", acmeID), read).Exec(ctx, "select title from notes")
		return err
	}},
	{"a global query", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		_, err := gen.Global(db, read).Exec(ctx, "select name from plans")
		return err
	}},
	{"a batch", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		batch := &pgx.Batch{}
		batch.Queue("select title from notes")
		batch.Queue("update notes set size = $1", 2)
		return gen.Scoped(db, acme, write).SendBatch(ctx, batch).Close()
	}},
	{"a transaction: a statement, a savepoint, a level more, a global query, a statement", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		return gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			const sql = "select title from notes"
			_, first := gen.Scoped(tx, acme, read).Exec(ctx, sql)
			inner := gen.Savepoint(ctx, tx, acme, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := gen.Scoped(tx, acme, read).Exec(ctx, sql)
				return err
			})
			_, level := gen.Scoped(tx, acme.And(gen.NewScope("app.project_id", "1")), read).Exec(ctx, "select title from tasks")
			_, global := gen.Global(tx, read).Exec(ctx, "select name from plans")
			_, last := gen.Scoped(tx, acme, read).Exec(ctx, sql)
			return errors.Join(first, inner, level, global, last)
		})
	}},
	{"somebody else's transaction", func(ctx context.Context, db *tenant.DB, pool *pgxpool.Pool) error {
		return pgx.BeginFunc(ctx, pool, func(outer pgx.Tx) error {
			return gen.JoinTx(ctx, db, outer, acme, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := gen.Scoped(tx, acme, read).Exec(ctx, "select title from notes")
				return err
			})
		})
	}},
	{"a copy", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		rows := pgx.CopyFromRows([][]any{{acmeID, "copied 1"}, {acmeID, "copied 2"}})
		_, err := gen.Scoped(db, acme, write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, rows)
		if err == nil {
			_, err = gen.Scoped(db, acme, write).Exec(ctx, "delete from notes where title like 'copied%'")
		}
		return err
	}},
	{"a cross-tenant query", func(ctx context.Context, db *tenant.DB, _ *pgxpool.Pool) error {
		_, err := gen.Across(gen.CrossTenant(db, "test"), read).Exec(ctx, "select title from notes")
		return err
	}},
}

// What is sent for each kind of call, with Citus and without, once its statements are prepared. The file is for people to
// read: a difference in it is a difference on every wire.
func TestMessages(t *testing.T) {
	databaseURL := newDatabase(t)
	var got strings.Builder
	for _, c := range []struct {
		title string
		mode  pgx.QueryExecMode
		opts  []tenant.Option
	}{
		{"PostgreSQL", pgx.QueryExecModeCacheStatement, nil},
		{"Citus", pgx.QueryExecModeCacheStatement, []tenant.Option{gen.WithCitus()}},
		{"Citus, QueryExecModeExec", pgx.QueryExecModeExec, []tenant.Option{gen.WithCitus()}},
	} {
		r := &wire{texts: map[string]string{}}
		traffic := &traffic{record: r.record}
		pool := newPool(t, databaseURL, "tenant_test_app", one, traffic.tap(t), func(config *pgxpool.Config) { config.ConnConfig.DefaultQueryExecMode = c.mode })
		db := tenant.New(pool, append(c.opts, gen.WithSetting(setting), tenant.WithCrossTenantPool(pool))...)
		fmt.Fprintf(&got, "## %s\n", c.title)
		for _, kind := range recorded {
			for range 2 { // the first call prepares
				r.take()
				if err := kind.call(t.Context(), db, pool); err != nil {
					t.Errorf("%s: %s: %v", c.title, kind.name, err)
				}
			}
			fmt.Fprintf(&got, "\n%s\n%s", kind.name, r.take())
		}
		got.WriteString("\n")
		expectNothingLeft(t, pool)
	}
	const file = "testdata/messages.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("what is sent differs from %s (go test -update writes it):\n%s", file, got.String())
	}
}
