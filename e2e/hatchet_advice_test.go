package e2e

import (
	"slices"
	"strings"
	"testing"
)

// The advice for hatchet's schema applies on a server, one file after the other, and
// comes off again.
func TestHatchetsAdvice(t *testing.T) {
	a := newHatchet(t)
	h, p := a.database(), a.load()
	out, err := p.Advise(p.Check())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, d := range out.ByHand {
		counts[d.Rule+" "+d.Why]++
	}
	t.Logf("%d files, %d findings left to people: %v", len(out.Files), len(out.ByHand), counts)
	if len(out.Files) < 10 {
		t.Fatalf("%d files", len(out.Files))
	}
	before := h.constraints()
	for _, f := range out.Files {
		up, _, _ := strings.Cut(string(f.Text), "-- +goose Down")
		h.exec(up)
	}
	h.expect("0", "select count(*)::text from pg_index where not indisvalid")
	h.expect("0", "select count(*)::text from pg_constraint where not convalidated")
	for _, f := range slices.Backward(out.Files) {
		_, down, _ := strings.Cut(string(f.Text), "-- +goose Down")
		h.exec(down)
	}
	if after := h.constraints(); after != before {
		t.Errorf("the way back leads elsewhere:\n%s\nwas\n%s", after, before)
	}
}

// constraints describes all keys and indexes.
func (h *hatchet) constraints() string {
	h.t.Helper()
	var text string
	if err := h.super.QueryRow(h.t.Context(), `select string_agg(line, e'\n' order by line) from (
		select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0
		union all select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indexrelid where relnamespace = 'public'::regnamespace) x(line)`).Scan(&text); err != nil {
		h.t.Fatal(err)
	}
	return text
}
