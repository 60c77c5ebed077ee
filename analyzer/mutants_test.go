package analyzer_test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/mutate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"golang.org/x/tools/txtar"
)

// TestMutants weakens every accepted query of the cases in every single place: it drops
// a conjunct, turns AND into OR, moves WHERE into ON, exchanges a parameter, drops the
// tenant from a conflict target, and so on. Most mutants must be refused. One that is
// still accepted has a new certificate, which the checker has replayed, and is run on
// a server in two states: were the first proof's place needed, it would leak.
// TENANTGEN_MUTANTS is how many of the accepted ones are passed over for each that is
// run: 0 runs all of them.
func TestMutants(t *testing.T) {
	pgserver.Long(t)
	skip := sampled("TENANTGEN_MUTANTS", 24)
	total := newMutants()
	t.Cleanup(func() { total.report(t) })
	eachCase(t, loadCases(t), func(c *testCase, t *testing.T) *mutants {
		m := newMutants()
		m.run(t, c, skip)
		return m
	}, total.add)
}

func newMutants() *mutants { return &mutants{refused: map[string]int{}, accepted: map[string]int{}} }

func (m *mutants) add(o *mutants) {
	m.queries, m.mutants, m.ran, m.pairs = m.queries+o.queries, m.mutants+o.mutants, m.ran+o.ran, m.pairs+o.pairs
	addCounts(m.refused, o.refused)
	addCounts(m.accepted, o.accepted)
}

func addCounts(to, from map[string]int) {
	for k, n := range from {
		to[k] += n
	}
}

func (m *mutants) report(t *testing.T) {
	for _, k := range slices.Sorted(maps.Keys(m.refused)) {
		t.Logf("%-36s %5d refused %5d accepted", k, m.refused[k], m.accepted[k])
	}
	t.Logf("%d queries, %d mutants; of those accepted, %d were run in %d pairs of states", m.queries, m.mutants, m.ran, m.pairs)
	if m.mutants < 20*m.queries/2 {
		t.Errorf("only %d mutants of %d queries", m.mutants, m.queries)
	}
}

// drawn picks one in skip+1 texts, always the same.
func drawn(text string, skip int) bool {
	h := fnv.New32a()
	io.WriteString(h, text)
	return h.Sum32()%uint32(skip+1) == 0
}

type mutants struct {
	queries, mutants, ran, pairs int
	refused, accepted            map[string]int
}

// run mutates the accepted queries of one case.
func (m *mutants) run(t *testing.T, c *testCase, skip int) {
	a := c.analysis()
	survivors := *c
	survivors.queries = ""
	for _, r := range a.File("queries.sql", c.queries) {
		if r.Verdict != analyzer.Scoped || marked(r, "norun") || marked(r, "oracle") {
			continue
		}
		m.queries++
		sql, _ := positional(strings.TrimSuffix(r.Text, ";"))
		all, err := mutate.Statement(sql, c.tenant.Columns...)
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		for i, x := range all {
			m.mutants++
			v := a.File("queries.sql", x.SQL)
			if len(v) != 1 {
				t.Fatalf("%s: %s: %d verdicts", r.Name, x.SQL, len(v))
			}
			if v[0].Verdict == analyzer.Rejected {
				m.refused[x.Kind]++
				continue
			}
			m.accepted[x.Kind]++
			mustNotLose(t, r, v[0], x, sql)
			if drawn(x.Kind+x.SQL, skip) {
				survivors.queries += fmt.Sprintf("-- name: %s%d :many\n-- fails: some mutants are no SQL\n-- %s\n%s;\n", r.Name, i, x.Kind, strings.Join(strings.Fields(x.SQL), " "))
			}
		}
	}
	if survivors.queries != "" {
		n := survivors.mutated(t)
		m.ran, m.pairs = m.ran+n.accepted, m.pairs+n.runs
	}
}

// mustNotLose holds that an accepted mutant still says something of the tenant: where
// the only use of a tenant parameter is taken away, nothing is left to prove with.
func mustNotLose(t *testing.T, of, r *analyzer.Result, x mutate.Mutant, sql string) {
	t.Helper()
	if marked(of, "nested") { // the tenant stands in a sub-select of what changes, and stays there
		return
	}
	if r.Verdict == analyzer.Scoped && sql == strings.TrimSuffix(of.Text, ";") && slices.ContainsFunc(x.Lost, func(n int) bool { return n > 0 && slices.Contains(of.Tenants, n) }) {
		t.Errorf("%s is %s without its tenant: %s", of.Name, r.Verdict, x)
	}
}

// mutated runs accepted mutants in two states, on fewer values than TestNoLeaks.
func (c *testCase) mutated(t *testing.T) tally {
	l := newLab(t, c)
	l.exec(t, c.schema)
	return l.mutatedQueries(t)
}

func (l *lab) mutatedQueries(t *testing.T) tally {
	l.exec(t, "SET statement_timeout = '2s'")
	results := l.analysis().File("queries.sql", l.queries)
	return l.inPremises(l.trials(t, results), func(trials []*trial) tally { return l.mutated(t, trials) })
}

// mutated runs accepted mutants in states in which their premises hold.
func (l *lab) mutated(t *testing.T, trials []*trial) tally {
	outcomes := make([][]outcome, len(trials))
	for seed := range uint64(2) {
		for state := range uint64(2) {
			l.fill(t, 40+seed, state)
			for i, tr := range trials {
				for _, values := range tr.params[:min(4, len(tr.params))] {
					outcomes[i] = append(outcomes[i], l.run(t, tr, values))
				}
			}
		}
		for i, tr := range trials {
			tr.compare(outcomes[i])
			outcomes[i] = nil
		}
	}
	var n tally
	for _, tr := range trials {
		n.accepted, n.runs = n.accepted+1, n.runs+tr.runs
		if tr.leak != "" {
			t.Errorf("%s (%s) is %s but leaks: %s\n%s", tr.r.Name, cmp.Or(tr.r.Comments...), tr.r.Verdict, tr.leak, tr.sql)
		}
	}
	return n
}

// The example's queries and the goldens' are weakened too; their mutants get a verdict
// without a server, and no accepted query may owe its verdict to nothing: of each, at
// least one mutant must be refused, or proved for other levels only.
func TestMutantsOfApplications(t *testing.T) {
	pgserver.Long(t)
	count := 0
	for _, p := range applications(t) {
		for _, r := range p.results {
			if r.Verdict != analyzer.Scoped {
				continue
			}
			sql, _ := positional(strings.TrimSuffix(r.Text, ";"))
			all, err := mutate.Statement(sql)
			if err != nil {
				continue // written for another dialect of parameters, such as sqlc.slice
			}
			refused := 0
			for _, x := range all {
				v := p.a.File("queries.sql", x.SQL)
				if len(v) != 1 {
					continue
				}
				if v[0].Verdict == analyzer.Rejected || v[0].Apart != r.Apart { // or it is another level's query now
					refused++
				}
				if v[0].Verdict != analyzer.Rejected {
					mustNotLose(t, r, v[0], x, sql)
				}
			}
			count += len(all)
			// What rests on a default of the schema is weakened there: TestMutantsOfSchemas.
			if refused == 0 && !slices.Contains(r.Tenants, query.BySetting) {
				t.Errorf("%s: %s: none of %d mutants is refused", p.name, r.Name, len(all))
			}
		}
	}
	t.Logf("%d mutants", count)
	if count < 1000 {
		t.Errorf("only %d mutants", count)
	}
}

// application is an analysed project.
type application struct {
	name    string
	a       *analyzer.Analyzer
	results []*analyzer.Result
}

// applications loads the example and the goldens.
func applications(t *testing.T) []application {
	t.Helper()
	paths := []string{"../sqlc.yaml"}
	goldens, err := filepath.Glob("../golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens {
		archive, err := txtar.ParseFile(g)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(g), ".txtar"))
		for _, f := range archive.Files {
			path := filepath.Join(dir, f.Name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		paths = append(paths, filepath.Join(dir, "sqlc.yaml"))
	}
	var out []application
	for _, path := range paths {
		p, err := tenantgen.Load(path)
		if err != nil {
			continue // a golden of a faulty configuration
		}
		for _, u := range p.Units {
			a := analyzer.New(u.Schema, u.Tenancy, p.Config.Tenant.Functions)
			app := application{name: path, a: a}
			for _, f := range u.Entry.QueryFiles {
				app.results = append(app.results, a.File(filepath.Base(f.Path), f.Text)...)
			}
			out = append(out, app)
		}
	}
	return out
}
