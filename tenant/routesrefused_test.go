package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// What has no place is refused, before anything is sent for it.
func TestRoutesRefused(t *testing.T) {
	db, r := newRoutes(t, withSchemas(t))
	for name, c := range map[string]struct {
		schemas []string
		want    error
	}{
		"unknown":                 {nil, errNoRoute},
		"a schema that is not":    {[]string{"gone", "shared"}, tenant.ErrNoSchema},
		"gone, and another's":     {[]string{"gone", "acme"}, tenant.ErrNoSchema},
		"not for this role":       {[]string{"closed", "acme"}, tenant.ErrNoSchema},
		"in another case":         {[]string{"ACME"}, tenant.ErrNoSchema},
		"the user's":              {[]string{"$user"}, tenant.ErrNoSchema},
		"two in one":              {[]string{`acme", "shared`}, tenant.ErrNoSchema},
		"PostgreSQL's":            {[]string{"pg_catalog"}, errText("of PostgreSQL's own")},
		"PostgreSQL's, behind":    {[]string{"acme", "pg_temp"}, errText("of PostgreSQL's own")},
		"no name":                 {[]string{""}, errText("a schema without a name")},
		"no name, behind another": {[]string{"acme", ""}, errText("a schema without a name")},
		"not a text":              {[]string{"acme\x00"}, errText("a schema without a name")},
	} {
		r.schemas = map[string][]string{}
		if c.schemas != nil {
			r.schemas[acmeID] = c.schemas
		}
		for kind, call := range calls {
			if err := call(t.Context(), gen.Scoped(db, acme, read)); !refusedFor(err, c.want) {
				t.Errorf("%s: %s: got %v", name, kind, err)
			}
		}
		if err := gen.InTx(t.Context(), db, acme, func(context.Context, *tenant.Tx) error { return nil }); !refusedFor(err, c.want) {
			t.Errorf("%s: InTx: got %v", name, err)
		}
	}
	expectDefaultPath(t, r.pool)
	r.schemas[acmeID] = []string{"acme"}
	citus := db.With(gen.WithCitus())
	if err := calls["Exec"](t.Context(), gen.Scoped(citus, acme, read)); err == nil || !strings.Contains(err.Error(), "Citus") {
		t.Errorf("with Citus: %v", err)
	}
}

type errText string

func (e errText) Error() string { return string(e) }

func refusedFor(err, want error) bool {
	if text, ok := want.(errText); ok {
		return err != nil && strings.Contains(err.Error(), string(text))
	}
	return errors.Is(err, want)
}

// Tracers are told what was refused before anything was sent, and what was not.
func TestTracersSeeRefusals(t *testing.T) {
	spy := &refusals{}
	refuse := func(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
		if op.Write {
			return errDenied
		}
		return nil
	}
	db, _ := newDB(t, tenant.WithTracer(spy), tenant.WithGuard(refuse), gen.WithSetting(setting))
	expect := func(what string, want string) {
		t.Helper()
		if got := strings.Join(spy.seen, " "); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
		spy.seen = nil
	}
	for name, call := range calls {
		_ = call(t.Context(), gen.Scoped(db, acme, read))
		expect(name, "one:false")
		_ = call(t.Context(), gen.Scoped(db, acme, write))
		expect(name+" of a guard", "exec:true")
		_ = call(t.Context(), gen.Scoped(db, tenant.Scope{}, read))
		expect(name+" for nobody", "one:true")
	}
	_, _ = gen.Scoped(db, acme, read).Exec(t.Context(), "select 1/0")
	expect("the server's error", "one:false")
	_ = gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := gen.Scoped(tx, globex, read).Exec(ctx, "select 1")
		return err
	})
	expect("within a transaction", "one:true tx:false")
	_ = gen.InTx(t.Context(), db, tenant.Scope{}, func(context.Context, *tenant.Tx) error { return nil })
	expect("a transaction for nobody", "tx:true")
	_ = gen.InTx(entered(t, t.Context(), acme, tenant.Member{}), db, globex, func(context.Context, *tenant.Tx) error { return nil })
	expect("a transaction with another's context", "tx:true")
	_ = gen.JoinTx(t.Context(), db, nil, tenant.Scope{}, func(context.Context, *tenant.Tx) error { return nil })
	expect("joined for nobody", "tx:true")
	_ = gen.InCrossTenantTx(t.Context(), gen.CrossTenant(db, "x"), func(context.Context, *tenant.CrossTenant) error { return nil })
	expect("across, without a pool", "tx:true")
	_ = db.With(tenant.WithRoutes(&routedTo{})).Listen(cancelled(t), acme, "x", nil)
	spy.seen = nil
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// refusals is a tracer that keeps the commands, and whether they were refused.
type refusals struct{ seen []string }

func (s *refusals) TraceStart(ctx context.Context, _ tenant.TraceStartData) context.Context {
	return ctx
}

func (s *refusals) TraceEnd(_ context.Context, data tenant.TraceEndData) {
	s.seen = append(s.seen, fmt.Sprintf("%s:%t", data.Operation.Command, data.Refused))
}
