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

// start runs the example on a database until the test ends, and returns what it has printed.
func start(t *testing.T, database string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	env := map[string]string{"DATABASE_URL": database, "ADDR": "127.0.0.1:0"}
	var out output
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, func(name string) string { return env[name] }, &out) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the example ended with %v", err)
		}
	})
	for range 600 {
		if strings.Contains(out.String(), "Ctrl-C") {
			return out.String()
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the example did not start: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("the example does not start")
	return ""
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
