package prove_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/prove"
)

// What is created in a database that is lent is gone afterwards, roles included; what the borrower
// says is passed on.
func TestLend(t *testing.T) {
	pgserver.Long(t)
	url := pgserver.DatabaseForTest(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	failed := errors.New("failed")
	for _, want := range []error{nil, failed} {
		err := prove.Lend(t.Context(), url, []string{"lent_role"}, func() error {
			pgserver.ExecForTest(t, conn, "CREATE ROLE lent_role; CREATE SCHEMA s; CREATE TABLE s.t (); CREATE TYPE e AS ENUM ('a'); GRANT ALL ON s.t TO lent_role")
			return want
		})
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		var left int
		if err := conn.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 's') + (SELECT count(*) FROM pg_type WHERE typname = 'e') + (SELECT count(*) FROM pg_roles WHERE rolname = 'lent_role')").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d things are left (%v)", left, err)
		}
	}
	pgserver.ExecForTest(t, conn, "CREATE TABLE precious ()")
	if err := prove.Lend(t.Context(), url, nil, func() error { return nil }); err == nil {
		t.Error("a database in use is lent")
	}
}
