package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// bySet has queries for a set of tenants read what is wanted.
func bySet(of func(*catalog.Database) migrate.Target) func(*catalog.Database) migrate.Target {
	return func(db *catalog.Database) migrate.Target {
		t := of(db)
		t.Set = true
		return t
	}
}

var someBySet = the(bySetting, "plans", bySet(notesTarget), bySet(commentsTarget), tasksTarget, bySet(eventsTarget))

// setPolicies are what a table gets of which its own policies are there: a child asks more of its
// parents' then, which others than its tenant see.
func setPolicies(table string, child bool) []string {
	var list []string
	for _, name := range []string{"tenant_isolation", "tenant_isolation_set", "tenant_isolation_floor_select", "tenant_isolation_floor_insert", "tenant_isolation_floor_update", "tenant_isolation_floor_delete"} {
		if name != "tenant_isolation" || child {
			list = append(list, "DROP POLICY IF EXISTS "+name+" ON "+table, "CREATE POLICY "+name+" ON "+table)
		}
	}
	return append(list, "DROP POLICY IF EXISTS tenant_isolation_floor ON "+table)
}

func init() {
	changes = append(changes, change{name: "the first query for a set of tenants", sql: "SELECT 1", want: someBySet,
		steps: all(setPolicies("public.events", false), setPolicies("public.events_1", false), setPolicies("public.notes", false), setPolicies("public.comments", true))},
		change{name: "a query for a set of tenants, of a parent alone", sql: "SELECT 1", want: the(bySetting, "plans", bySet(notesTarget), commentsTarget, tasksTarget, eventsTarget),
			steps: all(setPolicies("public.notes", false), protectsAnew("public.comments"))})
}

// The first query for a set widens nothing: each row that it shows is one that its tenant reads as well.
func TestSetWidensNothing(t *testing.T) {
	w := newWorld(t, before, atFirst)
	w.want = someBySet
	steps := w.plan()
	if len(steps) == 0 {
		t.Fatal("nothing is planned")
	}
	for _, s := range steps {
		if s.Widens != nil {
			t.Errorf("%s: it widens %s: %s", s.Comment, s.Widens.Table, s.Widens.What)
		}
	}
	// What is wider besides is told all the same.
	w.want = the(bySetting, "plans", func(db *catalog.Database) migrate.Target {
		n := bySet(notesTarget)(db)
		n.ReadAlso = "body IS NULL"
		return n
	}, bySet(commentsTarget), tasksTarget, bySet(eventsTarget))
	if steps = w.plan(); steps[0].Widens == nil && !strings.Contains(allComments(steps), "widens") {
		t.Error("read_also beside a set is not said to widen")
	}
}

func allComments(steps []migrate.Step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.Comment)
	}
	return b.String()
}

// When the last query for a set goes, so do its policies, and what is left is what a plan without it makes.
func TestSetGoes(t *testing.T) {
	w := newWorld(t, before, someBySet)
	w.want = atFirst
	for _, s := range w.plan() {
		if s.Widens != nil {
			t.Errorf("%s: it widens %s", s.Comment, s.Widens.Table)
		}
	}
	w.generate()
	if n := len(w.plan()); n != 0 {
		t.Errorf("applied, it is not recognised: %d steps are left", n)
	}
	w.up()
	alone := newWorld(t, before, atFirst)
	if got, want := w.protection(), strings.NewReplacer(alone.app, w.app, alone.owner, w.owner).Replace(alone.protection()); got != want {
		t.Errorf("it leads to\n%s\nnot to\n%s", got, want)
	}
	if strings.Contains(w.protection(), "org_ids") {
		t.Error("a policy for sets is left")
	}
}

// Where there is no policy for sets, none is made up.
func TestNoSets(t *testing.T) {
	const schema = `CREATE TABLE notes (id text PRIMARY KEY, org_id uuid NOT NULL, code char(3) NOT NULL);
		CREATE TABLE comments (id text PRIMARY KEY, note_id text REFERENCES notes)`
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	for want, w := range map[string]func(*migrate.Wanted){
		"with Citus": func(w *migrate.Wanted) { w.Citus = true },
		"or a claim": func(w *migrate.Wanted) { w.Source = migrate.Source{JWTClaim: []string{"org"}} },
		"levels of":  func(w *migrate.Wanted) { w.Targets[0].Outer = []migrate.Outer{{Setting: "app.firm_id", Column: "id"}} },
		"names the": func(w *migrate.Wanted) {
			w.Targets[0].Restrict, w.Targets[0].Names = "id = @org_id", []string{"org_id"}
		},
		"may differ":     func(w *migrate.Wanted) { w.Targets[0].Column = "code" },
		"of tenants wit": func(w *migrate.Wanted) { w.Targets[0].Setting = "app.other" },
	} {
		wanted := wants(bySetting, bySet(notesTarget))(db)
		w(&wanted)
		if _, err := migrate.Plan(db, wanted); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
