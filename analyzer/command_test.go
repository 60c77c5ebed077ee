package analyzer_test

import (
	"strings"
	"testing"
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
