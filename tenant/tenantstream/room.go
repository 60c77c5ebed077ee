package tenantstream

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// room is what a process has of one tenant: who is subscribed, and the latest events. It listens as long as there is somebody, and
// a while longer for those who come back.
type room struct {
	hub   *Hub
	scope tenant.Scope
	stop  context.CancelFunc
	ready chan struct{} // closed when it listens, or has failed

	// The hub's mutex guards these.
	began         bool
	err           error // why it has ended
	users         int   // subscriptions, connections, and those that wait for ready
	subscriptions map[*Subscription]bool
	history       []Event
	timer         *time.Timer
}

// enter returns the tenant's room, which is made when there is none, and holds it until leave.
func (h *Hub) enter(scope tenant.Scope) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	r := h.rooms[scope]
	if r == nil {
		r = &room{hub: h, scope: scope, ready: make(chan struct{}), subscriptions: map[*Subscription]bool{}}
		var ctx context.Context
		ctx, r.stop = context.WithCancel(h.ctx)
		h.rooms[scope] = r
		go r.run(ctx)
	}
	r.users++
	if r.timer != nil {
		r.timer.Stop()
	}
	return r, nil
}

func (r *room) leave() {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	r.left()
}

// left is leave with the hub's mutex held.
func (r *room) left() {
	r.users--
	r.idle()
}

// idle ends the room when nobody comes for a while. The hub's mutex is held.
func (r *room) idle() {
	if r.users > 0 || r.hub.rooms[r.scope] != r {
		return
	}
	r.timer = time.AfterFunc(r.hub.linger, func() {
		r.hub.mu.Lock()
		defer r.hub.mu.Unlock()
		if r.users == 0 {
			r.forget()
		}
	})
}

// forget has the next who comes find another room.
func (r *room) forget() {
	if r.hub.rooms[r.scope] == r {
		delete(r.hub.rooms, r.scope)
	}
	r.stop()
}

// run listens until the room is stopped, and tells all who are there why it ends.
func (r *room) run(ctx context.Context) {
	err := r.hub.db.Listen(ctx, r.scope, DefaultTopic, func(_ context.Context, n tenant.Notification) error {
		r.handle(n)
		return nil
	})
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if r.hub.closed {
		err = ErrClosed
	}
	r.err = err
	r.forget()
	for s := range r.subscriptions {
		s.fail(err)
	}
	r.hub.revoke(r.scope, "", ErrMissed)
	r.open()
}

// open lets those in who wait.
func (r *room) open() {
	if !r.began {
		r.began = true
		close(r.ready)
	}
}

func (r *room) handle(n tenant.Notification) {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if n.Listening {
		if r.began { // again: something may have been missed
			r.history = nil
			r.tell(Event{Type: Reset})
			r.hub.revoke(r.scope, "", ErrMissed)
		}
		r.open()
		return
	}
	var e Event
	if json.Unmarshal([]byte(n.Payload), &e) != nil || e.check() != nil || e.ID == "" {
		return // nobody's of this package
	}
	switch {
	case e.Type == disconnect:
		r.hub.revoke(r.scope, e.Labels["member"], ErrRevoked)
	case strings.HasPrefix(e.Type, own):
	default:
		r.keep(e)
		r.tell(e)
	}
}

func (r *room) keep(e Event) {
	r.history = append(r.history, e)
	if more := len(r.history) - r.hub.history; more > 0 {
		r.history = slices.Delete(r.history, 0, more)
	}
}

func (r *room) tell(e Event) {
	for s := range r.subscriptions {
		if e.Type == Reset || s.filter.Matches(e) {
			s.push(e)
		}
	}
}

// subscribe begins behind the event with an ID.
func (r *room) subscribe(f Filter, last string) (*Subscription, error) {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	s := &Subscription{room: r, filter: f, signal: make(chan struct{}, 1)}
	r.users++
	r.subscriptions[s] = true
	at := slices.IndexFunc(r.history, func(e Event) bool { return e.ID == last })
	switch {
	case last != "" && at < 0:
		s.queue = append(s.queue, Event{Type: Reset})
	default:
		s.queue = append(s.queue, Event{Type: Ready})
		if last != "" {
			for _, e := range r.history[at+1:] {
				if f.Matches(e) {
					s.queue = append(s.queue, e)
				}
			}
		}
	}
	s.wake()
	return s, nil
}
