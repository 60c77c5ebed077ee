package exampledb

import (
	"testing"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// ForTest returns a database of its own for a test, with both organizations in it.
func ForTest(t testing.TB) (*Database, *World) {
	t.Helper()
	return forTest(t, pgserver.DatabaseForTest(t))
}

// ForTestApart is ForTest with Acme in a database of its own, and Globex in the
// shared one. It returns the owner's URLs of both, the shared one's first.
func ForTestApart(t testing.TB) (db *Database, world *World, shared, acmes string) {
	t.Helper()
	shared, acmes = pgserver.DatabaseForTest(t), pgserver.DatabaseForTest(t)
	db, world = forTest(t, shared, Own{Org: repo.NewOrgID(acmeID), OwnerURL: acmes})
	return db, world, shared, acmes
}

func forTest(t testing.TB, ownerURL string, own ...Own) (*Database, *World) {
	t.Helper()
	db, err := Open(t.Context(), ownerURL, own...)
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
