package tenantstream

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Hub has the subscriptions of one process. It is safe for concurrent use.
type Hub struct {
	db   *tenant.DB
	ctx  context.Context // of everything that listens
	stop context.CancelFunc

	history, queue, perTenant        int
	linger, heartbeat, write, maxAge time.Duration
	list, subscriptions              Scope
	guards                           []tenant.Guard
	refuse                           func(http.ResponseWriter, *http.Request, error)
	origins                          []string

	mu          sync.Mutex
	rooms       map[tenant.Scope]*room
	connections map[*connection]bool
	closed      bool
	left        chan struct{} // closed when there is no connection any more, once it is set
}

// Option changes what New makes.
type Option func(*Hub)

// WithHistory sets how many events of a tenant a process keeps for those who come back, 256 when it is not given, and for how long after the
// last of them has gone, a minute.
func WithHistory(events int, linger time.Duration) Option {
	return func(h *Hub) { h.history, h.linger = events, linger }
}

// WithQueue sets how many events may wait for one subscriber, 256 when it is not given. One more ends the subscription with ErrSlow.
func WithQueue(events int) Option { return func(h *Hub) { h.queue = events } }

// WithConnections sets how many connections a tenant may have to this process, 1000 when it is not given.
func WithConnections(perTenant int) Option { return func(h *Hub) { h.perTenant = perTenant } }

// WithHeartbeat sets after how long a silence something is sent, 20 seconds when it is not given, so that proxies keep the connection and a client that
// is gone is noticed; and how long one write may take, 10 seconds.
func WithHeartbeat(silence, write time.Duration) Option {
	return func(h *Hub) { h.heartbeat, h.write = silence, write }
}

// WithMaxAge sets how old a connection gets, an hour when it is not given. The client then connects and authenticates anew, so that
// a permission that was taken away ends at last.
func WithMaxAge(age time.Duration) Option { return func(h *Hub) { h.maxAge = age } }

// WithListScope says which of the tenant's events a member may see, by the same rule as the lists that they are shown.
func WithListScope(s Scope) Option { return func(h *Hub) { h.list = s } }

// WithSubscriptionScope takes the place of WithListScope where events are not to be seen as lists are.
func WithSubscriptionScope(s Scope) Option { return func(h *Hub) { h.subscriptions = s } }

// WithGuard adds a guard, which is asked before a subscription with the operation Subscribe of the repository Events.
func WithGuard(guard tenant.Guard) Option { return func(h *Hub) { h.guards = append(h.guards, guard) } }

// WithRefusal gives what answers a request that is refused.
func WithRefusal(refuse func(http.ResponseWriter, *http.Request, error)) Option {
	return func(h *Hub) { h.refuse = refuse }
}

// WithOrigins lists the hosts, beside the request's own, whose pages may open a WebSocket, such as app.example.com or *.example.com.
func WithOrigins(patterns ...string) Option { return func(h *Hub) { h.origins = patterns } }

// New returns a hub of the events that are published by Publish. Its listeners are db's: one connection for each database.
func New(db *tenant.DB, opts ...Option) *Hub {
	h := &Hub{db: db, history: 256, queue: 256, perTenant: 1000, linger: time.Minute, heartbeat: 20 * time.Second, write: 10 * time.Second, maxAge: time.Hour,
		refuse: answer, rooms: map[tenant.Scope]*room{}, connections: map[*connection]bool{}}
	h.ctx, h.stop = context.WithCancel(context.Background())
	for _, opt := range opts {
		opt(h)
	}
	return h
}

// Subscription is a flow of one tenant's events.
type Subscription struct {
	room   *room
	filter Filter

	signal chan struct{} // there may be something new
	queue  []Event       // guarded by the hub's mutex, as is the rest
	err    error         // comes last
}

// Subscribe begins a subscription to the events of the scope's tenant behind the one with the ID last, or from now on when it is empty. The first event is
// Ready, or Reset where the one with that ID is not known any more. Close ends it. It is refused for a tenant other than the context's.
func (h *Hub) Subscribe(ctx context.Context, scope tenant.Scope, f Filter, last string) (*Subscription, error) {
	if err := h.allowed(ctx, scope); err != nil {
		return nil, err
	}
	allowed, err := h.visible(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.enter(scope)
	if err != nil {
		return nil, err
	}
	defer r.leave()
	select {
	case <-r.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return r.subscribe(f.And(allowed), last)
}

// allowed asks whether the context may have the events of the scope's tenant.
func (h *Hub) allowed(ctx context.Context, scope tenant.Scope) error {
	if err := scope.Match(); err != nil {
		return err // it names no tenant
	}
	if t, err := tenant.Current(ctx); err == nil {
		if err := t.Scope.Match(scope); err != nil {
			return err
		}
	}
	op := tenant.Operation{Name: "Subscribe", Repository: "Events", Command: tenant.CommandListen}
	for _, guard := range h.guards {
		if err := guard(ctx, scope, op); err != nil {
			return err
		}
	}
	return nil
}

// visible is what the context's member may see.
func (h *Hub) visible(ctx context.Context) (Filter, error) {
	scope := h.subscriptions
	if scope == nil {
		scope = h.list
	}
	if scope == nil {
		return Filter{}, nil
	}
	return scope(ctx)
}

// Next returns the next event, when there is one. An error is the last: of ctx, or why the subscription ended.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Event{}, err
		}
		if e, ok, err := s.take(); ok || err != nil {
			return e, err
		}
		select {
		case <-s.signal:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// take takes the first of the queue.
func (s *Subscription) take() (Event, bool, error) {
	s.room.hub.mu.Lock()
	defer s.room.hub.mu.Unlock()
	if len(s.queue) == 0 {
		return Event{}, false, s.err
	}
	e := s.queue[0]
	s.queue = s.queue[1:]
	return e, true, nil
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.room.hub.mu.Lock()
	defer s.room.hub.mu.Unlock()
	if s.room.subscriptions[s] {
		delete(s.room.subscriptions, s)
		s.room.left()
	}
}

// push and fail are called with the hub's mutex held.
func (s *Subscription) push(e Event) {
	switch {
	case s.err != nil:
		return
	case len(s.queue) >= s.room.hub.queue:
		s.fail(ErrSlow)
		return
	}
	s.queue = append(s.queue, e)
	s.wake()
}

func (s *Subscription) fail(err error) {
	if s.err == nil {
		s.err = err
		s.wake()
	}
}

func (s *Subscription) wake() {
	select {
	case s.signal <- struct{}{}:
	default:
	}
}
