package web_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// listen opens a browser's stream, and waits until it has begun.
func (b *browser) listen(path string) <-chan tenantstream.Event {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+b.address(path), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s", path, response.Status)
	}
	events := make(chan tenantstream.Event, 1000)
	go func() {
		defer close(events)
		defer response.Body.Close()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var e tenantstream.Event
			if ok && json.Unmarshal([]byte(data), &e) == nil {
				events <- e
			}
		}
	}()
	b.wait(events, tenantstream.Ready)
	return events
}

// wait returns the next event of a type; others pass by, and are returned, too.
func (b *browser) wait(events <-chan tenantstream.Event, kind string) (before []tenantstream.Event) {
	b.t.Helper()
	end := time.After(time.Minute)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				b.t.Fatalf("the stream ended without %s", kind)
			}
			before = append(before, e)
			if e.Type == kind {
				return before
			}
		case <-end:
			b.t.Fatalf("no %s came, but %v", kind, before)
		}
	}
}

// What happens in an organization is seen by those who look at it, a viewer too, and by nobody of another.
func TestLive(t *testing.T) {
	s := newSite(t)
	alice, vera, bob := s.signIn(s.Alice), s.signIn(s.Vera), s.signIn(s.Bob)
	seen, globex := vera.listen("{acme}/events"), bob.listen("{globex}/events")
	note, _, _ := strings.Cut(alice.post("{acme}/notes", "title", "Seen at once").path, "?")
	alice.post(note, "title", "Seen again", "status", "draft")
	alice.post(note + "/delete")
	id := note[strings.LastIndex(note, "/")+1:]
	for _, kind := range []string{"note.created", "note.updated", "note.deleted"} {
		if e := vera.wait(seen, kind); e[0].Type != kind || e[0].Labels["note"] != id || strings.Contains(string(e[0].Data), "Seen") {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	bob.post("{globex}/notes", "title", "Bob's own")
	if e := bob.wait(globex, "note.created"); len(e) != 1 || e[0].Labels["note"] == id {
		t.Errorf("Bob sees %+v", e)
	}
	bob.get("{acme}/events").want(t, 403)
	s.browser().get("{acme}/events").want(t, 200, "Sign in")
}

// Signing out ends the streams of the person, not only the pages.
func TestStreamEndsWithSession(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	events := b.listen("{acme}/events")
	b.post("/sign-out")
	select {
	case e, ok := <-events:
		if ok {
			t.Errorf("got %+v", e)
		}
	case <-time.After(time.Minute):
		t.Error("the stream goes on")
	}
}
