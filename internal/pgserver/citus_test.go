package pgserver_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// A cluster has two machines beside the coordinator, and rows go there.
func TestCitusForTest(t *testing.T) {
	c := pgserver.CitusForTest(t)
	t.Log(c.Version)
	conn, err := pgx.Connect(t.Context(), c.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{"create table notes (org_id int primary key)", "select create_distributed_table('notes', 'org_id')"} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var machines int
	row := conn.QueryRow(t.Context(), "select count(distinct nodeport) from citus_shards where table_name = 'notes'::regclass")
	if err := row.Scan(&machines); err != nil || machines != 2 {
		t.Errorf("the rows are on %d machines, %v", machines, err)
	}
}
