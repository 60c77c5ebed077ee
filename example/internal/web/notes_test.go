package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// A note is written, found, changed and deleted, in forms that work without a script.
func TestNotes(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	b.get("{acme}/notes/new").want(t, 200, `<label for="title">`, `<label for="body">`)
	b.post("{acme}/notes", "title", " ", "body", "kept while it is put right").want(t, 400, "a note needs a title", "kept while it is put right")
	page := b.post("{acme}/notes", "title", "Fresh <b>&", "body", "</textarea><script>alert(1)</script>")
	page.want(t, 200, "The note is written", "Fresh &lt;b&gt;&amp;", "not", "<script>alert")
	note, _, _ := strings.Cut(page.path, "?")
	b.get("{acme}/notes?search=fresh+%3Cb").want(t, 200, "Fresh", "1 note", "not", "Anvil")
	b.get("{acme}/notes?search=%25").want(t, 200, "No note is like that")
	b.post(note, "title", "Riper", "body", "x", "status", "published").want(t, 200, "The note is saved", "Published")
	b.post(note, "title", "Riper still", "body", "x", "status", "rotten").want(t, 400, "status is one of", "Riper still")
	b.get("{acme}/notes?status=published").want(t, 200, "Riper", "not", "still", "Catalogue")
	b.post(note+"/delete").want(t, 200, "The note is deleted", "not", "Riper")
	b.get(note).want(t, 404)
}

// A long list has pages.
func TestNotePages(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	for range 30 {
		b.post("{acme}/notes", "title", "One of many").want(t, 200)
	}
	first := b.get("{acme}/notes?search=one+of")
	first.want(t, 200, "30 notes", "Earlier notes", "page=2&amp;search=one&#43;of", "not", "Later notes")
	second := b.get("{acme}/notes?search=one+of&page=2")
	second.want(t, 200, "Later notes", "not", "Earlier notes")
	if n, m := strings.Count(first.text, "One of many"), strings.Count(second.text, "One of many"); n != 20 || m != 10 {
		t.Errorf("%d and %d notes", n, m)
	}
}

// A viewer is offered nothing that a viewer may not do, and is refused when it is asked for all the same.
func TestViewerOfNotes(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Vera)
	b.get("{acme}/notes").want(t, 200, "Launch plan", "not", "New note")
	b.get("{acme}/notes/{a.note}").want(t, 200, "The secret of Acme", "not", "<textarea", "delete-note", "save-note")
	b.get("{acme}/notes/new").want(t, 403, "not for your role")
	b.post("{acme}/notes", "title", "Vera's").want(t, 403, "not for your role")
	b.post("{acme}/notes/{a.note}", "title", "Vera's", "status", "draft").want(t, 403)
	b.post("{acme}/notes/{a.note}/delete").want(t, 403)
	b.get("{acme}/notes").want(t, 200, "Launch plan", "not", "Vera&#39;s")
}

// Another organization's note is not there, in no way of asking; and the answer says nothing else than for one that never was.
func TestForeignNotes(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	never := "00000000-0000-4000-8000-000000000000"
	for _, ask := range []func(note string) answer{
		func(note string) answer { return b.get("{acme}/notes/" + note) },
		func(note string) answer { return b.post("{acme}/notes/"+note, "title", "mine", "status", "draft") },
		func(note string) answer { return b.post("{acme}/notes/" + note + "/delete") },
	} {
		foreign, none := ask("{g.note}"), ask(never)
		foreign.want(t, 404, "There is no such page", "not", "Globex")
		if foreign.text != none.text {
			t.Errorf("%s tells more than %s", foreign.text, none.text)
		}
	}
	for _, path := range []string{"{globex}/notes", "{globex}/notes/{g.note}", "{globex}/notes/{a.note}", "{globex}/events", "{globex}/brand.css", "/app/" + never + "/notes"} {
		b.get(path).want(t, 403, "not", "Globex", "secret")
	}
	b.post("{globex}/notes", "title", "Alice's").want(t, 403, "not", "Globex")
	s.signIn(s.Bob).get("{globex}/notes/{g.note}").want(t, http.StatusOK, "The secret of Globex", "Draft")
}
