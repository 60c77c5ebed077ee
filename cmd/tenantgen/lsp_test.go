package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
)

// editor is a client of tenantgen lsp over its standard input and output.
type editor struct {
	t     *testing.T
	conn  *jsonrpc2.Conn
	said  chan published
	ended chan int
	err   *strings.Builder
}

type published struct {
	URI         string
	Diagnostics []struct {
		Range    span
		Severity int
		Code     string
		Message  string
	}
}

type span struct{ Start, End struct{ Line, Character int } }

func (s span) String() string {
	return fmt.Sprintf("%d:%d-%d:%d", s.Start.Line, s.Start.Character, s.End.Line, s.End.Character)
}

type pipes struct {
	io.Reader
	io.WriteCloser
}

func newEditor(t *testing.T) *editor {
	t.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	e := &editor{t: t, said: make(chan published, 100), ended: make(chan int, 1), err: &strings.Builder{}}
	go func() {
		code := run([]string{"lsp"}, in, out, e.err)
		out.Close()
		e.ended <- code
	}()
	handle := func(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) (any, error) {
		var p published
		if req.Method != "textDocument/publishDiagnostics" || json.Unmarshal(*req.Params, &p) != nil {
			t.Errorf("%s %s", req.Method, *req.Params)
		}
		e.said <- p
		return nil, nil
	}
	e.conn = jsonrpc2.NewConn(t.Context(), jsonrpc2.NewBufferedStream(pipes{fromServer, toServer}, jsonrpc2.VSCodeObjectCodec{}), jsonrpc2.HandlerWithError(handle), jsonrpc2.LogMessages(newTranscript(t)))
	return e
}

// transcript shows what client and server say to each other, with go test -v.
type transcript struct {
	t     *testing.T
	mu    sync.Mutex
	ended bool // a test that has ended has no log
}

func newTranscript(t *testing.T) *transcript {
	l := &transcript{t: t}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended = true
	})
	return l
}

// Printf is a line of it.
func (l *transcript) Printf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.t.Logf(strings.TrimRight(format, "\n"), v...)
	}
}

func (e *editor) ask(method string, params, answer any) {
	e.t.Helper()
	if err := e.conn.Call(e.t.Context(), method, params, answer); err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
}

func (e *editor) tell(method string, params any) {
	e.t.Helper()
	if err := e.conn.Notify(e.t.Context(), method, params); err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
}

// wants waits for what is said of a file: the rules with their places.
func (e *editor) wants(uri string, want ...string) published {
	e.t.Helper()
	p := <-e.said
	var got []string
	for _, d := range p.Diagnostics {
		got = append(got, d.Code+" "+d.Range.String())
	}
	if p.URI != uri || strings.Join(got, "\n") != strings.Join(want, "\n") {
		e.t.Errorf("%s: %q, not %s: %q", p.URI, got, uri, want)
	}
	return p
}

type object map[string]any

func uriOf(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path)
}

func (e *editor) opens(uri, text string) {
	e.tell("textDocument/didOpen", object{"textDocument": object{"uri": uri, "languageId": "sql", "version": 1, "text": text}})
}

func (e *editor) types(uri, text string) {
	e.tell("textDocument/didChange", object{"textDocument": object{"uri": uri, "version": 2}, "contentChanges": []object{{"text": text}}})
}

func at(uri string, line, character int) object {
	return object{"textDocument": object{"uri": uri}, "position": object{"line": line, "character": character}}
}

// An editor's day: a leak is seen while it is typed, explained, and fixed; the schema changes.
func TestLSP(t *testing.T) {
	project(t, "uuid")
	e := newEditor(t)
	var hello struct {
		Capabilities struct{ HoverProvider bool }
		ServerInfo   struct{ Name string }
	}
	e.ask("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}}, &hello)
	if !hello.Capabilities.HoverProvider || hello.ServerInfo.Name != "tenantgen" {
		t.Errorf("%+v", hello)
	}
	e.tell("initialized", object{})
	uri := uriOf(t, "db/queries/leak.sql")
	e.opens(uri, "-- name: Odd :many\nSELECT '𝒪' AS o, id FROM notes WHERE id = @id;\n")
	e.wants(uri, "unscoped-table 1:26-1:31") // in UTF-16: the letter is two

	var actions []struct {
		Title       string
		Diagnostics []object
		Edit        struct {
			Changes map[string][]struct {
				Range   span
				NewText string
			}
		}
	}
	action := object{"textDocument": object{"uri": uri}, "range": object{"start": object{"line": 1, "character": 9}, "end": object{"line": 1, "character": 9}}, "context": object{"diagnostics": []int{}}}
	e.ask("textDocument/codeAction", action, &actions)
	if len(actions) != 1 || len(actions[0].Diagnostics) != 1 || len(actions[0].Edit.Changes[uri]) != 1 {
		t.Fatalf("%+v", actions)
	}
	if edit := actions[0].Edit.Changes[uri][0]; edit.NewText != " AND org_id = @org_id" || edit.Range.String() != "1:46-1:46" {
		t.Errorf("%q at %s", edit.NewText, edit.Range)
	}

	const fixed = "-- name: Odd :many\nSELECT '𝒪' AS o, id FROM notes WHERE id = @id AND org_id = @org_id;\n"
	e.types(uri, fixed)
	e.wants(uri)
	var shown struct {
		Contents struct{ Value string }
		Range    span
	}
	e.ask("textDocument/hover", at(uri, 1, 3), &shown)
	const proof = "**Odd** is scoped\n\n- rows of `notes` (line 2)\n  - the tenant of `notes` is `notes.org_id`: it says whose the row is\n" +
		"  - `notes.org_id` is `@org_id`: the condition `notes.org_id = @org_id` (line 2)"
	if shown.Contents.Value != proof || shown.Range.Start.Line != 0 || shown.Range.End.Line != 1 {
		t.Errorf("%s %s", shown.Contents.Value, shown.Range)
	}
	e.ask("textDocument/hover", at(uri, 1, 28), &shown)
	if want := "**notes**: a row is of the tenant in `org_id`\n\n---\n\n" + proof; shown.Contents.Value != want {
		t.Errorf("of a table: %s", shown.Contents.Value)
	}
	e.ask("textDocument/codeAction", action, &actions)
	if len(actions) != 0 {
		t.Errorf("%+v", actions)
	}

	// A directive is completed, and judged.
	e.types(uri, "-- tenantgen:cross-tenant ba\n"+fixed)
	e.wants(uri, "invalid-directive 0:0-0:28")
	e.ask("textDocument/hover", at(uri, 0, 3), &shown)
	if !strings.Contains(shown.Contents.Value, "declares that the query below reaches across tenants. The categories are tenant-root,") {
		t.Errorf("of a directive: %s", shown.Contents.Value)
	}
	var items []struct{ Label string }
	e.ask("textDocument/completion", at(uri, 0, 28), &items)
	if len(items) != 1 || items[0].Label != "background" {
		t.Errorf("%+v", items)
	}
	e.ask("textDocument/completion", at(uri, 0, 5), &items)
	if len(items) != 2 || items[0].Label != "-- tenantgen:cross-tenant" || items[1].Label != "-- tenantgen:tenants" {
		t.Errorf("%+v", items)
	}
	e.ask("textDocument/completion", at(uri, 2, 5), &items)
	if len(items) != 0 {
		t.Errorf("%+v", items)
	}

	// What is no file of queries is none of ours; the schema is read again when it is saved.
	e.opens("untitled:Untitled-1", "SELECT 1")
	e.opens(uriOf(t, "README.md"), "SELECT 1")
	e.types(uri, fixed)
	e.wants(uri)
	schema := "db/migrations/00001_init.sql"
	before, _ := os.ReadFile(schema)
	edit(t, schema, "CREATE TABLE notes", "CREATE TABLE motes")
	e.tell("textDocument/didSave", object{"textDocument": object{"uri": uriOf(t, schema)}})
	if p := <-e.said; len(p.Diagnostics) == 0 {
		t.Error("nothing is said of a schema without the table")
	}
	put(t, schema, string(before))
	edit(t, "sqlc.yaml", "tenant_column:", "tenant_colum:")
	e.tell("workspace/didChangeWatchedFiles", object{"changes": []object{{"uri": uriOf(t, "sqlc.yaml"), "type": 2}}})
	if p := e.wants(uri, "configuration 0:0-0:0"); len(p.Diagnostics) == 1 && !strings.Contains(p.Diagnostics[0].Message, `did you mean "tenant_column"?`) {
		t.Errorf("%q", p.Diagnostics[0].Message)
	}
	edit(t, "sqlc.yaml", "tenant_colum:", "tenant_column:")
	e.tell("textDocument/didSave", object{"textDocument": object{"uri": uriOf(t, "sqlc.yaml")}})
	e.wants(uri)
	e.tell("textDocument/didClose", object{"textDocument": object{"uri": uri}})
	e.wants(uri)

	var nothing any
	if err := e.conn.Call(t.Context(), "textDocument/rename", object{}, &nothing); err == nil || !strings.Contains(err.Error(), "is not supported") {
		t.Error(err)
	}
	if err := e.conn.Call(t.Context(), "textDocument/hover", "no object", &nothing); err == nil {
		t.Error("parameters of a wrong kind are taken")
	}
	e.ask("shutdown", nil, &nothing)
	e.tell("exit", nil)
	if code := <-e.ended; code != exitClean {
		t.Errorf("code %d: %s", code, e.err)
	}
}

// An editor that goes away without a word is an error.
func TestLSPWithoutShutdown(t *testing.T) {
	project(t, "uuid")
	e := newEditor(t)
	e.ask("initialize", object{}, new(object))
	e.conn.Close()
	if code := <-e.ended; code != exitFailed || !strings.Contains(e.err.String(), "without shutdown") {
		t.Errorf("code %d: %s", code, e.err)
	}
}

// What vet says of Go code is shown when a file is opened and when it is saved; what was typed in between counts then.
func TestLSPOfGo(t *testing.T) {
	t.Setenv("GOWORK", "off")
	project(t, "uuid")
	put(t, "go.mod", "module example.com/app\n\ngo 1.26\n")
	const leaking = "package store\n\nimport \"database/sql\"\n\nfunc drop(db *sql.DB) { db.Exec(\"DELETE FROM notes\") }\n"
	put(t, "store/store.go", leaking)
	e := newEditor(t)
	e.ask("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{}}, nil)
	e.tell("initialized", object{})
	uri := uriOf(t, "store/store.go")
	e.opens(uri, leaking)
	e.wants(uri, "held-pool 4:13-4:20", "unscoped-write 4:45-4:50")
	e.types(uri, "package store\n\nfunc drop(\n")
	e.tell("textDocument/didSave", object{"textDocument": object{"uri": uri}}) // what does not build changes nothing
	e.types(uri, strings.Replace(leaking, "DELETE FROM notes", "SELECT 1", 1))
	e.tell("textDocument/didSave", object{"textDocument": object{"uri": uri}})
	e.wants(uri, "held-pool 4:13-4:20")
	e.ask("shutdown", nil, nil)
	e.tell("exit", nil)
	if code := <-e.ended; code != exitClean {
		t.Errorf("code %d: %s", code, e.err)
	}
}
