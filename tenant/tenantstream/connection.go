package tenantstream

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// Connection describes one connection of a member.
type Connection struct {
	ID     string
	Kind   string // "sse" or "websocket"
	Member tenant.Member
	Remote string // the address that the connection comes from, a proxy's where there is one
	Since  time.Time
}

// connection is a Connection with what ends it.
type connection struct {
	Connection
	scope tenant.Scope
	room  *room // which is held, so that it hears of a Disconnect
	end   context.CancelCauseFunc
}

// connect registers a connection of the context's member, and returns the context that lasts as long as it may.
func (h *Hub) connect(ctx context.Context, kind, remote string, t tenant.Tenant) (context.Context, *connection, error) {
	if err := t.Status.Err(); err != nil {
		return nil, nil, err
	}
	m, err := tenant.CurrentMember(ctx)
	if err != nil {
		return nil, nil, err
	}
	r, err := h.enter(t.Scope)
	if err != nil {
		return nil, nil, err
	}
	select {
	case <-r.ready: // and so it hears of a Disconnect
	case <-ctx.Done():
		r.leave()
		return nil, nil, ctx.Err()
	}
	c := &connection{Connection: Connection{ID: rand.Text(), Kind: kind, Member: m, Remote: remote, Since: time.Now()}, scope: t.Scope, room: r}
	ctx, c.end = context.WithCancelCause(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err = r.err; h.closed {
		err = ErrClosed
	} else if err == nil && len(h.of(t.Scope)) >= h.perTenant {
		err = ErrTooMany
	}
	if err != nil {
		r.left()
		return nil, nil, err
	}
	h.connections[c] = true
	return ctx, c, nil
}

// gone takes a connection off the list.
func (h *Hub) gone(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.end(nil)
	delete(h.connections, c)
	c.room.left()
	if h.left != nil && len(h.connections) == 0 {
		close(h.left)
		h.left = nil
	}
}

// of returns the connections for exactly a scope; the mutex is held.
func (h *Hub) of(scope tenant.Scope) []*connection {
	var all []*connection
	for c := range h.connections {
		if c.scope == scope {
			all = append(all, c)
		}
	}
	return all
}

// Connections lists those that this process has for exactly this scope, the oldest first.
func (h *Hub) Connections(scope tenant.Scope) []Connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Connection
	for _, c := range h.of(scope) {
		all = append(all, c.Connection)
	}
	slices.SortFunc(all, func(a, b Connection) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return all
}

// revoke ends the connections of a member, or of all who are there when something was missed; the mutex is held.
func (h *Hub) revoke(scope tenant.Scope, member string, why error) {
	for _, c := range h.of(scope) {
		if why == ErrMissed || c.Member.ID == member {
			c.end(why)
		}
	}
}

// Shutdown refuses new connections, ends those that there are, whose clients connect to another process then, and waits until they are gone or ctx ends.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	left := make(chan struct{})
	if len(h.connections) == 0 {
		close(left)
	} else {
		h.left = left
	}
	for c := range h.connections {
		c.end(ErrClosed)
	}
	h.mu.Unlock()
	h.stop()
	select {
	case <-left:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is what answers a request that is refused unless WithRefusal is given: a problem of RFC 9457, as the middleware's are.
func answer(w http.ResponseWriter, r *http.Request, err error) {
	for own, status := range map[error]int{ErrFilter: http.StatusBadRequest, ErrTooMany: http.StatusTooManyRequests, ErrClosed: http.StatusServiceUnavailable} {
		if errors.Is(err, own) {
			tenanthttp.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status}.ServeHTTP(w, r)
			return
		}
	}
	tenanthttp.Error(w, r, err)
}
