package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// ask sends a request to Acme as Alice, and reads the answer.
func ask[T any](p *process, method, path, body string) (answer T) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+"/orgs/aaaaaaaa-0000-4000-8000-000000000001"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if err := json.Unmarshal(text, &answer); err != nil {
		p.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	return answer
}

// progress is what the API says of an import.
type progress struct {
	State       string
	Done, Total int64
}

// until waits for the one import to be as far as that.
func (p *process) until(what string, is func(progress) bool) progress {
	p.t.Helper()
	var last []progress
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if last = ask[[]progress](p, "GET", "/imports", ""); len(last) == 1 && is(last[0]) {
			return last[0]
		}
	}
	p.t.Fatalf("the import is never %s: %+v", what, last)
	return progress{}
}

// The service ends in the middle of an import, and the next one goes on with it: every row is one note, and none is lost.
func TestImportGoesOnAfterARestart(t *testing.T) {
	const rows = 250 // five seconds, of which a service that ends waits three
	database := pgserver.DatabaseForTest(t)
	file := "title\n"
	for i := range rows {
		file += fmt.Sprintf("Imported row %d\n", i+1)
	}
	first := startProcess(t, database)
	ask[progress](first, "POST", "/imports?file=rows.csv", file)
	first.until("begun", func(p progress) bool { return p.Done > 0 })
	first.end(20 * time.Second)
	second := startProcess(t, database)
	defer second.end(20 * time.Second)
	if p := second.until("there", func(progress) bool { return true }); p.Done == 0 || p.Done == rows || p.State == "done" {
		t.Errorf("after the restart the import is %+v", p)
	}
	second.until("done", func(p progress) bool { return p.State == "done" && p.Done == rows })
	if page := ask[struct{ Total int64 }](second, "GET", "/notes?search=imported+row", ""); page.Total != rows {
		t.Errorf("%d notes of %d rows", page.Total, rows)
	}
}
