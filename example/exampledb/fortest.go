package exampledb

import (
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// ForTest returns a database of its own for a test, with both organizations in it.
func ForTest(t testing.TB) (*Database, *World) {
	t.Helper()
	db, err := Open(t.Context(), pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	world, err := Seed(t.Context(), db.Repositories())
	if err != nil {
		t.Fatal(err)
	}
	return db, world
}
