// Package tenantotel makes an OpenTelemetry span of every call of a tenant.DB:
//
//	db := tenant.New(pool, tenant.WithTracer(tenantotel.New()))
//
// It is a package of its own, so that an application that does not import it does not build OpenTelemetry, nor has it in
// its go.mod.
package tenantotel

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tenantgen/tenantgen/tenant"
)

// Attributes of the spans besides OpenTelemetry's own for database clients. Each level of the tenant has its attribute as
// well: the setting's name after TenantPrefix, such as tenant.app.org_id.
const (
	TenantPrefix = "tenant."
	CommandKey   = attribute.Key("tenantgen.command")  // sqlc's, such as one; or tx
	WriteKey     = attribute.Key("tenantgen.write")    // whether it changes rows
	ReasonKey    = attribute.Key("tenantgen.reason")   // why it crosses tenants
	CategoryKey  = attribute.Key("tenantgen.category") // what kind of reason the query itself has
	RowsKey      = attribute.Key("tenantgen.rows")     // returned or changed
)

// Attributes that OpenTelemetry's conventions for database clients define.
const (
	systemKey  = attribute.Key("db.system.name")
	summaryKey = attribute.Key("db.query.summary")
	statusKey  = attribute.Key("db.response.status_code")
	errorKey   = attribute.Key("error.type")
)

// Option changes what New makes.
type Option func(*adapter)

// WithTracerProvider takes the tracer from a provider other than the global one.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(a *adapter) { a.provider = provider }
}

// New returns a tracer that makes spans. They are named for repository and query; the statements that pgx traces become
// their children.
func New(opts ...Option) tenant.Tracer {
	a := &adapter{provider: otel.GetTracerProvider()}
	for _, opt := range opts {
		opt(a)
	}
	a.tracer = a.provider.Tracer("github.com/tenantgen/tenantgen/tenant/tenantotel")
	return a
}

type adapter struct {
	provider trace.TracerProvider
	tracer   trace.Tracer
}

// own is the context's key of this adapter's span: another tracer may have begun one after it.
type own struct{ *adapter }

func (a *adapter) TraceStart(ctx context.Context, data tenant.TraceStartData) context.Context {
	op := data.Operation
	name := op.Name
	if op.Repository != "" {
		name = op.Repository + "." + op.Name
	}
	attributes := []attribute.KeyValue{
		systemKey.String("postgresql"), summaryKey.String(name), CommandKey.String(string(op.Command)), WriteKey.Bool(op.Write),
	}
	for setting, id := range data.Scope.Levels() {
		attributes = append(attributes, attribute.String(TenantPrefix+setting, id))
	}
	if op.Reason != "" {
		attributes = append(attributes, ReasonKey.String(op.Reason))
	}
	if op.Category != "" {
		attributes = append(attributes, CategoryKey.String(string(op.Category)))
	}
	ctx, span := a.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return context.WithValue(ctx, own{a}, span)
}

func (a *adapter) TraceEnd(ctx context.Context, result tenant.TraceEndData) {
	span, ok := ctx.Value(own{a}).(trace.Span)
	if !ok {
		return
	}
	span.SetAttributes(RowsKey.Int64(result.Rows))
	if result.Err != nil {
		span.SetStatus(codes.Error, result.Err.Error())
		span.SetAttributes(errorType(result.Err)...)
	}
	span.End()
}

// errorType is the SQLSTATE of a server's error, and Go's type of any other.
func errorType(err error) []attribute.KeyValue {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return []attribute.KeyValue{errorKey.String(pgErr.Code), statusKey.String(pgErr.Code)}
	}
	return []attribute.KeyValue{errorKey.String(fmt.Sprintf("%T", err))}
}
