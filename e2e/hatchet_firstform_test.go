package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/verify"
)

// One migration leads the policies of a large schema from their first form to the present
// one, and back; verify knows the first form while the migration is pending.
func TestHatchetsFirstForm(t *testing.T) {
	a := newHatchet(t)
	first := a.firstForm()
	a.write("migrations/00002_tenant_isolation.sql", "-- +goose Up\n"+first+"-- +goose Down\n")
	h := a.database()
	h.exec(first)
	up, down := a.next()
	if n := a.former(h); n < 80 {
		t.Errorf("verify sees the first form on %d tables", n)
	}
	before, start := h.policies(), time.Now()
	h.exec(up)
	t.Logf("%d policies are replaced in %s", strings.Count(up, "\nCREATE POLICY "), time.Since(start).Round(time.Millisecond))
	after := h.policies()
	h.exec(down)
	if back := h.policies(); back != before || before == after {
		t.Errorf("the way back leads elsewhere:\n%s\nfrom\n%s", back, before)
	}
	h.exec(up)
	if again := h.policies(); again != after {
		t.Errorf("the second time leads elsewhere:\n%s\nfrom\n%s", again, after)
	}
	h.expectClosed()
	h.expectIsolated()
	if n := a.former(h); n != 0 {
		t.Errorf("verify sees the first form on %d tables afterwards", n)
	}
}

// firstForm is what made the policies of the first form. TestFromTheFirstForm holds
// that these are remembered as they were.
func (a *application) firstForm() string {
	a.t.Helper()
	o := a.promises()
	promise, err := migrate.Promised(o.Promises[0].Schema, o.Promises[0].Wanted)
	if err != nil {
		a.t.Fatal(err)
	}
	var text strings.Builder
	for _, p := range promise.Protected {
		name := migrate.QuoteName(p.Table.Name)
		fmt.Fprintf(&text, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\nALTER TABLE %[1]s FORCE ROW LEVEL SECURITY;\n", name)
		for _, pol := range p.First {
			fmt.Fprintln(&text, strings.Join(migrate.PolicySQL(p.Table.Name, pol), "\n"))
		}
	}
	return text.String()
}

// former counts the tables of which verify says that they have the first form, and
// wants to hear of no other policy that is not as promised.
func (a *application) former(h *hatchet) int {
	a.t.Helper()
	r, err := verify.Run(context.Background(), h.url, a.promises())
	if err != nil {
		a.t.Fatal(err)
	}
	n := 0
	for _, f := range r.Findings {
		switch f.Rule.Name {
		case "former-policies":
			n++
		case "altered-policy", "missing-policy", "extra-policy", "rls-disabled", "rls-not-forced":
			a.t.Errorf("%s: %s: %s", f.Object, f.Rule.Name, f.Message)
		}
	}
	return n
}

// policies are those of every table, a line for each.
func (h *hatchet) policies() string {
	h.t.Helper()
	var all string
	if err := h.super.QueryRow(h.t.Context(), "select string_agg(p::text, E'\n' order by tablename, policyname) || E'\n' from pg_policies p").Scan(&all); err != nil {
		h.t.Fatal(err)
	}
	return all
}
