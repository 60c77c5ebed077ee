package e2e

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestHatchetConfirmed has PostgreSQL read the schema and every accepted query of a large application: as tenantgen does.
func TestHatchetConfirmed(t *testing.T) {
	pgserver.Long(t)
	p := hatchetProject(t)
	report := p.Check()
	reports, err := p.Confirm(t.Context(), report, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range reports {
		n += r.Queries
		for _, d := range r.Differences {
			if !d.Unread { // a function that somebody vouches for and no schema file declares
				t.Error(d)
			}
		}
	}
	accepted := 0
	for _, q := range report.Queries {
		if q.Verdict != analyzer.Rejected {
			accepted++
		}
	}
	if n != accepted || n < 200 {
		t.Errorf("%d of %d accepted queries were compared", n, accepted)
	}
	t.Logf("%d queries, of %d accepted", n, accepted)
}
