package tenantstream

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tmaxmax/go-sse"

	"github.com/tenantgen/tenantgen/tenant"
)

// SSE streams the events of the context's tenant to the context's member, as server-sent events (WHATWG HTML, 9.2): it stands behind middleware
// that has resolved and checked both. The query is as FilterFrom reads it; the ID of the last event comes in Last-Event-ID, as browsers send it,
// or in last. The first event is Ready or Reset.
func (h *Hub) SSE() http.Handler { return http.HandlerFunc(h.serveSSE) }

func (h *Hub) serveSSE(w http.ResponseWriter, r *http.Request) {
	if err := h.stream(w, r); err != nil {
		h.refuse(w, r, err)
	}
}

// stream returns an error as long as nothing was sent.
func (h *Hub) stream(w http.ResponseWriter, r *http.Request) error {
	f, last, err := FilterFrom(r.URL.Query())
	if err != nil {
		return err
	}
	t, err := tenant.Current(r.Context())
	if err != nil {
		return err
	}
	session, err := sse.Upgrade(w, r)
	if err != nil {
		return err
	}
	if session.LastEventID.IsSet() {
		last = session.LastEventID.String()
	}
	ctx, c, err := h.connect(r.Context(), "sse", r.RemoteAddr, t)
	if err != nil {
		return err
	}
	defer h.gone(c)
	ctx, cancel := context.WithTimeoutCause(ctx, h.maxAge, errOld)
	defer cancel()
	s, err := h.Subscribe(ctx, t.Scope, f, last)
	if err != nil {
		return err
	}
	defer s.Close()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would wait for more
	out := &sseWriter{session: session, deadline: http.NewResponseController(w), write: h.write}
	for out.err == nil {
		e, err := h.next(ctx, s)
		switch {
		case errors.Is(err, errSilence):
			out.send(comment())
		case err != nil:
			return nil // the client connects again
		default:
			out.send(message(e))
		}
	}
	return nil
}

var (
	errOld     = errors.New("tenantstream: the connection is old enough")
	errSilence = errors.New("tenantstream: silence")
)

// next is Next, or errSilence when nothing comes for a while.
func (h *Hub) next(ctx context.Context, s *Subscription) (Event, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, h.heartbeat, errSilence)
	defer cancel()
	e, err := s.Next(waiting)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(waiting), errSilence) && waiting.Err() != nil {
		return Event{}, errSilence
	}
	return e, err
}

// sseWriter writes messages, each within its time.
type sseWriter struct {
	session  *sse.Session
	deadline *http.ResponseController
	write    time.Duration
	err      error
}

func (w *sseWriter) send(m *sse.Message) {
	// A writer that has no deadlines, such as a test's recorder, blocks nobody.
	if err := w.deadline.SetWriteDeadline(time.Now().Add(w.write)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		w.err = err
		return
	}
	if w.err = w.session.Send(m); w.err == nil {
		w.err = w.session.Flush()
	}
}

func comment() *sse.Message {
	m := &sse.Message{}
	m.AppendComment("still here")
	return m
}

// message writes an event; the whole of it is its data, so that labels arrive, too.
func message(e Event) *sse.Message {
	m := &sse.Message{Type: sse.Type(e.Type)}
	if e.ID != "" {
		m.ID = sse.ID(e.ID)
	}
	m.AppendData(string(encode(e)))
	return m
}
