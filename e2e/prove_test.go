package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/prove"
)

// TestProveExample proves the example with random rows: every query holds, and every
// one touched rows.
func TestProveExample(t *testing.T) {
	pgserver.Long(t)
	p := exampleProject(t)
	r := proveProject(t, p, tenantgen.ProveQueries{}, prove.Options{Seed: 1})
	if len(r.Outcomes) < 60 || r.Failed() {
		t.Errorf("%d queries, failed %t", len(r.Outcomes), r.Failed())
	}
	outcomes, unmet := r.Outcomes, []string{}
	for _, o := range r.Outcomes {
		if o.Status == prove.NotExercised {
			unmet = append(unmet, o.Name)
		}
	}
	if len(unmet) > 3 {
		t.Errorf("the rows of one seed do not meet %v", unmet)
	} else if len(unmet) > 0 { // those of another do
		outcomes = append(slices.DeleteFunc(outcomes, func(o *prove.Outcome) bool { return o.Status == prove.NotExercised }),
			proveProject(t, p, tenantgen.ProveQueries{Names: unmet}, prove.Options{Seed: 2, Rounds: 18}).Outcomes...)
	}
	for _, o := range outcomes {
		if o.Status == prove.NotExercised && o.Name == "ListSharedWithUs" {
			continue // no random row is shared with the tenant; TestExampleTwoStates has some that are
		}
		if o.Status != prove.Held {
			t.Errorf("%s: %s: %s%s", o.Name, o.Status, o.Error, o.RLS)
		}
		if o.Undecided > 0 {
			t.Errorf("%s: %d runs are undecided", o.Name, o.Undecided)
		}
	}
}

func proveProject(t *testing.T, p *tenantgen.Project, which tenantgen.ProveQueries, o prove.Options) *prove.Report {
	t.Helper()
	reports, err := p.Prove(t.Context(), p.Check(), which, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 {
		t.Fatalf("%d reports", len(reports))
	}
	return reports[0]
}

// TestProveFindsLeaks runs queries that leak as if they had been accepted. The
// states that tell them are small: each row in them is needed.
func TestProveFindsLeaks(t *testing.T) {
	pgserver.Long(t)
	text, err := os.ReadFile("testdata/leaks.sql")
	if err != nil {
		t.Fatal(err)
	}
	p := exampleProject(t)
	p.Units[0].Entry.QueryFiles = []config.File{{Path: "testdata/leaks.sql", Text: string(text)}}
	names := []string{"Aggregate", "ChildRead", "Returning"}
	r := proveProject(t, p, tenantgen.ProveQueries{Names: names}, prove.Options{Seed: 1, Rounds: 3})
	for _, o := range r.Outcomes {
		if o.Status != prove.Leaks {
			t.Errorf("%s: %s", o.Name, o.Status)
			continue
		}
		others := strings.Count(o.Leak.Left+o.Leak.Right, "\n  (")
		if others == 0 || others > 3 {
			t.Errorf("%s: %d rows of others in the smallest pair:\n%s\n%s", o.Name, others, o.Leak.Left, o.Leak.Right)
		}
		if o.Verdict != analyzer.Rejected {
			t.Errorf("%s is %s", o.Name, o.Verdict)
		}
	}
}

// TestProveHatchet proves a large application's queries with a configuration of ours.
// It takes a minute, so it runs on request: TENANTGEN_PROVE_HATCHET=1.
func TestProveHatchet(t *testing.T) {
	if os.Getenv("TENANTGEN_PROVE_HATCHET") == "" {
		t.Skip("set TENANTGEN_PROVE_HATCHET=1")
	}
	p := hatchetProject(t)
	r := proveProject(t, p, tenantgen.ProveQueries{}, prove.Options{Seed: 1, Rounds: 3})
	n := map[prove.Status]int{}
	for _, o := range r.Outcomes {
		if (o.Status == prove.Leaks || o.Status == prove.Broken) && hatchetLeaks[o.Name] == "" {
			t.Errorf("%s: %s: %+v %s", o.Name, o.Status, o.Leak, o.RLS)
		}
		if o.Verdict == analyzer.Scoped {
			n[o.Status]++
			t.Logf("%s: %s: %s", o.Name, o.Status, o.Error)
		}
	}
	t.Logf("scoped queries: %v", n)
	if exercised := n[prove.Held] + n[prove.Leaks] + n[prove.Broken]; exercised < 140 {
		t.Errorf("%d scoped queries were exercised", exercised)
	}
}

// hatchetLeaks are queries whose triggers leak, by what the configuration vouches for.
var hatchetLeaks = map[string]string{
	"UpdateDAGStatusesFromOrchestratorEvents":    "the trigger v1_dags_olap_status_update_function finds runs by id and time, not by tenant",
	"CleanupWorkflowConcurrencySlotsAfterInsert": "the function cleanup_workflow_concurrency_slots looks runs up by id, not by tenant",
}
