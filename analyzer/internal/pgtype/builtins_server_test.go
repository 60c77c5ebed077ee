package pgtype

import (
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestBuiltinsAgainstServer compares the list of harmless functions with the server's
// catalog: an aggregate that is not marked as one would be taken for a function of a
// row, and a statement that yields a row without any would count as filtered.
func TestBuiltinsAgainstServer(t *testing.T) {
	rows, err := pgserver.ConnForTest(t).Query(t.Context(), `
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
		b, ok := Builtins[name]
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
		if b.Aggregate != aggregate || b.Window != window {
			t.Errorf("%s: aggregate %v, window %v; the server says %v, %v", name, b.Aggregate, b.Window, aggregate, window)
		}
	}
	if rows.Err() != nil || seen < 1000 || others < 1000 {
		t.Error(seen, others, rows.Err())
	}
	for _, name := range []string{"btrim", "coalesce_never", "pg_read_file", "dblink", "query_to_xml", "set_config"} {
		if _, ok := Builtins[name]; ok != (name == "btrim") {
			t.Errorf("%s listed: %v", name, ok)
		}
	}
}

// TestMutableAgainstServer compares what is not immutable with the server's catalog. Those left out are immutable for the
// types that people give them.
func TestMutableAgainstServer(t *testing.T) {
	rows, err := pgserver.ConnForTest(t).Query(t.Context(), `
		SELECT proname::text, bool_or(provolatile <> 'i'), bool_or(provolatile = 'v') FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY proname`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var name string
		var isMutable, isVolatile bool
		if err := rows.Scan(&name, &isMutable, &isVolatile); err != nil {
			t.Fatal(err)
		}
		b, ok := Builtins[name]
		if name == "length" || name == "numeric" || name == "overlaps" {
			isMutable = false
		}
		if ok && (b.Mutable != isMutable || b.Volatile != isVolatile) {
			t.Errorf("%s: mutable %v, volatile %v; the server says %v, %v", name, b.Mutable, b.Volatile, isMutable, isVolatile)
		}
	}
	if rows.Err() != nil {
		t.Error(rows.Err())
	}
}
