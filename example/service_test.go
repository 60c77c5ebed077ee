package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// A port that somebody else has is told before anything is started, with what to write.
func TestBusyPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	env := map[string]string{"ADDR": taken.Addr().String(), "DATABASE_URL": "postgres://127.0.0.1:1/nobody-is-asked"}
	begun := time.Now()
	err = run(t.Context(), func(name string) string { return env[name] }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "cannot listen on "+env["ADDR"]) || !strings.Contains(err.Error(), "ADDR=") || time.Since(begun) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
}

// The service says whether it is well, serves pages and API side by side, and ends although somebody listens.
func TestServiceEnds(t *testing.T) {
	p := startProcess(t, pgserver.DatabaseForTest(t))
	for path, want := range map[string]string{"/healthz": "ok\n", "/plans": `"free"`, "/": "Sign in", "/orgs": "not_found"} {
		answer, err := http.Get(p.base + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s: %s, want %s", path, text, want)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/orgs/aaaaaaaa-0000-4000-8000-000000000001/events", nil)
	r.Header.Set("Authorization", "Bearer "+p.token)
	stream, err := http.DefaultClient.Do(r)
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatalf("the stream: %v, %v", stream, err)
	}
	defer stream.Body.Close()
	p.end(8 * time.Second)
	if _, err := io.ReadAll(stream.Body); err != nil {
		t.Errorf("the stream did not end well: %v", err)
	}
}
