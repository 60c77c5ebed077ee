package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An import is followed by everybody of the organization, cancelled by who may, and known to nobody of another one.
func TestImports(t *testing.T) {
	s := site(t)
	alice, vera, bob := s.person(t, "Alice"), s.person(t, "Vera"), s.person(t, "Bob")
	vera.open("{acme}/imports")
	bob.open("{globex}/imports")
	for _, p := range []*person{vera, bob} {
		p.wait(`document.querySelector("#connection").dataset.state === "on"`)
	}
	secret := unique("imported")
	id := alice.imports(secret+" one.csv", csvOf(secret, 2000)) // which takes a while: ten notes at a time, with a pause
	vera.wait(`document.querySelector("#import-` + id + `")`)   // without loading anything
	if n := evaluate[int](vera, `document.querySelectorAll("main button, main form, main input").length`); n != 0 {
		t.Errorf("a viewer of imports has %d controls: %s", n, vera.at())
	}
	for path, want := range map[string]int{"/app/" + acme + "/imports/" + id + "/cancel": 403, "/app/" + acme + "/imports/" + id + "/retry": 403, "/app/" + acme + "/imports": 403} {
		if status := vera.posts(path, ""); status != want {
			t.Errorf("%s: a viewer gets %d", path, status)
		}
	}
	for path, want := range map[string]int{"/app/" + globex + "/imports/" + id + "/cancel": 404, "/app/" + globex + "/imports/" + id + "/retry": 404, "/app/" + acme + "/imports/" + id + "/cancel": 403} {
		if status := bob.posts(path, ""); status != want {
			t.Errorf("%s: Bob gets %d", path, status)
		}
	}
	alice.state(id, "waiting", "running") // nobody has cancelled it
	alice.click("#cancel-" + id)
	alice.state(id, "cancelled")
	vera.state(id, "cancelled")

	id = alice.imports(secret+" two.csv", csvOf(secret, 60))
	for _, p := range []*person{alice, vera} {
		p.state(id, "done")
		p.wait(`document.querySelector("#progress-text-` + id + `").innerText === "60 of 60 rows" && document.querySelector("#progress-` + id + `").value === 60`)
	}
	if !strings.Contains(vera.all(), "job.progressed") {
		t.Errorf("nothing was told of the progress: %s", vera.all())
	}
	alice.open("{acme}/notes")
	alice.shows(secret + " 59")
	bob.hasNothingOf(append(ofAcme, secret, "job.inserted", "job.progressed", "notes.imported")...)
	bob.open("{globex}/imports")
	bob.hasNothingOf(append(ofAcme, secret)...)
}

// What is wrong with a file is told to who has sent it.
func TestImportErrors(t *testing.T) {
	s := site(t)
	alice, bob := s.person(t, "Alice"), s.person(t, "Bob")
	bob.open("{globex}/imports")
	secret := unique("wrong")
	alice.open("{acme}/imports")
	alice.expect("the server responded with a status of 400")
	alice.upload("#file", "#start-import", secret+".csv", "title,body\n"+secret+",x\n,without a title\n")
	alice.see("#problem")
	alice.shows("line 3")
	alice.looksRight("Alice /app/acme/imports after an error")
	alice.hasNothingOf(secret + " one")
	bob.hasNothingOf(append(ofAcme, secret)...)
}

// A file is downloaded by who belongs to its organization, and is not there for anybody else, whichever way they ask.
func TestDownloads(t *testing.T) {
	s := site(t)
	alice, vera, bob := s.person(t, "Alice"), s.person(t, "Vera"), s.person(t, "Bob")
	secret := unique("kept")
	name := strings.ReplaceAll(secret, " ", "-") + ".txt"
	alice.open("{acme}/files")
	alice.upload("#file", "#upload", name, "the content of "+secret)
	alice.see("#notice")
	for _, p := range []*person{alice, vera} {
		p.open("{acme}/files")
		path := evaluate[string](p, `[...document.querySelectorAll("a[download]")].find(a => a.innerText === "`+name+`").pathname`)
		if text := awaited[string](p, `fetch("`+path+`").then(r => r.text())`); text != "the content of "+secret {
			t.Errorf("%s downloads %q", p.name, text)
		}
	}
	if n := evaluate[int](vera, `document.querySelectorAll("main button, main form, main input").length`); n != 0 {
		t.Errorf("a viewer of files has %d controls: %s", n, vera.at())
	}
	if status := vera.posts("/app/"+acme+"/files/delete", "name="+name); status != 403 {
		t.Errorf("a viewer who deletes a file gets %d", status)
	}
	bob.open("{globex}/files")
	bob.expect("the server responded with a status of")
	for _, path := range []string{"/app/" + acme + "/files/" + name, "/app/" + globex + "/files/" + name, "/app/" + globex + "/files/..%2f..%2f" + acme + "%2ffiles%2f" + name} {
		answer := awaited[string](bob, `fetch("`+path+`").then(async r => r.status + " " + await r.text())`)
		if !slices.Contains([]string{"400", "403", "404"}, answer[:3]) || strings.Contains(answer, "the content of") {
			t.Errorf("%s: Bob gets %s", path, answer)
		}
	}
	bob.hasNothingOf(append(ofAcme, name)...)
}

// A suspended organization is closed to its members, who are told so, and nobody else notices.
func TestSuspended(t *testing.T) {
	s := site(t)
	alice, bob := s.person(t, "Alice"), s.person(t, "Bob")
	t.Cleanup(func() { s.suspend(t, false) })
	s.suspend(t, true)
	alice.expect("the server responded with a status of 403")
	alice.until("{acme}/notes", "#refusal") // which takes a moment: it is announced
	alice.shows("suspended")
	alice.hasNothingOf("Anvil", "Minutes of the Monday meeting")
	alice.looksRight("refused suspended")
	if status := alice.posts("/app/"+acme+"/notes", "title=x"); status != 403 {
		t.Errorf("a note is written in a suspended organization: %d", status)
	}
	bob.open("{globex}/notes")
	bob.see("#new-note")
	bob.hasNothingOf("suspended")
	s.suspend(t, false)
	alice.until("{acme}/notes", "#new-note")
}

// until opens a page again and again, until it has an element.
func (p *person) until(address, selector string) {
	p.t.Helper()
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if p.open(address); evaluate[bool](p, fmt.Sprintf(`!!document.querySelector(%q)`, selector)) {
			return
		}
	}
	p.t.Fatalf("%s: there is never a %s: %s", p.name, selector, p.at())
}

// suspend does what whoever runs the service does, and announces it (tenant.Announcements).
func (s *service) suspend(t *testing.T, on bool) {
	t.Helper()
	s.asOwner(t, `UPDATE organizations SET settings = settings || jsonb_build_object('suspended', $2::bool) WHERE id = $1`, acme, on)
	s.asOwner(t, `SELECT pg_notify('tenants_' || left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 40), json_build_object('topic', $1::text, 'payload', $2::text)::text)`, "tenanthttp directory", acme)
}

func csvOf(text string, rows int) string {
	b := strings.Builder{}
	b.WriteString("title,body\n")
	for i := range rows {
		fmt.Fprintf(&b, "%s %d,written by an import\n", text, i)
	}
	return b.String()
}

// upload chooses a file in a field, and sends it.
func (p *person) upload(field, button, name, content string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.SetUploadFiles(field, []string{file}))
	p.click(button)
}

// imports begins an import, and returns its number.
func (p *person) imports(name, content string) string {
	p.t.Helper()
	p.open("{acme}/imports")
	p.upload("#file", "#start-import", name, content)
	p.see("#notice")
	const find = `[...document.querySelectorAll("[id^=import-][data-state]")].find(e => e.innerText.includes(%q))`
	p.wait(fmt.Sprintf(find, name))
	return strings.TrimPrefix(evaluate[string](p, fmt.Sprintf(find, name)+".id"), "import-")
}

// state waits until an import is in one of the states.
func (p *person) state(id string, states ...string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`%q.split(" ").includes(document.querySelector("#import-%s").dataset.state)`, strings.Join(states, " "), id))
}
