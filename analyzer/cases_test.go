package analyzer_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"golang.org/x/tools/txtar"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// TestCases holds every query of testdata to the comment that stands above it:
// "want scoped", "want global", "want tenants" or the rule that refuses it: want "unscoped-table".
// A line "proof: table: a; b" states the certificate of one occurrence, a line
// "assumes: a b" the keys and links of its premises, "assumes: nothing" that it has none.
func TestCases(t *testing.T) {
	accepted, refused := 0, 0
	for _, c := range loadCases(t) {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range c.analysis().File("queries.sql", c.queries) {
				checkVerdict(t, r)
				if r.Verdict == analyzer.Rejected {
					refused++
				} else {
					accepted++
				}
			}
		})
	}
	t.Logf("%d queries accepted, %d refused", accepted, refused)
}

func checkVerdict(t *testing.T, r *analyzer.Result) {
	t.Helper()
	want := comment(r, "want ")
	got, wrong := verdict(r)
	if want != got {
		t.Errorf("line %d: %s is %s, want %s", r.Line, r.Name, got, want)
		for _, d := range r.Diagnostics {
			t.Logf("  %d:%d: %s: %s (%s)", d.Line, d.Column, d.Rule, d.Message, d.Hint)
		}
	}
	if wrong != "" {
		t.Errorf("line %d: %s has relations %v, want %s", r.Line, r.Name, r.Relations, wrong)
	}
}

// verdict is what the comments of a query tell of: the verdict or the rules that refuse
// it, and the proof that is asked for but not there.
func verdict(r *analyzer.Result) (got, wrong string) {
	var rules []string
	for _, d := range r.Diagnostics {
		if !slices.Contains(rules, fmt.Sprintf("%q", d.Rule)) {
			rules = append(rules, fmt.Sprintf("%q", d.Rule))
		}
	}
	slices.Sort(rules)
	got = string(r.Verdict)
	if r.Verdict == analyzer.Rejected {
		got = strings.Join(rules, " ")
	}
	for _, line := range r.Comments {
		table, proof, ok := strings.Cut(strings.TrimPrefix(line, "proof: "), ": ")
		if !strings.HasPrefix(line, "proof: ") || !ok {
			continue
		}
		if !slices.ContainsFunc(r.Relations, func(rel analyzer.Relation) bool {
			return rel.Alias == table && strings.Join(rel.Proof, "; ") == proof
		}) {
			wrong = table + " proved by " + proof
		}
	}
	return got, cmp.Or(wrong, wrongPremises(r))
}

// wrongPremises says which premises a comment asks for, "" when they are those.
func wrongPremises(r *analyzer.Result) string {
	want := strings.Fields(comment(r, "assumes: "))
	if len(want) == 0 {
		return ""
	}
	got := []string{"nothing"}
	if len(r.Assumes) > 0 {
		got = nil
	}
	for _, a := range r.Assumes {
		name := cmp.Or(a.Constraint, a.Table.Name)
		if a.Kind == certificate.LinkPremise {
			name = a.Table.Name + "." + strings.Join(a.Columns, ",")
		}
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Sprintf("the premises %v instead of %v", want, got)
	}
	return ""
}

// comment returns what follows prefix in the comments of a query.
func comment(r *analyzer.Result, prefix string) string {
	for _, line := range r.Comments {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest
		}
	}
	return ""
}

// marked reports whether a comment of a query starts with a word such as "oracle".
func marked(r *analyzer.Result, word string) bool {
	return slices.ContainsFunc(r.Comments, func(line string) bool { return line == word || strings.HasPrefix(line, word+":") })
}

// testCase is one file of testdata: a schema, declarations and queries.
type testCase struct {
	name, schema, queries string
	tenant                config.Tenant
	db                    *catalog.Database
	own                   *tenancy.Map
	sets                  bool // states differ in rows of a third tenant only
}

func (c *testCase) analysis() *analyzer.Analyzer {
	return analyzer.New(c.db, c.own, c.tenant.Functions)
}

func loadCases(t testing.TB) []*testCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no test data", err)
	}
	var cases []*testCase
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, newCase(t, strings.TrimSuffix(filepath.Base(path), ".txtar"), ar))
	}
	return cases
}

func newCase(t testing.TB, name string, ar *txtar.Archive) *testCase {
	t.Helper()
	c := &testCase{name: name, tenant: config.Tenant{Columns: []string{"org_id"}}}
	for _, f := range ar.Files {
		switch f.Name {
		case "schema.sql":
			c.schema = string(f.Data)
		case "tenancy":
			for line := range strings.Lines(string(f.Data)) {
				c.declare(t, strings.Fields(line))
			}
		case "queries.sql":
			c.queries = string(f.Data)
		default:
			t.Fatalf("%s: unexpected member %s", name, f.Name)
		}
	}
	if problem := c.load(); problem != "" {
		t.Fatalf("%s: %s", name, problem)
	}
	return c
}

// load reads the schema and the declarations, and returns what is wrong with them.
func (c *testCase) load() string {
	var ds []analyzer.Diagnostic
	c.db, ds = analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: c.schema}}, c.tenant.Functions...)
	for _, d := range ds {
		return fmt.Sprintf("%d: %s", d.Line, d.Message)
	}
	var problems []tenancy.Problem
	c.own, problems = analyzer.Classify(c.db, c.tenant)
	for _, p := range problems {
		if p.Table == nil || p.Table.Name.Name != "undeclared" {
			return p.Msg
		}
	}
	return ""
}

// declare reads one line of the member tenancy:
//
//	column org_id
//	level <name> <column>
//	global <table>
//	tenant <table> <column> [<level>]
//	parent <child> <parent> <child column>=<parent column> … [when <child column>=<value> …] [where <condition>]
//	safe <function or signature without blanks> [<kind>]
//	readalso <table> <condition>
//	restrict <table> <condition>
//	calls <setting>, which generated methods set to the tenant
//	sets, for queries about sets of tenants: an array of two of three is behind a name in _ids
func (c *testCase) declare(t testing.TB, f []string) {
	t.Helper()
	if len(f) == 0 {
		return
	}
	switch f[0] {
	case "column":
		c.tenant.Columns = f[1:]
	case "global":
		c.tenant.Tables = append(c.tenant.Tables, config.Table{Name: f[1], Global: true})
	case "level":
		c.tenant.Columns = nil
		c.tenant.Levels = append(c.tenant.Levels, config.Level{Name: f[1], Column: f[2], Setting: "app." + f[2]})
	case "tenant":
		t := config.Table{Name: f[1], TenantColumn: f[2]}
		if len(f) > 3 {
			t.Level = f[3]
		}
		c.tenant.Tables = append(c.tenant.Tables, t)
	case "readalso":
		also := strings.Join(f[2:], " ")
		for i := range c.tenant.Tables {
			if c.tenant.Tables[i].Name == f[1] {
				c.tenant.Tables[i].ReadAlso = also
				return
			}
		}
		c.tenant.Tables = append(c.tenant.Tables, config.Table{Name: f[1], ReadAlso: also})
	case "sets":
		c.sets = true
	case "calls":
		c.tenant.Out, c.tenant.Source = "repo", config.Source{Setting: f[1]}
	case "restrict":
		c.tenant.Tables = append(c.tenant.Tables, config.Table{Name: f[1], Restrict: strings.Join(f[2:], " ")})
	case "safe":
		c.tenant.Functions = append(c.tenant.Functions, config.Function{Name: f[1], Reason: "test", Kind: strings.Join(f[2:], " ")})
	case "parent":
		p := config.Parent{Table: f[2]}
		when := false
		if i := slices.Index(f, "where"); i > 0 {
			p.Where, f = strings.Join(f[i+1:], " "), f[:i]
		}
		for _, on := range f[3:] {
			child, parent, pair := strings.Cut(on, "=")
			switch {
			case !pair:
				when = when || on == "when"
			case when:
				p.When = append(p.When, config.Match{Column: child, Value: parent})
			default:
				p.On = append(p.On, config.Pair{Child: child, Parent: parent})
			}
		}
		for i := range c.tenant.Tables {
			if c.tenant.Tables[i].Name == f[1] {
				c.tenant.Tables[i].Parents = append(c.tenant.Tables[i].Parents, p)
				return
			}
		}
		c.tenant.Tables = append(c.tenant.Tables, config.Table{Name: f[1], Parents: []config.Parent{p}})
	default:
		t.Fatalf("%s: unknown declaration %v", c.name, f)
	}
}
