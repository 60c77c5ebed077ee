package pgsql

import (
	"strings"
	"testing"
)

// TestBuiltinsAgainstServer compares the list of harmless functions with the server's
// catalog: an aggregate that is not marked as one would be taken for a function of a
// row, and a statement that yields a row without any would count as filtered.
func TestBuiltinsAgainstServer(t *testing.T) {
	rows, err := ddlConnect(t).Query(t.Context(), `
		SELECT proname::text, bool_or(prokind = 'a'), bool_or(prokind = 'w') FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY proname`)
	if err != nil {
		t.Fatal(err)
	}
	seen, others := 0, 0
	for rows.Next() {
		var name string
		var aggregate, window bool
		if err := rows.Scan(&name, &aggregate, &window); err != nil {
			t.Fatal(err)
		}
		b, ok := builtins[name]
		if !ok && aggregate {
			t.Errorf("%s is an aggregate that is not listed: (x).%s would be taken for a field", name, name)
		}
		if ok && otherBuiltins[name] {
			t.Errorf("%s is both harmless and not", name)
		}
		if !ok && otherBuiltins[name] {
			others++
		}
		if !ok {
			continue
		}
		seen++
		if b.aggregate != aggregate || b.window != window {
			t.Errorf("%s: aggregate %v, window %v; the server says %v, %v", name, b.aggregate, b.window, aggregate, window)
		}
	}
	if rows.Err() != nil || seen < 1000 || others < 1000 {
		t.Error(seen, others, rows.Err())
	}
	for _, name := range []string{"btrim", "coalesce_never", "pg_read_file", "dblink", "query_to_xml", "set_config"} {
		if _, ok := builtins[name]; ok != (name == "btrim") {
			t.Errorf("%s listed: %v", name, ok)
		}
	}
}

// TestFormsAgainstServer asks the server whether anything that a read_also condition may
// call is volatile: then the query's condition and the policy's could differ.
func TestFormsAgainstServer(t *testing.T) {
	rows, err := ddlConnect(t).Query(t.Context(), `
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
