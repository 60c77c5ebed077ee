package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// output is a buffer that one goroutine writes and another reads.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// process is the example, running until it is ended.
type process struct {
	t           *testing.T
	said        string // until it was ready
	base, token string // of Alice
	stop        func()
	ended       chan error
}

// startProcess runs the example on a database. Whoever starts it ends it.
func startProcess(t *testing.T, database string) *process {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	env := map[string]string{"DATABASE_URL": database, "ADDR": "127.0.0.1:0"}
	var out output
	p := &process{t: t, stop: stop, ended: make(chan error, 1)}
	go func() { p.ended <- run(ctx, func(name string) string { return env[name] }, &out) }()
	for end := time.Now().Add(time.Minute); !strings.Contains(out.String(), "Ctrl-C"); {
		select {
		case err := <-p.ended:
			t.Fatalf("the example did not start: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("the example does not start")
		}
	}
	p.said = out.String()
	call := regexp.MustCompile(`Bearer (\S+)" (http://[^/]+)/`).FindStringSubmatch(p.said)
	p.token, p.base = call[1], call[2]
	return p
}

// end ends the example, which takes so long at most.
func (p *process) end(most time.Duration) {
	p.t.Helper()
	begun := time.Now()
	p.stop()
	if err := <-p.ended; err != nil || time.Since(begun) > most {
		p.t.Errorf("ended after %s with %v", time.Since(begun), err)
	}
}

// start runs the example on a database until the test ends, and returns what it has printed.
func start(t *testing.T, database string) string {
	t.Helper()
	p := startProcess(t, database)
	t.Cleanup(func() { p.end(time.Minute) })
	return p.said
}

// What is printed can be pasted into a shell, and does what it says.
func TestIntroduction(t *testing.T) {
	text := start(t, pgserver.DatabaseForTest(t))
	calls := regexp.MustCompile(`(?m)^  curl .*$`).FindAllString(text, -1)
	want := []string{"200", "404", "403", "403", "200", "200"}
	if len(calls) != len(want) {
		t.Fatalf("%d calls in\n%s", len(calls), text)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl to try them with")
	}
	for i, call := range calls {
		out, err := exec.Command("sh", "-c", call+` -s -o /dev/null -w '%{http_code}'`).Output()
		if err != nil || string(out) != want[i] {
			t.Errorf("%s: %s, %v; want %s", call, out, err, want[i])
		}
	}
}

// The example finds what it has made before when it starts again.
func TestStartAgain(t *testing.T) {
	database := pgserver.DatabaseForTest(t)
	for range 2 {
		text := start(t, database)
		call := regexp.MustCompile(`Bearer (\S+)" (http://\S+)`).FindStringSubmatch(text)
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, call[2], nil)
		r.Header.Set("Authorization", "Bearer "+call[1])
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", call[2], answer.StatusCode)
		}
	}
}

// The application's own connection sees nothing but what row-level security
// shows, whatever SQL it sends; the directory's sees no note at all.
func TestConnections(t *testing.T) {
	db, _ := exampledb.ForTest(t)
	for _, table := range []string{"organizations", "memberships", "notes", "note_comments", "api_tokens"} {
		var rows int
		if err := db.App.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("the application sees %d %s without a tenant: %v", rows, table, err)
		}
	}
	for _, statement := range []string{"SELECT 1 FROM notes", "SELECT settings FROM organizations", "UPDATE memberships SET role = 'owner'"} {
		if _, err := db.Directory.Exec(t.Context(), statement); err == nil {
			t.Errorf("the directory may %s", statement)
		}
	}
	if _, err := db.App.Exec(t.Context(), "ALTER TABLE notes DISABLE ROW LEVEL SECURITY"); err == nil {
		t.Error("the application may switch row-level security off")
	}
}
