package tenant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Channel is the channel that a tenant's notifications on a topic are sent to: a hash, because channel names are limited
// to 63 bytes. A trigger sends one, here for the topic "notes", by
//
//	pg_notify(
//	  'tenant_' || left(encode(sha256(convert_to(E'app.org_id\n' || new.org_id || E'\nnotes', 'UTF8')), 'hex'), 40),
//	  json_build_object('tenant', json_build_object('app.org_id', new.org_id), 'topic', 'notes', 'payload', new.id::text)::text)
//
// PostgreSQL restricts neither who listens to a channel nor who sends to it. That is why a notification repeats whose it
// is, and why a secret should not be part of it.
func Channel(scope Scope, topic string) string {
	var text strings.Builder
	for _, a := range scope.assignments(nil) {
		text.WriteString(a.setting + "\n" + a.value + "\n")
	}
	sum := sha256.Sum256([]byte(text.String() + topic))
	return "tenant_" + hex.EncodeToString(sum[:20])
}

// envelope is what is sent: the hash in a channel's name proves nothing.
type envelope struct {
	Tenant  map[string]string `json:"tenant"`
	Topic   string            `json:"topic"`
	Payload string            `json:"payload"`
}

func newEnvelope(scope Scope, topic, payload string) envelope {
	e := envelope{Tenant: map[string]string{}, Topic: topic, Payload: payload}
	for _, a := range scope.assignments(nil) {
		e.Tenant[a.setting] = a.value
	}
	return e
}

// Notify sends a notification to those who listen for the tenant's topic: at once on a *DB, at the commit on a *Tx.
// PostgreSQL limits it to somewhat less than 8000 bytes, and sends equal ones of a transaction once.
func Notify(ctx context.Context, q Executor, scope Scope, topic, payload string) error {
	return send(ctx, q, scope, "Notify", Channel(scope, topic), newEnvelope(scope, topic, payload))
}

// send sends what is in an envelope to a channel, as a call of the tenant's.
func send(ctx context.Context, q Executor, scope Scope, name, channel string, e envelope) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("tenant: notify: %w", err)
	}
	conn := q.scoped(scope, Operation{Name: name, Command: CommandNotify, Write: true})
	_, err = conn.Exec(ctx, "select pg_catalog.pg_notify($1, $2)", channel, string(text))
	if errors.Is(err, ErrNoDatabase) {
		return nil // a test's: nobody listens
	}
	return err
}

// Notification is what a listener is told.
type Notification struct {
	// Payload is what was sent.
	Payload string
	// Listening reports that notifications arrive from now on; there is no payload. It comes first, and again when some may
	// have been missed, because the connection was lost or the handler is too slow: whoever keeps a state reads it anew.
	Listening bool
}

// Listen calls handle for every notification of the tenant's topic, one after the other, until ctx ends or handle returns
// an error, which it returns. One that names another tenant, or cannot be read, is dropped. A lost connection is made
// anew, for as long as it takes; the first one has to succeed.
//
// All listeners of a DB, and of those that With makes of it, wait on one connection, which is taken out of the pool for the
// first and closed after the last; with WithPools, one for each database with listeners. A handler that is slow delays
// nobody else. Of what is sent meanwhile a thousand notifications are kept; what comes after these is dropped, and
// Notification.Listening tells so. Behind a pooler in transaction mode there is no LISTEN: use a DB on a pool that connects
// directly.
func (db *DB) Listen(ctx context.Context, scope Scope, topic string, handle func(context.Context, Notification) error) error {
	op := Operation{Name: "Listen", Command: CommandListen}
	l := &listener{db: db, channel: Channel(scope, topic), handle: handle, call: func() *call { return db.scoped(scope, op) }}
	l.open = func(got envelope) bool {
		want := newEnvelope(scope, topic, got.Payload)
		return got.Topic == want.Topic && maps.Equal(got.Tenant, want.Tenant)
	}
	return l.listen(ctx)
}

// listen listens again whenever the connection was lost.
func (l *listener) listen(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		listened, err := l.session(ctx)
		var stop *stopError
		var lost *lostError
		switch {
		case errors.As(err, &stop):
			return stop.error
		case ctx.Err() != nil:
			return ctx.Err()
		case !l.ever && !errors.As(err, &lost):
			return err
		case listened:
			wait = firstWait
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

const (
	firstWait = 50 * time.Millisecond // before the first attempt to connect again
	lastWait  = 5 * time.Second
)

// quiet is how long nothing has to come before the server is asked whether it is still there.
var quiet = 30 * time.Second

// stopError ends Listen: it is no failure of a connection.
type stopError struct{ error }

// listener is one call of Listen, or of Watch on one database.
type listener struct {
	db      *DB
	channel string
	call    func() *call        // for the guards and tracers
	pool    *pgxpool.Pool       // nil: the call's
	open    func(envelope) bool // whether a notification really is of this tenant and topic
	handle  func(context.Context, Notification) error
	ever    bool // a session has listened
}

// session listens as long as there is a connection, and reports whether it came so far.
func (l *listener) session(ctx context.Context) (listened bool, err error) {
	guarded := l.call()
	ctx, span := guarded.begin(ctx)
	var received int64
	defer func() { span.end(received, err) }()
	if err := guarded.allow(ctx); err != nil {
		return false, &stopError{err}
	}
	if l.db.fake {
		return false, &stopError{ErrNoDatabase}
	}
	pool := l.pool
	if pool == nil {
		if err := guarded.connect(ctx); err != nil {
			return false, err
		}
		pool = guarded.base.pool
	}
	s := l.db.family.subscribe(pool, l.channel)
	defer s.leave()
	for {
		n, err := s.next(ctx)
		if err != nil {
			return listened, err
		}
		told := Notification{Listening: n == nil}
		if told.Listening {
			listened, l.ever = true, true
		} else if payload, ok := l.read(n); ok {
			told.Payload = payload
			received++
		} else {
			continue
		}
		if err := l.handle(ctx, told); err != nil {
			return listened, &stopError{err}
		}
	}
}

// read returns the payload of a notification that is meant for this listener.
func (l *listener) read(n *pgconn.Notification) (string, bool) {
	var got envelope
	if n.Channel != l.channel || json.Unmarshal([]byte(n.Payload), &got) != nil {
		return "", false
	}
	return got.Payload, l.open(got)
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
