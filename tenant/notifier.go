package tenant

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// notifier is the one connection of a database on which all listeners of a DB wait. It is opened for the first and closed
// after the last. When it is lost, each listener's session fails; the first that begins another opens the next.
type notifier struct {
	pool   *pgxpool.Pool
	family *family
	stop   context.CancelFunc // of everything: nobody listens any more
	quiet  time.Duration

	// The family's mutex guards these.
	wanted map[string]map[*subscription]bool // by channel
	heard  map[string]bool                   // channels for which the connection has said LISTEN
	wake   context.CancelFunc                // ends the wait for a notification, to look at wanted again
}

// subscribe adds a listener to the notifier of its database, which is started when there is none.
func (f *family) subscribe(pool *pgxpool.Pool, channel string) *subscription {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.notifiers[pool]
	if n == nil {
		var ctx context.Context
		n = &notifier{pool: pool, family: f, quiet: quiet, wanted: map[string]map[*subscription]bool{}, heard: map[string]bool{}}
		ctx, n.stop = context.WithCancel(context.Background())
		n.wake = func() {}
		f.notifiers[pool] = n
		go n.run(ctx)
	}
	s := &subscription{notifier: n, channel: channel, signal: make(chan struct{}, 1)}
	if n.wanted[channel] == nil {
		n.wanted[channel] = map[*subscription]bool{}
	}
	n.wanted[channel][s] = true
	if n.heard[channel] {
		s.listen()
	} else {
		n.wake()
	}
	return s
}

// leave takes a listener from its notifier, and ends that after the last one.
func (s *subscription) leave() {
	n := s.notifier
	n.family.mu.Lock()
	defer n.family.mu.Unlock()
	delete(n.wanted[s.channel], s)
	if len(n.wanted[s.channel]) > 0 {
		return
	}
	delete(n.wanted, s.channel)
	if len(n.wanted) == 0 {
		n.forget()
	}
	n.wake()
}

// forget has the next listener start another notifier, and this one end.
func (n *notifier) forget() {
	if n.family.notifiers[n.pool] == n {
		delete(n.family.notifiers, n.pool)
	}
	n.stop()
}

// run opens the connection, and fails all listeners with what ends it.
func (n *notifier) run(ctx context.Context) {
	err := n.connected(ctx)
	n.family.mu.Lock()
	defer n.family.mu.Unlock()
	n.forget()
	for _, of := range n.wanted {
		for s := range of {
			s.fail(err)
		}
	}
}

func (n *notifier) connected(ctx context.Context) error {
	pooled, err := n.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	// Never back into the pool: the next user of the connection would be sent these tenants' notifications.
	conn := pooled.Hijack()
	defer closeConn(conn)
	for err == nil {
		waiting, add, drop := n.changes(ctx)
		if err = n.say(ctx, conn, add, drop); err == nil {
			err = n.next(ctx, waiting, conn)
		}
	}
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Severity != "FATAL" {
		return err
	}
	return &lostError{err}
}

// lostError is of a connection that there was. Whoever began to listen just then had no part in it.
type lostError struct{ error }

func (e *lostError) Unwrap() error { return e.error }

// answerWait is how long the server may take to begin to listen.
const answerWait = 30 * time.Second

// changes returns the channels to begin and to cease listening on, and the context of the next wait, which a change of
// them ends.
func (n *notifier) changes(ctx context.Context) (waiting context.Context, add, drop []string) {
	n.family.mu.Lock()
	defer n.family.mu.Unlock()
	n.wake() // releases the one before
	waiting, n.wake = context.WithTimeout(ctx, n.quiet)
	for channel := range n.wanted {
		if !n.heard[channel] {
			add = append(add, channel)
		}
	}
	for channel := range n.heard {
		if n.wanted[channel] == nil {
			drop = append(drop, channel)
			delete(n.heard, channel) // whoever comes now has to wait for another LISTEN
		}
	}
	return waiting, add, drop
}

// say tells the server of the changes, and then the listeners that they are heard.
func (n *notifier) say(ctx context.Context, conn *pgx.Conn, add, drop []string) error {
	var sql strings.Builder
	for _, channel := range drop {
		sql.WriteString("unlisten " + pgx.Identifier{channel}.Sanitize() + ";")
	}
	for _, channel := range add {
		sql.WriteString("listen " + pgx.Identifier{channel}.Sanitize() + ";")
	}
	if sql.Len() == 0 {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	if _, err := conn.PgConn().Exec(asking, sql.String()).ReadAll(); err != nil {
		return err
	}
	n.family.mu.Lock()
	defer n.family.mu.Unlock()
	for _, channel := range add {
		n.heard[channel] = true
		for s := range n.wanted[channel] {
			s.listen()
		}
	}
	return nil
}

// next waits for a notification or a change. When it was quiet for long, it makes sure that the connection is alive.
func (n *notifier) next(ctx, waiting context.Context, conn *pgx.Conn) error {
	got, err := conn.WaitForNotification(waiting)
	switch {
	case err == nil:
		n.deliver(got)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() == context.Canceled:
		return nil
	case waiting.Err() == nil:
		return err
	}
	asking, cancel := context.WithTimeout(ctx, n.quiet)
	defer cancel()
	return conn.Ping(asking)
}

// deliver queues a notification for all who listen to its channel. Whose it really is, each of them finds out.
func (n *notifier) deliver(got *pgconn.Notification) {
	n.family.mu.Lock()
	defer n.family.mu.Unlock()
	for s := range n.wanted[got.Channel] {
		s.push(got)
	}
}

// maxQueued bounds what waits for one slow listener.
const maxQueued = 1000

// subscription is one listener's part of a notifier: what is to be told to it.
type subscription struct {
	notifier *notifier
	channel  string
	signal   chan struct{} // there may be something new

	mu      sync.Mutex
	queue   []*pgconn.Notification // nil: they begin, maybe after some were missed
	started bool                   // they have begun
	gap     bool                   // the last of the queue is nil, for those that are being dropped
	err     error                  // comes last
}

// change changes what there is to be told.
func (s *subscription) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

// listen says that notifications begin, unless they have.
func (s *subscription) listen() {
	s.change(func() {
		if !s.started {
			s.started, s.queue = true, append(s.queue, nil)
		}
	})
}

// push queues a notification. What a listener is too slow for is dropped, and it is told so: that they begin anew.
func (s *subscription) push(n *pgconn.Notification) {
	s.change(func() {
		switch {
		case !s.started || s.gap:
		case len(s.queue) >= maxQueued:
			s.gap, s.queue = true, append(s.queue, nil)
		default:
			s.queue = append(s.queue, n)
		}
	})
}

func (s *subscription) fail(err error) {
	s.change(func() { s.err = err })
}

// next returns the next notification, or nil for that they begin.
func (s *subscription) next(ctx context.Context) (*pgconn.Notification, error) {
	for {
		if n, ok, err := s.pop(); ok || err != nil {
			return n, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.signal:
		}
	}
}

func (s *subscription) pop() (n *pgconn.Notification, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil, false, s.err
	}
	n, s.queue = s.queue[0], s.queue[1:]
	s.gap = s.gap && len(s.queue) > 0
	return n, true, nil
}
