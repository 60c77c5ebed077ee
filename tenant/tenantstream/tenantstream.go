// Package tenantstream brings a tenant's events to its members' browsers, by server-sent events and by WebSocket:
//
//	hub := tenantstream.New(db)
//	mux.Handle("GET /events", resolved(hub.SSE()))          // behind the middleware that knows tenant and member
//	mux.Handle("GET /socket", hub.WebSocket(authenticate))  // whose first message authenticates
//
//	err := tenantstream.Publish(ctx, tx.Executor(), orgID.Scope(), tenantstream.Event{Type: "note.created", Data: data})
//
// An event is published for one tenant, at the commit when that is done in a transaction, and reaches those who are subscribed for this
// tenant, whichever process of the service they are connected to: all processes listen by the one notifier of their tenant.DB. There is no
// way to subscribe to more than one tenant, nor to one that neither the request's context nor the verified token names.
//
// Who lost the connection gets what came meanwhile, as long as the process has heard all of it since; otherwise the event
// [Reset], which says to read everything anew. Who reads too slowly is disconnected, and resumes in the same way.
//
// It is a module of its own, because it brings go-sse and coder/websocket.
package tenantstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/tenant"
)

// Event is what happened to something of a tenant.
type Event struct {
	// ID names the event, for whoever resumes behind it. Publish makes one when it is empty.
	ID string `json:"id,omitempty"`
	// Type is the application's, such as note.created. What begins with "tenantstream." is this package's.
	Type string `json:"type"`
	// Labels are what subscriptions filter by.
	Labels map[string]string `json:"labels,omitempty"`
	// Data is JSON, or nothing.
	Data json.RawMessage `json:"data,omitempty"`
}

// The types of this package's own events, which have no ID.
const (
	// Ready says that a subscription has begun: what is read now, and changed by the events from here on, is complete.
	Ready = "tenantstream.ready"
	// Reset says that events may have been missed. Who keeps a state reads it anew.
	Reset = "tenantstream.reset"

	own        = "tenantstream."
	disconnect = own + "disconnect" // to the processes: its label member has to go
)

// Errors to test for with errors.Is.
var (
	// ErrEvent refuses an event that cannot be sent as it is.
	ErrEvent = errors.New("tenantstream: unusable event")
	// ErrFilter refuses a filter that nobody has thought of.
	ErrFilter = errors.New("tenantstream: unusable filter")
	// ErrSlow ends a subscription whose events were not read in time.
	ErrSlow = errors.New("tenantstream: events were not read in time")
	// ErrRevoked ends the connections of a member by Disconnect.
	ErrRevoked = errors.New("tenantstream: disconnected")
	// ErrMissed ends connections whose Disconnect may have been missed. Their clients authenticate anew.
	ErrMissed = errors.New("tenantstream: events may have been missed")
	// ErrClosed ends all subscriptions of a hub that is shut down.
	ErrClosed = errors.New("tenantstream: shutting down")
	// ErrTooMany refuses one connection more than a tenant may have.
	ErrTooMany = errors.New("tenantstream: too many connections of the tenant")
)

// DefaultTopic is the topic of notifications that events travel by.
const DefaultTopic = "tenantstream"

// most is how long the text of an event may be, as a string of JSON: PostgreSQL takes less than 8000 bytes, with whose it is.
const most = 7400

// Publish sends an event to all who are subscribed for the scope's tenant: at once on a *tenant.DB, at the commit on a *tenant.Tx. It is
// refused with ErrEvent when it is larger than PostgreSQL's notifications are, which take less than 8000 bytes: send what has changed,
// not what it is now. Like any other call it is refused before any I/O in another tenant's transaction or context.
func Publish(ctx context.Context, q tenant.Executor, scope tenant.Scope, e Event) error {
	if strings.HasPrefix(e.Type, own) {
		return fmt.Errorf("%w: the type %q is the package's own", ErrEvent, e.Type)
	}
	return publish(ctx, q, scope, DefaultTopic, e)
}

func publish(ctx context.Context, q tenant.Executor, scope tenant.Scope, topic string, e Event) error {
	if e.ID == "" {
		e.ID = rand.Text()
	}
	if err := e.check(); err != nil {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if quoted, err := json.Marshal(string(text)); err != nil || len(quoted) > most {
		return fmt.Errorf("%w: %d bytes, of %d", ErrEvent, len(quoted), most)
	}
	return tenant.Notify(ctx, q, scope, topic, string(text))
}

// check refuses what a line of a stream cannot say.
func (e Event) check() error {
	switch {
	case e.Type == "":
		return fmt.Errorf("%w: it has no type", ErrEvent)
	case strings.ContainsAny(e.Type+e.ID, "\r\n\x00"):
		return fmt.Errorf("%w: type and id are one line each", ErrEvent)
	case len(e.Data) > 0 && !json.Valid(e.Data):
		return fmt.Errorf("%w: the data are not JSON", ErrEvent)
	}
	for name := range e.Labels {
		if name == "" {
			return fmt.Errorf("%w: a label has no name", ErrEvent)
		}
	}
	return nil
}

// Disconnect ends all connections that a member has for exactly this scope, in all processes: for somebody who was removed from the
// tenant, or signed out. It is sent as Publish sends an event, so in a transaction with the removal itself.
func Disconnect(ctx context.Context, q tenant.Executor, scope tenant.Scope, memberID string) error {
	if memberID == "" {
		return fmt.Errorf("%w: nobody to disconnect", ErrEvent)
	}
	return publish(ctx, q, scope, DefaultTopic, Event{Type: disconnect, Labels: map[string]string{"member": memberID}})
}
