package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// upload sends a file, as the page's form does.
func (b *browser) upload(path, name, content string) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = part.Write([]byte(content))
	_ = form.Close()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+b.address(path), &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// csvOf is a file with n notes.
func csvOf(title string, n int) string {
	text := strings.Builder{}
	text.WriteString("title,body\n")
	for i := range n {
		fmt.Fprintf(&text, "%s %d,\"some text, of a row\"\n", title, i+1)
	}
	return text.String()
}

var importID = regexp.MustCompile(`id="import-(\d+)" data-state="(\w+)"`)

// until waits for the latest import to come into a state, and returns its id.
func (b *browser) until(path, state string) string {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		page := b.get(path)
		if found := importID.FindStringSubmatch(page.text); found != nil && found[2] == state {
			return found[1]
		}
	}
	b.t.Fatalf("the import is never %s: %s", state, b.get(path).text)
	return ""
}

// A file becomes notes, in the name of whoever sent it, while everybody of the organization sees how far it is, and nobody else.
func TestImport(t *testing.T) {
	s := newSite(t)
	alice, vera, bob := s.signIn(s.Alice), s.signIn(s.Vera), s.signIn(s.Bob)
	seen, globex := vera.listen("{acme}/events"), bob.listen("{globex}/events")
	alice.upload("{acme}/imports", `C:\Users\alice\rows.csv`, "\ufeff"+csvOf("Imported", 25)).want(t, 200, "The import has begun", ">rows.csv<")
	events := vera.wait(seen, "job.completed")
	steps := ""
	for _, e := range events {
		if e.Type == "job.progressed" {
			steps += string(e.Data)
		}
	}
	for _, done := range []string{`"done":10,"total":25`, `"done":20,"total":25`, `"done":25,"total":25`} {
		if !strings.Contains(steps, done) {
			t.Errorf("the steps are %s", steps)
		}
	}
	alice.until("{acme}/imports", "done")
	alice.get("{acme}/imports").want(t, 200, "25 of 25 rows", "Alice")
	vera.get("{acme}/notes?search=imported").want(t, 200, "25 notes")
	bob.post("{globex}/notes", "title", "After the import of Acme")
	if e := bob.wait(globex, "note.created"); len(e) != 1 {
		t.Errorf("Bob has seen %+v", e)
	}
	bob.get("{globex}/imports").want(t, 200, "Nothing was imported yet", "not", "rows.csv")
	bob.get("{globex}/notes?search=imported").want(t, 200, "No note is like that")
}

// What is wrong with a file is said with its line, and nothing of it is imported.
func TestImportRefused(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	for content, want := range map[string]string{
		"":                                      "the file is no CSV",
		"name\nx\n":                             "has to name the columns title and body",
		"title,body,color\nx,y,z\n":             "and no others",
		"title\n":                               "there is no note in the file",
		"title,body\nx,y\n ,y\n":                "line 3: a note needs a title",
		"title,body\nx,\"y\n":                   "line 2:",
		"title,body\nx\n":                       "line 2:",
		"title\n" + strings.Repeat("x", 301):    "line 2: the title is longer",
		"title\n" + strings.Repeat("x\n", 2001): "more than 2000 notes",
		strings.Repeat("x", 257<<10):            "larger than 256 KiB",
		"title,body\nx,\x00\n":                  "line 2: there is something in it",
	} {
		b.upload("{acme}/imports", "wrong.csv", content).want(t, 400, want, "Nothing was imported yet")
	}
	b.post("{acme}/imports").want(t, 400, "This did not work")
}

// An import is cancelled, leaves what it has written, and goes on from there when it is wanted after all: each row becomes one note.
func TestCancelImport(t *testing.T) {
	s := newPausingSite(t, time.Hour)
	alice := s.signIn(s.Alice)
	seen := alice.listen("{acme}/events")
	alice.upload("{acme}/imports", "long.csv", csvOf("Row", 90)).want(t, 200)
	alice.wait(seen, "job.progressed")
	id := importID.FindStringSubmatch(alice.get("{acme}/imports").text)[1]

	vera, bob := s.signIn(s.Vera), s.signIn(s.Bob)
	vera.get("{acme}/imports").want(t, 200, "long.csv", "not", "cancel-"+id, "Cancel", "import-form")
	vera.post("{acme}/imports/"+id+"/cancel").want(t, 403, "not for your role")
	vera.upload("{acme}/imports", "vera.csv", csvOf("Vera's", 1)).want(t, 403)
	bob.post("{globex}/imports/"+id+"/cancel").want(t, 404, "There is no such page")
	bob.post("{globex}/imports/"+id+"/retry").want(t, 404)
	bob.post("{acme}/imports/"+id+"/cancel").want(t, 403)

	alice.get("{acme}/imports").want(t, 200, `id="cancel-`+id+`"`)
	alice.post("{acme}/imports/"+id+"/cancel").want(t, 200, "The import is cancelled")
	alice.wait(seen, "job.cancelled")
	alice.until("{acme}/imports", "cancelled")
	alice.get("{acme}/notes?search=row").want(t, 200, "10 notes")
	vera.post("{acme}/imports/"+id+"/retry").want(t, 403)
	s.stop()
	s.serve(0)
	alice.post("{acme}/imports/"+id+"/retry").want(t, 200, "The import goes on")
	alice.until("{acme}/imports", "done")
	alice.get("{acme}/notes?search=row").want(t, 200, "90 notes")
}

// The plan's limit ends an import, with the reason; it is not tried again and again.
func TestImportBeyondThePlan(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	b.upload("{acme}/imports", "many.csv", csvOf("Plenty", 120)).want(t, 200)
	b.until("{acme}/imports", "cancelled")
	b.get("{acme}/imports").want(t, 200, "Stopped", "It stopped: the plan Free allows 100 notes", "90 of 120 rows")
	b.get("{acme}/notes?search=plenty").want(t, 200, "90 notes")
}
