// Package lsp is a language server for files of queries: it speaks the Language Server
// Protocol with an editor. Findings are published while somebody types, a hover shows why a query is
// confined to its tenant, code actions write what tenantgen fix writes, and directives are completed.
package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// Options are what a server is told.
type Options struct {
	Config  string // the path of sqlc.yaml
	Version string // of tenantgen
	// Docs is what the name of a rule is behind in the documentation.
	Docs string
	// GoDocs is what the name of a rule about Go code is behind.
	GoDocs string
}

// server answers one editor. Requests come one after another.
type server struct {
	Options
	mu      sync.Mutex
	conn    *jsonrpc2.Conn
	project *tenantgen.Project
	editing *tenantgen.Editing
	broken  error // why there is no project
	open    map[string]*document
	said    map[string]bool // the files of which something was published
	stopped bool            // shutdown was asked for
}

// Serve answers an editor over a stream until it says exit or the stream ends. The error tells
// that it ended without the shutdown that the protocol asks for.
func Serve(ctx context.Context, stream io.ReadWriteCloser, o Options) error {
	s := &server{Options: o, open: map[string]*document{}, said: map[string]bool{}}
	s.conn = jsonrpc2.NewConn(ctx, jsonrpc2.NewBufferedStream(stream, jsonrpc2.VSCodeObjectCodec{}), jsonrpc2.HandlerWithError(s.handle).SuppressErrClosed())
	<-s.conn.DisconnectNotify()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		return fmt.Errorf("the editor went away without shutdown")
	}
	return nil
}

// handle answers a request or notification. A panic is ours: it is an error of the request.
func (s *server) handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) (result any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = &jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: fmt.Sprintf("internal error: %v; please report it", p)}
		}
	}()
	s.conn = conn
	answer, ok := methods[req.Method]
	if !ok {
		if strings.HasPrefix(req.Method, "$/") || req.Notif {
			return nil, nil // optional, by the protocol
		}
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeMethodNotFound, Message: req.Method + " is not supported"}
	}
	var params json.RawMessage
	if req.Params != nil {
		params = *req.Params
	}
	return answer(s, ctx, params)
}

// methods are the requests and notifications that are answered.
var methods = map[string]func(*server, context.Context, json.RawMessage) (any, error){
	"initialize":                      (*server).initialize,
	"shutdown":                        func(s *server, _ context.Context, _ json.RawMessage) (any, error) { s.stopped = true; return nil, nil },
	"exit":                            func(s *server, _ context.Context, _ json.RawMessage) (any, error) { return nil, s.conn.Close() },
	"textDocument/didOpen":            with((*server).opened),
	"textDocument/didChange":          with((*server).changed),
	"textDocument/didSave":            with((*server).saved),
	"textDocument/didClose":           with((*server).closed),
	"workspace/didChangeWatchedFiles": with((*server).watched),
	"textDocument/hover":              with((*server).hover),
	"textDocument/codeAction":         with((*server).actions),
	"textDocument/completion":         with((*server).complete),
}

// with reads the parameters of a method.
func with[P any](answer func(*server, context.Context, P) (any, error)) func(*server, context.Context, json.RawMessage) (any, error) {
	return func(s *server, ctx context.Context, raw json.RawMessage) (any, error) {
		var p P
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
		}
		return answer(s, ctx, p)
	}
}

func (s *server) initialize(context.Context, json.RawMessage) (any, error) {
	s.load()
	return initializeResult{
		Capabilities: capabilities{
			TextDocumentSync: syncOptions{OpenClose: true, Change: 1, Save: true}, HoverProvider: true,
			CodeActionProvider: actionOptions{[]string{"quickfix"}}, CompletionProvider: triggerOptions{[]string{":", " "}},
		},
		ServerInfo: serverInfo{"tenantgen", s.Version},
	}, nil
}

// load reads the project anew. One that cannot be read is said of every file that is open.
func (s *server) load() {
	s.project, s.broken = tenantgen.Load(s.Config)
	if s.broken == nil {
		s.editing = s.project.Editing()
	}
}

func (s *server) opened(ctx context.Context, p didChange) (any, error) {
	return nil, s.hold(ctx, p.TextDocument.URI, p.TextDocument.Text)
}

func (s *server) changed(ctx context.Context, p didChange) (any, error) {
	if len(p.ContentChanges) == 0 {
		return nil, nil
	}
	return nil, s.hold(ctx, p.TextDocument.URI, p.ContentChanges[len(p.ContentChanges)-1].Text)
}

// hold keeps the text of a file that is edited, and says what is wrong with it.
func (s *server) hold(ctx context.Context, uri, text string) error {
	d, err := newDocument(uri, text)
	if err != nil {
		return nil // nothing of ours
	}
	before := s.open[uri]
	s.open[uri] = d
	if goFile(d) && before != nil {
		return nil // until it is saved
	}
	return s.publish(ctx, d)
}

func (s *server) closed(ctx context.Context, p didChange) (any, error) {
	delete(s.open, p.TextDocument.URI)
	if s.said[p.TextDocument.URI] {
		delete(s.said, p.TextDocument.URI)
		return nil, s.conn.Notify(ctx, "textDocument/publishDiagnostics", publishDiagnostics{p.TextDocument.URI, []diagnostic{}})
	}
	return nil, nil
}

// saved reads the project anew when what is no file of queries is saved: the schema, or the
// configuration.
func (s *server) saved(ctx context.Context, p didChange) (any, error) {
	if d := s.open[p.TextDocument.URI]; d != nil && goFile(d) {
		return nil, s.publishGo(ctx, d)
	}
	return s.watched(ctx, watchedFiles{[]documentID{{p.TextDocument.URI}}})
}

func (s *server) watched(ctx context.Context, p watchedFiles) (any, error) {
	for _, c := range p.Changes {
		if d, err := newDocument(c.URI, ""); err == nil && s.restsOn(d.path) {
			return nil, s.reload(ctx)
		}
	}
	return nil, nil
}

// restsOn reports whether a change of a file on disk changes what is said of queries: any that
// is there, or was not read yet, and is no file of queries.
func (s *server) restsOn(path string) bool {
	if s.broken != nil || filepath.Base(path) == filepath.Base(s.Config) {
		return true
	}
	return s.project.Reads(path) && !s.project.Queries(path) || filepath.Ext(path) == ".sql" && !s.project.Reads(path)
}

func (s *server) reload(ctx context.Context) error {
	s.load()
	for _, d := range s.open {
		if err := s.publish(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// publish sends what is wrong with a file, if it is one of queries.
func (s *server) publish(ctx context.Context, d *document) error {
	if goFile(d) {
		return s.publishGo(ctx, d)
	}
	found := []diagnostic{}
	switch report, name, err := s.check(d); {
	case s.broken != nil && filepath.Ext(d.path) == ".sql":
		found = append(found, diagnostic{Severity: 1, Source: "tenantgen", Code: "configuration", Message: explain(s.broken)})
	case err != nil && !s.said[d.uri]:
		return nil // nobody reads it
	case err == nil:
		for _, f := range report.Diagnostics {
			if f.File == name {
				found = append(found, s.diagnostic(d, f))
			}
		}
	}
	s.said[d.uri] = true
	return s.conn.Notify(ctx, "textDocument/publishDiagnostics", publishDiagnostics{d.uri, found})
}

func (s *server) check(d *document) (*tenantgen.Report, string, error) {
	if s.broken != nil {
		return nil, "", s.broken
	}
	return s.editing.Check(d.path, d.text)
}

func (s *server) diagnostic(d *document, f analyzer.Diagnostic) diagnostic {
	severity, message := 1, f.Message
	if f.Severity != analyzer.Error {
		severity = 2
	}
	if f.Hint != "" {
		message += "\nhint: " + f.Hint
	}
	return diagnostic{d.span(f), severity, f.Rule, &href{s.Docs + f.Rule}, "tenantgen", message}
}

// explain is an error of the configuration with its hints.
func explain(err error) string {
	var list config.Errors
	var one *config.Error
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case errors.As(err, &list):
		var all []error
		for _, e := range list {
			all = append(all, e)
		}
		return explain(errors.Join(all...))
	case ok:
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, explain(e))
		}
		return strings.Join(all, "\n")
	case errors.As(err, &one) && one.Hint != "":
		return one.Error() + "\nhint: " + one.Hint
	}
	return err.Error()
}
