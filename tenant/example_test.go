package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// In these examples repos are generated repositories, and orgID is the id type that comes with them.
var (
	ctx          context.Context
	pool, admin  *pgxpool.Pool
	db           *tenant.DB
	repos        *repositories
	acmeOrg      = orgID{"acme"}
	secondOrg    = orgID{"globex"}
	errForbidden = errors.New("forbidden")
)

func ExampleNew() {
	pool, err := pgxpool.New(ctx, "postgres://app@db/notes") // a role that is no superuser and owns nothing
	if err != nil {
		log.Fatal(err)
	}
	repos := newRepositories(tenant.New(pool)) // repo.New
	if err := repos.Verify(ctx); err != nil {
		log.Fatal(err)
	}
}

// A DB with one guard more, for requests that may only read, say. Both share their pool and their listeners' connection.
func ExampleDB_With() {
	readOnly := func(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
		if op.Write {
			return errForbidden
		}
		return nil
	}
	reading := newRepositories(db.With(tenant.WithGuard(readOnly)))
	err := reading.InTx(ctx, acmeOrg, func(ctx context.Context, tx *repoTx) error {
		return tx.RenameNote(ctx, acmeOrg, "new") // errForbidden
	})
	log.Print(err)
}

// A maintenance mode: one tenant is not written to for a while.
func ExampleWithGuard() {
	frozen := func(_ context.Context, scope tenant.Scope, op tenant.Operation) error {
		if op.Write && scope == acmeOrg.Scope() {
			return errForbidden
		}
		return nil
	}
	_ = newRepositories(tenant.New(pool, tenant.WithGuard(frozen)))
}

// audit logs the calls that cross tenants.
type audit struct{}

func (audit) TraceStart(ctx context.Context, _ tenant.TraceStartData) context.Context { return ctx }

func (audit) TraceEnd(_ context.Context, data tenant.TraceEndData) {
	if op := data.Operation; op.Reason != "" {
		log.Print(op.Category, " ", op.Name, ": ", op.Reason, ", rows: ", data.Rows)
	}
}

func ExampleWithTracer() {
	_ = newRepositories(tenant.New(pool, tenant.WithCrossTenantPool(admin), tenant.WithTracer(audit{})))
}

// Queries that are declared to reach across tenants are methods of CrossTenant. Its pool logs in as a role that
// row-level security does not restrict.
func ExampleWithCrossTenantPool() {
	repos := newRepositories(tenant.New(pool, tenant.WithCrossTenantPool(admin)))
	err := repos.CrossTenant("monthly invoices").CloseMonth(ctx)
	log.Print(err)
}

// Without a pool, or without a reason, there is no work across tenants.
func ExampleCrossTenant() {
	repos := newRepositories(tenant.New(pool))
	fmt.Println(repos.CrossTenant("monthly invoices").Err())
	// Output: tenant: no pool for cross-tenant work
}

// Three databases: one for those who want their own, two for the rest.
type hosting struct {
	own    map[string]*pgxpool.Pool
	shared []*pgxpool.Pool
	places func(ctx context.Context, id string) (place int, err error) // from a directory; fails for whom it does not know
}

func (h *hosting) Pool(ctx context.Context, scope tenant.Scope) (*pgxpool.Pool, error) {
	if pool, ok := h.own[scope.ID()]; ok {
		return pool, nil
	}
	place, err := h.places(ctx, scope.ID())
	if err != nil {
		return nil, err
	}
	return h.shared[place], nil
}

func (h *hosting) All(context.Context) ([]*pgxpool.Pool, error) {
	all := h.shared
	for _, pool := range h.own {
		all = append(all, pool)
	}
	return all, nil
}

// Tenants in several databases. What names no tenant, such as a list of plans, is asked of the one that New is given.
func ExampleWithPools() {
	directory := pool
	repos := newRepositories(tenant.New(directory, tenant.WithPools(&hosting{})))
	if err := repos.Verify(ctx); err != nil { // looks at all of them
		log.Fatal(err)
	}
}

// A tenant whom no database is known for is refused.
func ExamplePools() {
	unknown := &hosting{places: func(context.Context, string) (int, error) { return 0, errors.New("no such organization") }}
	repos := newRepositories(tenant.New(nil, tenant.WithPools(unknown)))
	err := repos.InTx(context.Background(), acmeOrg, func(context.Context, *repoTx) error { return nil })
	fmt.Println(err)
	// Output: tenant: the tenant's pool: no such organization
}

// Within a transaction a notification is sent when it commits, and not when it does not.
func ExampleNotify() {
	_ = repos.InTx(ctx, acmeOrg, func(ctx context.Context, tx *repoTx) error {
		if err := tx.RenameNote(ctx, acmeOrg, "new"); err != nil {
			return err
		}
		return tenant.Notify(ctx, tx.Executor(), acmeOrg.Scope(), "notes", "renamed")
	})
}

// A cache that is dropped whenever notes change. It is dropped, too, when some notifications may have been missed.
func ExampleDB_Listen() {
	err := db.Listen(ctx, acmeOrg.Scope(), "notes", func(_ context.Context, n tenant.Notification) error {
		log.Print("drop the cache: ", n.Payload, n.Listening)
		return nil
	})
	log.Print(err) // ctx has ended, or the function has returned an error
}

// For a trigger that notifies: the name is what its own SQL has to compute.
func ExampleChannel() {
	fmt.Println(tenant.Channel(acmeOrg.Scope(), "notes"))
	// Output: tenant_3049ef4415982ded9e83336e5cc14ef360cd0995
}

// An audit log keeps what was attempted, whatever becomes of the transaction.
func ExampleOutsideTx() {
	_ = repos.InTx(ctx, acmeOrg, func(ctx context.Context, tx *repoTx) error {
		return tenant.Notify(tenant.OutsideTx(ctx), db, acmeOrg.Scope(), "audit", "attempted")
	})
}

// Other calls with the context of a transaction would not be part of it.
func ExampleOutsideTxError() {
	err := repos.InTx(ctx, acmeOrg, func(ctx context.Context, tx *repoTx) error {
		return repos.InTx(ctx, secondOrg, func(context.Context, *repoTx) error { return nil })
	})
	var outside *tenant.OutsideTxError
	if errors.As(err, &outside) {
		log.Print("within the transaction of ", outside.Tx, ": ", outside.Operation.Name, " for ", outside.Call)
	}
}

// Two organizations that are confused are worth an alert; the error's text names neither.
func ExampleMismatchError() {
	err := repos.InTx(ctx, acmeOrg, func(ctx context.Context, tx *repoTx) error {
		return tx.RenameNote(ctx, secondOrg, "new")
	})
	var mismatch *tenant.MismatchError
	if errors.As(err, &mismatch) {
		slog.Error("tenants confused", "transaction", mismatch.Tx.ID(), "call", mismatch.Call.ID())
	}
}

// A project of another organization: the id came from outside, so this is not found rather than an alert.
func ExamplePartError() {
	handler := func(w http.ResponseWriter, err error) {
		var part *tenant.PartError
		if errors.As(err, &part) {
			http.NotFound(w, nil)
		}
	}
	_ = handler
}

// What row-level security does not hold for is better found at start-up.
func ExampleVerifyError() {
	var wrong *tenant.VerifyError
	if err := repos.Verify(ctx); errors.As(err, &wrong) {
		for _, p := range wrong.Problems {
			slog.Error(p.Message, "object", p.Object, "database", p.Database, "fix", p.Fix)
		}
	}
}

// Scopes are made by the typed ids. They can be compared, and are told to guards and tracers.
func ExampleScope() {
	scope := acmeOrg.Scope()
	fmt.Println(scope.ID(), scope, scope == acmeOrg.Scope(), scope == secondOrg.Scope(), tenant.Scope{}.IsZero())
	// Output: acme app.org_id=acme true false true
}

// A project of an organization, to notify those who listen for the project.
func ExampleScope_And() {
	scope := acmeOrg.Scope().And(projectID{"7"}.Scope())
	fmt.Println(scope)
	for setting, id := range scope.Levels() {
		fmt.Println(setting, id)
	}
	// Output:
	// app.org_id=acme app.project_id=7
	// app.org_id acme
	// app.project_id 7
}

// What takes up a job goes on for the tenant that the job's own row names, as a member with what the job may do. Calls for
// another one are refused.
func ExampleNewContext() {
	ctx, err := tenant.NewContext(context.Background(),
		tenant.Tenant{Scope: acmeOrg.Scope(), Slug: "acme", Plan: "pro", Status: tenant.StatusActive},
		tenant.Member{ID: "job:digest", Permissions: []string{"notes:read"}})
	if err != nil {
		log.Fatal(err)
	}
	err = newRepositories(tenanttest.NewDB()).InTx(ctx, secondOrg, func(context.Context, *repoTx) error { return nil })
	fmt.Println(err)
	// Output: tenant: the context is for another tenant
}

// A handler behind tenanthttp's middleware. Generated code has the id with its type: repo.OrgIDFrom(ctx).
func ExampleCurrent() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		t, err := tenant.Current(r.Context())
		if err != nil {
			return
		}
		if err := t.Status.Err(); err != nil {
			return
		}
		fmt.Fprintln(w, t.ID(), t.Slug, t.Plan, t.Metadata["color"])
	}
	_ = handler
}

// What a person may do is asked by name.
func ExampleCurrentMember() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		m, err := tenant.CurrentMember(r.Context())
		if err == nil {
			err = m.May("members:remove")
		}
		if err != nil {
			http.Error(w, "no", http.StatusForbidden)
		}
	}
	_ = handler
}

// A person of one organization founds another one: on purpose, and so said.
func ExampleOutsideTenant() {
	_ = repos.InTx(tenant.OutsideTenant(ctx), secondOrg, func(ctx context.Context, tx *repoTx) error { return nil })
}

// renameNote is a command that came from a queue.
type renameNote struct{ Org orgID }

func (c renameNote) Scope() tenant.Scope { return c.Org.Scope() }

// A command that names another tenant than the call is refused before anything is done with it.
func ExampleMatch() {
	ctx, _ := tenant.NewContext(context.Background(), tenant.Tenant{Scope: acmeOrg.Scope()}, tenant.Member{})
	fmt.Println(tenant.Match(ctx, renameNote{acmeOrg}))
	fmt.Println(tenant.Match(ctx, renameNote{secondOrg}))
	fmt.Println(acmeOrg.Scope().Match(renameNote{}))
	// Output:
	// <nil>
	// tenant: the payload is for another tenant
	// tenant: no tenant
}

// Viewers read, members write, and only who has that permission cancels a run. The member is the context's.
func ExamplePermissions() {
	rules := tenant.Permissions{Operations: map[string]string{"RunsRepository.CancelRun": "runs:cancel"}}
	_ = newRepositories(tenant.New(pool, tenant.WithGuard(rules.Guard)))
	fmt.Println(rules.Of(tenant.Operation{Repository: "NotesRepository", Name: "RenameNote", Write: true}))
	fmt.Println(rules.Of(tenant.Operation{Repository: "RunsRepository", Name: "CancelRun", Write: true}))
	// Output:
	// notes:write
	// runs:cancel
}

// Whoever keeps something of all tenants drops what has changed: here a directory of them.
func ExampleDB_Watch() {
	directory := map[string]string{}
	err := db.Watch(ctx, "directory", func(_ context.Context, n tenant.Notification) error {
		if n.Listening { // some may have been missed
			clear(directory)
		}
		delete(directory, n.Payload)
		return nil
	})
	log.Print(err) // ctx has ended
}

// A change that others are told of when it is committed.
func ExampleAnnounce() {
	_ = repos.InTx(ctx, acmeOrg, func(ctx context.Context, tx *repoTx) error {
		return tenant.Announce(ctx, tx.Executor(), acmeOrg.Scope(), "directory")
	})
}

// For a trigger on the table of tenants.
func ExampleAnnouncements() {
	fmt.Println(tenant.Announcements("directory"))
	// Output: tenants_333178788eae3e0b14c9b07bbbb6232bfa4689c7
}

// Large customers have a schema of their own; the calls of all others run as ever.
type schemas struct{ *hosting }

func (s schemas) Route(ctx context.Context, scope tenant.Scope) (tenant.Route, error) {
	pool, err := s.Pool(ctx, scope)
	if _, large := s.own[scope.ID()]; large {
		return tenant.Route{Pool: pool, Schemas: []string{"customer_" + scope.ID(), "shared"}}, err
	}
	return tenant.Route{Pool: pool}, err
}

// Package tenantroute has routes with bounded pools and migrations.
func ExampleWithRoutes() {
	_ = newRepositories(tenant.New(nil, tenant.WithRoutes(schemas{&hosting{}})))
}

// What is counted for the organization, whichever of its projects a call is for.
func ExampleScope_Outermost() {
	scope := acmeOrg.Scope().And(projectID{"7"}.Scope())
	fmt.Println(scope.Outermost(), scope.Outermost() == acmeOrg.Scope())
	// Output: app.org_id=acme true
}

// The scope of a set is what guards and tracers are told of repos.OfTenants(reason, ids…).
func ExampleScope_Set() {
	fmt.Println(acmeOrg.Scope().Set() == nil) // one tenant is no set
	// Output: true
}
