package tenant

import (
	"context"
	"errors"
	"time"
)

// Tracer sees every call from its start to its end, for spans, metering and audit logs. TraceEnd is called once for each
// TraceStart, also when the call is refused before any I/O, but not for rows that are never closed. Tracers run
// concurrently. They see the scope and the operation as a Guard does, in structs that may grow; a transaction is a call of its own, with the
// command "tx" and no repository, around those of its statements.
type Tracer interface {
	// TraceStart returns the context that the call goes on with, and that TraceEnd is given.
	TraceStart(ctx context.Context, data TraceStartData) context.Context
	TraceEnd(ctx context.Context, data TraceEndData)
}

// TraceStartData is a call that begins.
type TraceStartData struct {
	// Scope is whose call it is, zero for global and cross-tenant ones.
	Scope Scope
	// Tenant is the tenant of the outermost level that it is for, as the call, its transaction or its context says: with levels of
	// tenancy a call for a project alone does not. It is zero where nobody says it.
	Tenant Scope
	// Operation is the call.
	Operation Operation
}

// TraceEndData is how a call ended.
type TraceEndData struct {
	// TraceStartData is what TraceStart was given.
	TraceStartData
	// Rows is the number of rows that the statement returned or changed, as the server counts them; of a batch it is the
	// sum over the results that were read.
	Rows int64
	// Duration is the time from the call until its result was read to the end, and so includes the caller's work between
	// two rows.
	Duration time.Duration
	// Refused reports that the call was refused before any I/O: for whom it is, by a guard, or because nobody knows where the
	// tenant's rows are. Err says why.
	Refused bool
	// Err is why the call failed. That QueryRow found no row is no failure: Rows is 0 then.
	Err error
}

// errAborted is what a tracer is told about a transaction whose function did not return.
var errAborted = errors.New("tenant: the transaction's function panicked or ended its goroutine")

// WithTracer adds a tracer. With several, they start in the order in which they were added.
func WithTracer(tracer Tracer) Option {
	return func(db *DB) { db.tracers = append(db.tracers, tracer) }
}

// span is one call as the tracers see it; nil when there are none.
type span struct {
	ctx     context.Context
	tracers []Tracer
	data    TraceStartData
	began   time.Time
	refused bool
	ended   bool
	release func() // what the call holds for as long as it lasts
}

// refuse notes that nothing was sent.
func (s *span) refuse() {
	if s != nil {
		s.refused = true
	}
}

// trace starts a span and returns the context to go on with.
func trace(ctx context.Context, tracers []Tracer, scope, within Scope, settings []string, op Operation) (context.Context, *span) {
	if len(tracers) == 0 {
		return ctx, nil
	}
	began := time.Now()
	data := TraceStartData{Scope: scope, Tenant: outermost(ctx, scope, within, settings), Operation: op}
	for _, t := range tracers {
		ctx = t.TraceStart(ctx, data)
	}
	return ctx, &span{ctx: ctx, tracers: tracers, data: data, began: began}
}

// outermost is the tenant of the outermost level that a scope is for, within a transaction's scope. A DB that was not told
// of levels has one.
func outermost(ctx context.Context, scope, within Scope, settings []string) Scope {
	if scope.check() != nil {
		return Scope{}
	}
	said := []Scope{scope, within}
	if c, _ := ctx.Value(currentKey{}).(*current); c != nil && c.tenant.Scope.admits(scope, settings) {
		said = append(said, c.tenant.Scope)
	}
	for _, s := range said {
		if s = s.Outermost(); s.check() == nil && (len(settings) == 0 || s.setting == settings[0]) {
			return s
		}
	}
	return Scope{}
}

// end tells the tracers, the last one first. Only the first end counts.
func (s *span) end(rows int64, err error) {
	if s == nil || s.ended {
		return
	}
	s.ended = true
	if s.release != nil {
		s.release()
	}
	data := TraceEndData{TraceStartData: s.data, Rows: rows, Duration: time.Since(s.began), Refused: s.refused, Err: err}
	for i := len(s.tracers) - 1; i >= 0; i-- {
		s.tracers[i].TraceEnd(s.ctx, data)
	}
}

// transactionOf is a transaction as guards' and tracers' operation.
func transactionOf(reason string) Operation {
	return Operation{Name: "InTx", Command: CommandTx, Reason: reason}
}

// traced calls f as a transaction that the tracers see.
func traced(ctx context.Context, db *DB, scope Scope, reason string, f func(context.Context, *span) error) error {
	ctx, span := trace(ctx, db.tracers, scope, Scope{}, db.settings, transactionOf(reason))
	err := errAborted
	defer func() { span.end(0, err) }()
	err = f(ctx, span)
	return err
}
