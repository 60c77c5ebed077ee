package tenantstream

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/tenantgen/tenantgen/tenant"
)

// Authenticate says which tenant a verified token is for, and which of its members it belongs to. It has to look up that the member still
// is one.
type Authenticate func(ctx context.Context, token string) (tenant.Tenant, tenant.Member, error)

// Request is a message of a client. The first is an auth, within ten seconds:
//
//	{"type": "auth", "token": "…", "tenant": "acme"}
//	{"type": "subscribe", "id": "1", "types": ["note.created"], "labels": {"run": "7"}, "last": "<the last event's ID>"}
//	{"type": "unsubscribe", "id": "1"}
//
// Tenant is the slug or the id of the tenant that the client takes itself to be at. A token that is for another one is refused.
type Request struct {
	Type   string            `json:"type"`
	Token  string            `json:"token,omitempty"`
	Tenant string            `json:"tenant,omitempty"`
	ID     string            `json:"id,omitempty"` // of a subscription, as the client names it
	Types  []string          `json:"types,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
	Last   string            `json:"last,omitempty"`
}

// Reply is a message to a client: authenticated; event with the subscription's ID, of which the first is Ready or Reset; error, which names what was
// wrong with a request.
type Reply struct {
	Type  string `json:"type"`
	ID    string `json:"id,omitempty"`
	Event *Event `json:"event,omitempty"`
	Error string `json:"error,omitempty"`
}

const (
	authWait      = 10 * time.Second
	maxRequest    = 16 << 10 // bytes
	maxPerSocket  = 32       // subscriptions
	refusedReason = "not authenticated for this tenant"
)

// WebSocket serves events over WebSocket (RFC 6455). Pages of another host than the request's are refused, unless WithOrigins lists it. The first message authenticates; where the
// request's context has a tenant already, token, message and context have to agree. All refusals look the same to the client: close code 1008.
func (h *Hub) WebSocket(authenticate Authenticate) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OriginPatterns: h.origins})
		if err != nil {
			return // it has answered
		}
		defer conn.CloseNow()
		conn.SetReadLimit(maxRequest)
		s := &socket{hub: h, conn: conn, base: r.Context(), subscriptions: map[string]*Subscription{}}
		code, reason := s.serve(r, authenticate)
		_ = conn.Close(code, reason)
	})
}

// socket is one WebSocket.
type socket struct {
	hub   *Hub
	conn  *websocket.Conn
	base  context.Context // of reads and writes: one that ends takes the socket with it, before it says why
	scope tenant.Scope

	mu            sync.Mutex
	subscriptions map[string]*Subscription
	pumps         sync.WaitGroup
}

// serve returns what the socket is closed with.
func (s *socket) serve(r *http.Request, authenticate Authenticate) (websocket.StatusCode, string) {
	ctx, t, err := s.authenticated(r.Context(), authenticate)
	if err != nil {
		return websocket.StatusPolicyViolation, refusedReason
	}
	ctx, c, err := s.hub.connect(ctx, "websocket", r.RemoteAddr, t)
	switch {
	case errors.Is(err, ErrTooMany):
		return websocket.StatusTryAgainLater, ErrTooMany.Error()
	case errors.Is(err, ErrClosed):
		return websocket.StatusGoingAway, ErrClosed.Error()
	case err != nil:
		return websocket.StatusPolicyViolation, refusedReason
	}
	s.scope = t.Scope
	defer s.hub.gone(c)
	defer s.closeAll()
	ctx, cancel := context.WithTimeoutCause(ctx, s.hub.maxAge, errOld)
	defer cancel()
	if err := s.write(Reply{Type: "authenticated"}); err != nil {
		return websocket.StatusNormalClosure, ""
	}
	go s.beat(ctx, c)
	go func() {
		for {
			if err := s.read(ctx, c); err != nil {
				c.end(err)
				return
			}
		}
	}()
	<-ctx.Done()
	return closing(context.Cause(ctx))
}

// authenticated reads the first message, and returns the context of its tenant and member.
func (s *socket) authenticated(ctx context.Context, authenticate Authenticate) (context.Context, tenant.Tenant, error) {
	var first Request
	waiting, cancel := context.WithTimeout(ctx, authWait)
	defer cancel()
	if err := s.request(waiting, &first); err != nil {
		return nil, tenant.Tenant{}, err
	}
	if first.Type != "auth" || first.Token == "" || first.Tenant == "" {
		return nil, tenant.Tenant{}, tenant.ErrUnauthenticated
	}
	t, m, err := authenticate(waiting, first.Token)
	if err != nil {
		return nil, tenant.Tenant{}, err
	}
	if first.Tenant != t.ID() && first.Tenant != t.Slug {
		return nil, tenant.Tenant{}, tenant.ErrTenantMismatch
	}
	ctx, err = tenant.NewContext(ctx, t, m)
	return ctx, t, err
}

// request reads one. What is not JSON is one of no type.
func (s *socket) request(ctx context.Context, r *Request) error {
	_, text, err := s.conn.Read(ctx)
	if err == nil && json.Unmarshal(text, r) != nil {
		*r = Request{}
	}
	return err
}

// read does what one message asks for. What is wrong with it is told, and the socket goes on; an error ends it.
func (s *socket) read(ctx context.Context, c *connection) error {
	var request Request
	err := s.request(s.base, &request)
	if err != nil {
		return err
	}
	switch request.Type {
	case "subscribe":
		err = s.subscribe(ctx, c, request)
	case "unsubscribe":
		s.unsubscribe(request.ID)
	default:
		err = errors.New("tenantstream: unknown request: subscribe and unsubscribe are known")
	}
	if err != nil && ctx.Err() == nil {
		return s.write(Reply{Type: "error", ID: request.ID, Error: err.Error()})
	}
	return ctx.Err()
}

func (s *socket) subscribe(ctx context.Context, c *connection, request Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case request.ID == "":
		return errors.New("tenantstream: a subscription needs an id")
	case s.subscriptions[request.ID] != nil:
		return errors.New("tenantstream: there is a subscription of this id")
	case len(s.subscriptions) >= maxPerSocket:
		return errors.New("tenantstream: too many subscriptions")
	}
	sub, err := s.hub.Subscribe(ctx, s.scope, Filter{Types: request.Types, Labels: request.Labels}, request.Last)
	if err != nil {
		return err
	}
	s.subscriptions[request.ID] = sub
	s.pumps.Go(func() { s.pump(ctx, c, request.ID, sub) })
	return nil
}

// pump sends the events of a subscription, until it ends.
func (s *socket) pump(ctx context.Context, c *connection, id string, sub *Subscription) {
	for {
		e, err := sub.Next(ctx)
		if err == nil {
			err = s.write(Reply{Type: "event", ID: id, Event: &e})
		}
		if err != nil {
			if !errors.Is(err, errUnsubscribed) {
				c.end(err)
			}
			return
		}
	}
}

var errUnsubscribed = errors.New("tenantstream: unsubscribed")

func (s *socket) unsubscribe(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub := s.subscriptions[id]; sub != nil {
		sub.Close()
		sub.end(errUnsubscribed)
		delete(s.subscriptions, id)
	}
}

func (s *socket) closeAll() {
	s.mu.Lock()
	for _, sub := range s.subscriptions {
		sub.Close()
		sub.end(errUnsubscribed)
	}
	s.mu.Unlock()
	s.pumps.Wait()
}

// end fails a subscription whose queue nobody reads any more.
func (s *Subscription) end(err error) {
	s.room.hub.mu.Lock()
	defer s.room.hub.mu.Unlock()
	s.queue = nil
	s.fail(err)
}

// beat makes sure that the client is still there.
func (s *socket) beat(ctx context.Context, c *connection) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.hub.heartbeat):
		}
		asking, cancel := context.WithTimeout(s.base, s.hub.write)
		err := s.conn.Ping(asking)
		cancel()
		if err != nil {
			c.end(err)
			return
		}
	}
}

func (s *socket) write(r Reply) error {
	writing, cancel := context.WithTimeout(s.base, s.hub.write)
	defer cancel()
	return wsjson.Write(writing, s.conn, r)
}

// closing is what the socket is closed with.
func closing(err error) (websocket.StatusCode, string) {
	switch {
	case errors.Is(err, ErrSlow):
		return websocket.StatusTryAgainLater, ErrSlow.Error()
	case errors.Is(err, ErrClosed), errors.Is(err, errOld), errors.Is(err, ErrMissed):
		return websocket.StatusServiceRestart, "connect again"
	case errors.Is(err, ErrRevoked):
		return websocket.StatusPolicyViolation, ErrRevoked.Error()
	}
	return websocket.StatusNormalClosure, ""
}

// encode writes what Publish has checked, or this package made.
func encode(e Event) []byte {
	text, _ := json.Marshal(e)
	return text
}
