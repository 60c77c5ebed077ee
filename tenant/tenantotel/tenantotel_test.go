package tenantotel_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantotel"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestSpans(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder))
	pool, err := pgxpool.New(t.Context(), pgtest.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	db := tenant.New(pool, tenant.WithCrossTenantPool(pool), tenant.WithTracer(tenantotel.New(tenantotel.WithTracerProvider(provider))))
	scope := gen.NewScope("app.org_id", "acme").And(gen.NewScope("app.project_id", "7"))
	var n int
	conn := gen.Scoped(db, scope, tenant.Operation{Repository: "NotesRepository", Name: "ListNotes", Command: "many"})
	rows, err := conn.Query(t.Context(), "select 1 from generate_series(1, 3)")
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	conn = gen.Scoped(db, scope, tenant.Operation{Repository: "NotesRepository", Name: "Halve", Command: "one", Write: true})
	_ = conn.QueryRow(t.Context(), "select 1/0").Scan(&n)
	_ = gen.Scoped(db, tenant.Scope{}, tenant.Operation{Repository: "NotesRepository", Name: "Nobody"}).QueryRow(t.Context(), "select 1").Scan(&n)
	err = gen.InCrossTenantTx(t.Context(), gen.CrossTenant(db, "billing"), func(context.Context, *tenant.CrossTenant) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name       string
		status     codes.Code
		attributes map[attribute.Key]attribute.Value
	}{
		{"NotesRepository.ListNotes", codes.Unset, map[attribute.Key]attribute.Value{
			"tenant.app.org_id": attribute.StringValue("acme"), "tenant.app.project_id": attribute.StringValue("7"),
			"tenantgen.command": attribute.StringValue("many"), "tenantgen.rows": attribute.Int64Value(3),
			"tenantgen.write": attribute.BoolValue(false), "db.system.name": attribute.StringValue("postgresql"),
			"db.query.summary": attribute.StringValue("NotesRepository.ListNotes"),
		}},
		{"NotesRepository.Halve", codes.Error, map[attribute.Key]attribute.Value{
			"tenantgen.write": attribute.BoolValue(true), "error.type": attribute.StringValue("22012"),
			"db.response.status_code": attribute.StringValue("22012"),
		}},
		{"NotesRepository.Nobody", codes.Error, map[attribute.Key]attribute.Value{"error.type": attribute.StringValue("*errors.errorString")}},
		{"InTx", codes.Unset, map[attribute.Key]attribute.Value{"tenantgen.reason": attribute.StringValue("billing"), "tenantgen.command": attribute.StringValue("tx")}},
	}
	spans := recorder.Ended()
	if len(spans) != len(want) {
		t.Fatalf("%d spans ended, want %d", len(spans), len(want))
	}
	for i, want := range want {
		got := attribute.NewSet(spans[i].Attributes()...)
		if spans[i].Name() != want.name || spans[i].Status().Code != want.status {
			t.Errorf("span %s, status %v, want %s, %v", spans[i].Name(), spans[i].Status(), want.name, want.status)
		}
		for key, value := range want.attributes {
			if v, ok := got.Value(key); !ok || v != value {
				t.Errorf("%s: %s is %v, want %v", want.name, key, v.Emit(), value.Emit())
			}
		}
	}
}

// What runs within a call is traced as its child, also when another tracer has begun a span after ours.
func TestSpansNest(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder))
	outer, inner := tenantotel.New(tenantotel.WithTracerProvider(provider)), tenantotel.New(tenantotel.WithTracerProvider(provider))
	pool, err := pgxpool.New(t.Context(), pgtest.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	db := tenant.New(pool, tenant.WithTracer(outer), tenant.WithTracer(inner))
	if _, err := gen.Scoped(db, gen.NewScope("app.org_id", "acme"), tenant.Operation{Name: "GetNote"}).Exec(t.Context(), "select 1"); err != nil {
		t.Fatal(err)
	}
	spans := recorder.Ended()
	if len(spans) != 2 || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() || spans[1].Parent().IsValid() {
		t.Errorf("%d spans, or not one within the other", len(spans))
	}
}
