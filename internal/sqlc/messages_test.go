package sqlc

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
)

// What sqlc says of a place is at the user's path, and headings are left out.
func TestMessages(t *testing.T) {
	_, err := Run(context.Background(), Options{Dir: tree(t), Config: conf(t, twoBlocks), Command: []string{os.Args[0]}, Env: []string{"FAKE_SQLC=fail"}})
	want := []Message{{"sql/notes.sql", 3, 8, `column "nope" does not exist`}}
	if got, rest := Messages(err); !slices.Equal(got, want) || rest != "" {
		t.Errorf("got %v and %q of %v", got, rest, err)
	}
	failed := &processError{stderr: "# package db\nq.sql:1:1: one\npanic: two\n\nC:\\q.sql:2:3: three\n"}
	got, rest := Messages(failed)
	if len(got) != 2 || got[1] != (Message{`C:\q.sql`, 2, 3, "three"}) || rest != "panic: two" {
		t.Errorf("got %v and %q", got, rest)
	}
	if got, rest := Messages(errors.New("q.sql:1:1: one")); got != nil || rest != "" {
		t.Errorf("got %v and %q of another error", got, rest)
	}
}
