package soak_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/tmaxmax/go-sse"

	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// stream follows a tenant's events as a page would: it reads the list when it is told to, applies the events from there on, and resumes after the
// last one wherever it gets a connection next. So it notices a note that it was never told of.
type stream struct {
	*client
	socket bool // by WebSocket, not by SSE

	last   string       // ID of the last event
	read   bool         // the list is still to be read
	latest atomic.Int64 // number of the latest note that it knows of
}

// follow connects again and again.
func (f *stream) follow(ctx context.Context) {
	for f.read = true; ctx.Err() == nil; {
		f.turn()
		connect := f.bySSE
		if f.socket {
			connect = f.bySocket
		}
		// A network that loses the connection, every now and then.
		connected, lose := context.WithTimeout(ctx, time.Duration(100+f.random.IntN(4000))*time.Millisecond)
		err := connect(connected)
		lose()
		if wrong := violation(""); errors.As(err, &wrong) {
			f.t.Errorf("the stream of %s: %v", f.own, wrong)
		}
		f.count.add("connections")
		pause(ctx, 50*time.Millisecond)
	}
}

func (f *stream) bySSE(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, "GET", f.address()+"/orgs/"+f.own+"/events", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", f.token())
	if f.last != "" {
		r.Header.Set("Last-Event-ID", f.last)
	}
	response, err := f.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", response.Status)
	}
	for e, err := range sse.Read(response.Body, nil) {
		if err != nil {
			return err
		}
		if err := f.hear(ctx, e.Data); err != nil {
			return err
		}
	}
	return nil
}

func (f *stream) bySocket(ctx context.Context) error {
	conn, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	for _, request := range []tenantstream.Request{
		{Type: "auth", Token: f.token(), Tenant: f.own},
		{Type: "subscribe", ID: "all", Last: f.last},
	} {
		text, err := json.Marshal(request)
		if err != nil {
			return err
		}
		if err := conn.Write(ctx, websocket.MessageText, text); err != nil {
			return err
		}
	}
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var reply struct {
			Type, Error string
			Event       json.RawMessage
		}
		if err := json.Unmarshal(text, &reply); err != nil {
			return err
		}
		if reply.Type != "event" {
			continue
		}
		if err := f.hear(ctx, string(reply.Event)); err != nil {
			return err
		}
	}
}

// hear takes in one event.
func (f *stream) hear(ctx context.Context, text string) error {
	f.count.add("events")
	if m := foreign(f.own, text); m != "" {
		f.count.add("foreign events")
		return violation("it has " + m + ": " + text)
	}
	var e tenantstream.Event
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return violation(err.Error() + ": " + text)
	}
	switch {
	case e.Type == tenantstream.Reset, e.Type == tenantstream.Ready && (f.read || f.last == ""):
		f.count.add("lists read")
		return f.readList(ctx)
	case e.Type == tenantstream.Ready:
		f.count.add("resumptions")
		return nil
	}
	if !bytes.Contains([]byte(text), []byte(f.own)) {
		return violation("nothing says whose it is: " + text)
	}
	f.last = e.ID
	if e.Type == noteAdded {
		return f.hearNote(e)
	}
	return nil
}

// hearNote notices a note that is missing.
func (f *stream) hearNote(e tenantstream.Event) error {
	var n note
	if err := json.Unmarshal(e.Data, &n); err != nil {
		return violation(err.Error())
	}
	switch latest := f.latest.Load(); {
	case n.Seq > latest+1:
		f.latest.Store(n.Seq)
		return violation(fmt.Sprintf("after note %d comes %d", latest, n.Seq))
	case n.Seq == latest+1:
		f.latest.Store(n.Seq)
	} // else it was in the list already
	return nil
}

// readList is what a page does when the stream begins, or may have missed something.
func (f *stream) readList(ctx context.Context) error {
	f.last, f.read = "", true // until it is read
	status, text, err := f.ask(ctx, "GET", "/orgs/"+f.own+"/notes", "")
	if err != nil || status != http.StatusOK {
		return errors.Join(err, fmt.Errorf("the list: %d", status))
	}
	var n note
	if err := json.Unmarshal([]byte(text), &n); err != nil || n.Text != f.own {
		return violation("the list is " + text)
	}
	f.read = false
	if n.Seq < f.latest.Load() {
		return violation(fmt.Sprintf("the list ends at %d, and there was %d", n.Seq, f.latest.Load()))
	}
	f.latest.Store(n.Seq)
	return nil
}

// pause sleeps unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
