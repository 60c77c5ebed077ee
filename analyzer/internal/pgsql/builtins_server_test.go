package pgsql

import "testing"

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
	seen := 0
	for rows.Next() {
		var name string
		var aggregate, window bool
		if err := rows.Scan(&name, &aggregate, &window); err != nil {
			t.Fatal(err)
		}
		b, ok := builtins[name]
		if !ok {
			continue
		}
		seen++
		if b.aggregate != aggregate || b.window != window {
			t.Errorf("%s: aggregate %v, window %v; the server says %v, %v", name, b.aggregate, b.window, aggregate, window)
		}
	}
	if rows.Err() != nil || seen < 1000 {
		t.Error(seen, rows.Err())
	}
	for _, name := range []string{"btrim", "coalesce_never", "pg_read_file", "dblink", "query_to_xml", "set_config"} {
		if _, ok := builtins[name]; ok != (name == "btrim") {
			t.Errorf("%s listed: %v", name, ok)
		}
	}
}
