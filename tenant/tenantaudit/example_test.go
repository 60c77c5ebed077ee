package tenantaudit_test

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantaudit"
)

// In these examples repos are generated repositories, and orgID is the id type that comes with them.
var (
	pool, admin *pgxpool.Pool
	auditor     *tenantaudit.Auditor
	repos       repositories
)

type orgID struct{}

func (orgID) Scope() tenant.Scope { return tenant.Scope{} }

type repoTx struct{ tenantaudit.Tx }

type repositories struct{}

func (repositories) InTx(context.Context, orgID, func(context.Context, *repoTx) error) error {
	return nil
}

// The auditor sees every call as a tracer. It logs at once, and writes its tables until the process is told to end, and once
// more then.
func ExampleAuditor_Run() {
	auditor, err := tenantaudit.New(tenantaudit.Config{
		TenantColumn: "org_id",
		Log:          slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		Rules:        tenantaudit.DefaultRules(),
		Alert: func(_ context.Context, a tenantaudit.Alert) {
			if a.Severity == tenantaudit.Critical {
				log.Print("page somebody: ", a.Rule, " by ", a.Last.Actor.ID)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db := tenant.New(pool, tenant.WithCrossTenantPool(admin), tenant.WithTracer(auditor))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- auditor.Run(ctx, db) }()
	// serve until ctx ends, then
	if err := <-done; err != nil {
		log.Print("the rest is in the log alone: ", err)
	}
}

// What is refused before there is a call, the application says: here somebody asks for an organization that is not theirs.
func ExampleAuditor_Refused() {
	handler := func(w http.ResponseWriter, r *http.Request, asked orgID) {
		ctx := tenantaudit.WithAddress(r.Context(), r.RemoteAddr)
		auditor.Refused(ctx, asked.Scope(), r.Method+" "+r.Pattern, tenant.ErrNotMember)
		http.NotFound(w, r)
	}
	_ = handler
}

// A tenant's own view of what happened in the last day.
func ExampleAuditor_Events() {
	err := repos.InTx(context.Background(), orgID{}, func(ctx context.Context, tx *repoTx) error {
		events, err := auditor.Events(ctx, tx, time.Now().AddDate(0, 0, -1), time.Now(), 100)
		for _, e := range events {
			log.Print(e.At, e.Kind, e.Actor.ID, e.Operation.Name, e.Message)
		}
		return err
	})
	log.Print(err)
}

// Whoever runs the service looks at what crossed tenants, which is kept itself.
func ExampleAuditor_Crossings() {
	var db *tenant.DB
	show := func(ctx context.Context) ([]tenantaudit.Event, error) {
		return auditor.Crossings(ctx, db, "the quarterly review", time.Now().AddDate(0, -3, 0), time.Now(), 1000)
	}
	_ = show
}
