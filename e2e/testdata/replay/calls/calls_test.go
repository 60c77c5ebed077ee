// Package calls calls every method that was generated for a service, in each state that the service went through. It is
// copied into the service's module, beside states_test.go, which lists the states.
package calls

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/tenant"
)

// state is the service after one step.
type state struct {
	name  string
	repos func(*tenant.DB) any // makes the repositories over a database
	ids   []any                // parse the ids of tenants: the outermost level's, and its parts'
}

// workshop is a tenant: a word that all its texts begin with, and how its ids begin.
type workshop struct{ word, id string }

var workshops = [2]workshop{{"alpha", "a0000000-0000-4000-8000-00000000000"}, {"bravo", "b0000000-0000-4000-8000-00000000000"}}

// owns reports whether a text, of a row or of a result, has something of the tenant's.
func (w workshop) owns(text string) bool {
	return strings.Contains(text, w.word) || strings.Contains(text, w.id)
}

// foreign are the rows that are not the tenant's.
func (w workshop) foreign(rows []string) []string {
	return slices.DeleteFunc(slices.Clone(rows), w.owns)
}

func TestCalls(t *testing.T) {
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			c := newCaller(t, s)
			if err := c.repos.Interface().(interface{ Verify(context.Context) error }).Verify(t.Context()); err != nil {
				t.Error(err)
			}
			c.across(t)
			for i, w := range workshops {
				c.within(t, w, workshops[1-i])
			}
			for i, w := range workshops {
				c.alone(t, w, workshops[1-i])
			}
		})
	}
}

// within calls every method for a tenant in transactions that are rolled back: with ids of its own rows, which has to
// succeed and to find or change something; and with ids of the other's, which may find and change nothing of theirs.
func (c *caller) within(t *testing.T, w, other workshop) {
	before := c.rows(t, c.admin)
	for name := range c.methods(c.repos) {
		if strings.HasSuffix(name, "Seq") {
			continue // an iterator is for calls outside of transactions
		}
		own, after := c.inTx(t, name, w, w)
		switch {
		case own.err != nil:
			t.Errorf("%s for %s: %v", name, w.word, own.err)
		case !own.found && slices.Equal(before, after):
			t.Errorf("%s for %s finds and changes nothing", name, w.word)
		}
		strange, afterwards := c.inTx(t, name, w, other)
		if !expected(strange.err) {
			t.Errorf("%s for %s with ids of %s: %v", name, w.word, other.word, strange.err)
		}
		for _, text := range []string{own.text, strange.text} {
			if other.owns(text) {
				t.Errorf("%s for %s returns what is %s's: %s", name, w.word, other.word, text)
			}
		}
		for _, rows := range [][]string{after, afterwards} {
			if !slices.Equal(w.foreign(before), w.foreign(rows)) {
				t.Errorf("%s for %s changes rows of %s", name, w.word, other.word)
			}
		}
	}
}

// alone calls every method as the application does mostly, outside of a transaction of its own; and for no tenant.
func (c *caller) alone(t *testing.T, w, other workshop) {
	before := c.rows(t, c.admin)
	for name, method := range c.methods(c.repos) {
		got := called(method, c.arguments(name, method, w, w))
		if !expected(got.err) || other.owns(got.text) {
			t.Errorf("%s for %s alone: %v, %s", name, w.word, got.err, got.text)
		}
		if none := called(method, c.arguments(name, method, workshop{}, w)); c.scoped(method) && !errors.Is(none.err, tenant.ErrNoTenant) {
			t.Errorf("%s for no tenant: %v", name, none.err)
		}
	}
	if after := c.rows(t, c.admin); !slices.Equal(w.foreign(before), w.foreign(after)) {
		t.Errorf("the calls for %s have changed rows of others", w.word)
	}
}

// across calls what is declared to cross tenants.
func (c *caller) across(t *testing.T) {
	handle := c.repos.MethodByName("CrossTenant").Call([]reflect.Value{reflect.ValueOf("replay")})[0]
	for m := range handle.Type().Methods() {
		if m.Name == "Err" || m.Name == "InTx" || m.Name == "AfterCommit" {
			continue
		}
		name, method := "CrossTenant."+m.Name, handle.MethodByName(m.Name)
		if got := called(method, c.arguments(name, method, workshops[0], workshops[0])); got.err != nil || !got.found {
			t.Errorf("%s: %v, %s", name, got.err, got.text)
		}
	}
}

// expected reports whether an error says that there is no such row, or is a constraint's or a policy's.
func expected(err error) bool {
	pgErr := (*pgconn.PgError)(nil)
	return err == nil || errors.Is(err, pgx.ErrNoRows) || errors.As(err, &pgErr) && (strings.HasPrefix(pgErr.Code, "23") || pgErr.Code == "42501")
}
