package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// A hint asks nothing of a command that it does not allow.
func TestHintsSuitTheCommand(t *testing.T) {
	for _, c := range loadCases(t) {
		if c.name != "child" {
			continue
		}
		for command, want := range map[string]string{"exec": "insert a SELECT from ", "copyfrom": "as :batchexec, insert a SELECT from "} {
			r := c.analysis().File("q.sql", "-- name: Add :"+command+"\nINSERT INTO comments (id, note_id, body) VALUES (@id, @note_id, @body);\n")[0]
			if len(r.Diagnostics) != 1 || !strings.HasPrefix(r.Diagnostics[0].Hint, want) {
				t.Errorf("%s: got %+v, want %q", command, r.Diagnostics, want)
			}
		}
		return
	}
	t.Error("there is no case child")
}

// A :copyfrom of one parameter goes to the column that the parameter is called as: sqlc knows no other.
func TestCopyOfOneColumn(t *testing.T) {
	for _, c := range loadCases(t) {
		if c.name != "derived" {
			continue
		}
		for parameter, refused := range map[string]bool{"id": false, "called": true} {
			r := c.analysis().File("q.sql", "-- name: Add :copyfrom\nINSERT INTO plans (id) VALUES (@"+parameter+");\n")[0]
			if (r.Verdict == analyzer.Rejected) != refused || refused && (len(r.Diagnostics) != 1 || r.Diagnostics[0].Rule != "copyfrom-trap") {
				t.Errorf("@%s: %s, %+v", parameter, r.Verdict, r.Diagnostics)
			}
		}
		return
	}
	t.Error("there is no case derived")
}
