package browser_test

import (
	"strings"
	"testing"
)

// ofAcme and ofGlobex are what the organizations have from the beginning: ids, names, people and notes.
var (
	ofAcme   = []string{acme, "Acme", "Alice", "Vera", "acme.example", "Anvil", "Minutes of the Monday meeting"}
	ofGlobex = []string{globex, "Globex", "Bob", "globex.example", "Expansion to the east coast", "Onboarding of new colleagues"}
)

// Alice of Acme and Bob of Globex sit side by side. What happens in the one organization is shown there at once, to a viewer too, and nothing of
// it reaches the other's page or stream.
func TestSideBySide(t *testing.T) {
	s := site(t)
	alice, vera, bob := s.person(t, "Alice"), s.person(t, "Vera"), s.person(t, "Bob")
	for _, p := range []*person{vera, bob} {
		p.wait(`document.querySelector("#connection").dataset.state === "on"`)
	}
	plan, merger := unique("Plan of Acme"), unique("Merger of Globex")
	alice.writes(plan)
	bob.writes(merger)
	vera.shows(plan) // without loading anything
	alice.open("{acme}/notes")
	alice.shows(plan)
	bob.open("{globex}/notes")
	bob.shows(merger)
	note := evaluate[string](alice, `[...document.querySelectorAll("a.item")].find(a => a.innerText.includes("`+plan+`")).pathname`)
	id := note[strings.LastIndex(note, "/")+1:]
	if !strings.Contains(vera.all(), id) {
		t.Errorf("Vera's page was not told of %s, and the next lines show nothing", id)
	}
	bob.hasNothingOf(append(ofAcme, plan, id)...)
	alice.hasNothingOf(append(ofGlobex, merger)...)
	vera.hasNothingOf(append(ofGlobex, merger)...)
	// The note is not there for Bob, whichever way he asks.
	for _, address := range []string{note, strings.Replace(note, acme, globex, 1), "{acme}/notes", "{acme}/brand.css"} {
		bob.expect("the server responded with a status of")
		bob.open(address)
		bob.hasNothingOf(append(ofAcme[1:], plan)...) // but for the address, which he gave
	}
}

// writes has somebody write a note, from wherever they are.
func (p *person) writes(title string) {
	p.t.Helper()
	p.click("#new-note")
	p.see("#note-form")
	p.fill("#title", title)
	p.fill("#body", "The text of "+title)
	p.click("#save-note")
	p.see("#notice")
}

// A viewer is offered nothing that changes anything, and is refused when it is sent all the same.
func TestViewer(t *testing.T) {
	s := site(t)
	alice, vera := s.person(t, "Alice"), s.person(t, "Vera")
	kept := unique("Kept as it is")
	alice.writes(kept)
	vera.shows(kept)
	note := evaluate[string](vera, `[...document.querySelectorAll("a.item")].find(a => a.innerText.includes("`+kept+`")).pathname`)
	vera.open(note)
	vera.see("#note-text")
	if n := evaluate[int](vera, `document.querySelectorAll("main form, main button, main input, main textarea, main select").length`); n != 0 {
		t.Errorf("a viewer has %d controls: %s", n, vera.all())
	}
	for _, path := range []string{note, note + "/delete", "/app/" + acme + "/notes"} {
		if status := vera.posts(path, "title=Changed&body=&status=draft"); status != 403 {
			t.Errorf("%s: a viewer gets %d", path, status)
		}
	}
	vera.open(note)
	vera.shows(kept)
}

// posts has a person's page send a form that it does not have, and returns the status.
func (p *person) posts(path, form string) int {
	p.t.Helper()
	p.expect("the server responded with a status of")
	script := `fetch("` + path + `", {method: "POST", body: "` + form + `", headers: {"Content-Type": "application/x-www-form-urlencoded"}}).then(r => r.status)`
	return awaited[int](p, script)
}

// Signing in, going to another organization, and signing out.
func TestSessions(t *testing.T) {
	s := site(t)
	carol := s.visitor(t, "Carol")
	carol.open("{globex}/notes")
	carol.see("#token") // who has not signed in is asked to
	carol.expect("the server responded with a status of 401")
	carol.fill("#token", "nobody's")
	carol.click("#sign-in")
	carol.shows("Nobody has this token")
	carol.open(s.signIns["Carol"])
	carol.click("#sign-in")
	carol.see("#current-organization")
	first, second := ofGlobex, ofAcme
	here := evaluate[string](carol, `location.pathname`)
	other := "acme"
	if strings.Contains(here, acme) {
		first, second, other = ofAcme, ofGlobex, "globex"
	}
	carol.shows(first[len(first)-1])
	carol.hasNothingOf(second[len(second)-2:]...)
	carol.click("#current-organization")
	carol.click(`[data-switch="` + other + `"]`)
	carol.see("#notice")
	carol.shows(second[len(second)-1])
	carol.hasNothingOf(first[len(first)-2:]...)
	carol.refused(here) // it is the other one's now
	carol.hasNothingOf(first[len(first)-2:]...)
	carol.open("/")
	carol.click("#current-organization")
	carol.click("#sign-out")
	carol.see("#token")
	carol.open("{acme}/notes")
	carol.see("#token")
}
