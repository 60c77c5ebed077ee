package lower

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestFormsAgainstServer asks the server whether anything that a read_also condition may
// call is volatile: then the query's condition and the policy's could differ.
func TestFormsAgainstServer(t *testing.T) {
	rows, err := pgserver.ConnForTest(t).Query(t.Context(), `
		SELECT proname::text, provolatile = 'v' FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
		UNION ALL SELECT 'operator ' || oprname, provolatile = 'v' FROM pg_operator JOIN pg_proc p ON p.oid = oprcode
		WHERE oprnamespace = 'pg_catalog'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for rows.Next() {
		var name string
		var volatile bool
		if err := rows.Scan(&name, &volatile); err != nil {
			t.Fatal(err)
		}
		operator, isOperator := strings.CutPrefix(name, "operator ")
		if isOperator && formOperators[operator] || formFunctions[name] {
			seen[name] = true
			if volatile {
				t.Errorf("%s is volatile", name)
			}
		}
	}
	if want := len(formFunctions) + len(formOperators); rows.Err() != nil || len(seen) != want {
		t.Errorf("the server knows %d of %d: %v, %v", len(seen), want, seen, rows.Err())
	}
}
