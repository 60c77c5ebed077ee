package calls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

// caller calls the methods of one state.
type caller struct {
	repos      reflect.Value
	ids        []any
	names      map[string][]string // of parameters, by Repository.Method
	app, admin *pgxpool.Pool
	dump       string // lists all rows
}

func newCaller(t *testing.T, s state) *caller {
	t.Helper()
	url := os.Getenv("REPLAY_URL_" + s.name)
	db := tenant.New(pool(t, url, "replay_login", ""), tenant.WithCrossTenantPool(pool(t, url, "", "replay_across")))
	c := &caller{repos: reflect.ValueOf(s.repos(db)), ids: s.ids, names: parameters(t, "../"+s.name+"/repo"),
		app: pool(t, url, "", "replay_app"), admin: pool(t, url, "", "")}
	const tables = `SELECT coalesce(string_agg(format('SELECT %L || to_jsonb(t)::text AS row FROM %I t', relname || ' ', relname), ' UNION ALL '), '')
		FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'goose_db_version'`
	if err := c.admin.QueryRow(t.Context(), tables).Scan(&c.dump); err != nil {
		t.Fatal(err)
	}
	return c
}

// pool is a pool of one that logs in, or in which a role is in force.
func pool(t *testing.T, url, login, role string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	if login != "" {
		config.ConnConfig.User = login
	}
	if role != "" {
		config.ConnConfig.RuntimeParams["role"] = role
	}
	config.ConnConfig.RuntimeParams["statement_timeout"] = "10s"
	p, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// rows are all rows of all tables.
func (c *caller) rows(t *testing.T, db interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}) []string {
	t.Helper()
	rows, _ := db.Query(t.Context(), c.dump)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// methods are those of all repositories, by Repository.Method.
func (c *caller) methods(of reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for field, v := range of.Elem().Fields() {
			if !field.IsExported() {
				continue
			}
			for m := range v.Type().Methods() {
				if !yield(field.Name+"."+m.Name, v.MethodByName(m.Name)) {
					return
				}
			}
		}
	}
}

// scoped reports whether a method takes a tenant.
func (c *caller) scoped(method reflect.Value) bool {
	return method.Type().NumIn() > 1 && c.parser(method.Type().In(1)).IsValid()
}

// inTx calls a method for a tenant, with ids of somebody's rows, in a transaction as the application's role, and
// returns the rows that there are then.
func (c *caller) inTx(t *testing.T, name string, w, whose workshop) (got outcome, after []string) {
	t.Helper()
	tx, err := c.app.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	join := c.repos.MethodByName("JoinTx")
	undone := errors.New("the statement failed")
	fn := reflect.MakeFunc(join.Type().In(3), func(in []reflect.Value) []reflect.Value {
		repo, method, _ := strings.Cut(name, ".")
		m := in[1].Elem().FieldByName(repo).MethodByName(method)
		args := c.arguments(name, m, w, whose)
		args[0] = in[0]
		if got = called(m, args); got.err != nil {
			return []reflect.Value{reflect.ValueOf(&undone).Elem()}
		}
		return []reflect.Value{reflect.Zero(reflect.TypeFor[error]())}
	})
	id := c.id(join.Type().In(2), w)
	if err := join.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(tx), id, fn})[0]; !err.IsNil() && !errors.Is(err.Interface().(error), undone) {
		t.Errorf("%s: %v", name, err)
	}
	if _, err := tx.Exec(t.Context(), "SET LOCAL ROLE NONE"); err != nil {
		t.Fatal(err)
	}
	return got, c.rows(t, tx)
}

// outcome is what a call returned.
type outcome struct {
	err   error
	text  string // the values, as JSON
	found bool   // there is a value that is not zero
}

func (o *outcome) add(values ...reflect.Value) {
	for _, v := range values {
		if v.Type() == reflect.TypeFor[error]() {
			if !v.IsNil() {
				o.err = errors.Join(o.err, v.Interface().(error))
			}
			continue
		}
		text, err := json.Marshal(v.Interface())
		if err != nil {
			text = fmt.Append(nil, v.Interface())
		}
		o.text += string(text) + "\n"
		o.found = o.found || !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0)
	}
}

// called calls a method to its end: iterators and batches, too.
func called(method reflect.Value, args []reflect.Value) (o outcome) {
	for _, v := range method.Call(args) {
		switch {
		case v.Kind() == reflect.Func:
			for row, err := range v.Seq2() {
				o.add(row, err)
			}
		case strings.HasSuffix(v.Type().String(), "BatchResults"):
			o.batch(v)
		default:
			o.add(v)
		}
	}
	return o
}

// batch reads the results of a batch.
func (o *outcome) batch(results reflect.Value) {
	for _, name := range []string{"Exec", "Query", "QueryRow"} {
		if m := results.MethodByName(name); m.IsValid() {
			m.Call([]reflect.Value{reflect.MakeFunc(m.Type().In(0), func(in []reflect.Value) []reflect.Value {
				o.add(in[1:]...)
				return nil
			})})
		}
	}
}
