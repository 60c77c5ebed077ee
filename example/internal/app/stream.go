package app

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// The types of the events of an organization's notes. Each but the last, which is of several, has the note's id as its label note.
const (
	noteCreated  = "note.created"
	noteUpdated  = "note.updated"
	noteDeleted  = "note.deleted"
	noteImported = "note.imported"
)

// newStream has the events of all organizations, each for its own members.
func newStream(db *tenant.DB) *tenantstream.Hub {
	return tenantstream.New(db, tenantstream.WithGuard(operations.Guard), tenantstream.WithRefusal(tenanthttp.Error))
}

// Events are what happens in the organization of the request, as server-sent events: see docs/streams.md.
func (a *App) Events() http.Handler { return tenanthttp.Require("events:read")(a.stream.SSE()) }

// Shutdown ends all streams, so that a server that stops need not wait for who listens.
func (a *App) Shutdown(ctx context.Context) error { return a.stream.Shutdown(ctx) }

// tellOfNote tells those who look at the organization's notes, at the commit. They read for themselves what is there now.
func tellOfNote(ctx context.Context, tx *repo.Tx, org repo.OrgID, what string, note uuid.UUID) error {
	by := ""
	if m, err := tenant.CurrentMember(ctx); err == nil {
		by = m.ID
	}
	data, err := json.Marshal(map[string]string{"note": note.String(), "by": by})
	if err != nil {
		return err
	}
	return tenantstream.Publish(ctx, tx.Executor(), org.Scope(), tenantstream.Event{
		Type: what, Labels: map[string]string{"note": note.String()}, Data: data,
	})
}
