package statements

import (
	"strings"
	"testing"
)

const file = `-- Get returns it. org_id in a comment changes too, which harms nobody.
-- name: Get :one
SELECT a FROM t WHERE org_id = $1 AND my_org_id = $2;

-- name: Put :exec
INSERT INTO t (org_id) VALUES ($1);
`

func TestRead(t *testing.T) {
	s := Read(file, `te"nant`)
	if got, want := s.SQL("Get"), "-- name: Get :one\n"+`SELECT a FROM t WHERE "te""nant" = $1 AND my_org_id = $2`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := s.SQL("Put"), "-- name: Put :exec\n"+`INSERT INTO t ("te""nant") VALUES ($1)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.Len() != 2 || !strings.HasPrefix(s.Text(), "-- Get returns it") {
		t.Errorf("%d statements of %s", s.Len(), s.Text())
	}
}

func TestReadPanics(t *testing.T) {
	for what, f := range map[string]func(){
		"a name twice":   func() { Read(file+file, "org_id") },
		"no such name":   func() { Read(file, "org_id").SQL("Drop") },
		"an empty name?": func() { Read(file, "org_id").SQL("") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			f()
		}()
	}
}
