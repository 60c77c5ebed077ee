package migrate_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/migrations"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

var randomRoles = [2]string{"App one", "App two"}

func setting(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func loadFiles(tb rapid.TB, files []analyzer.SchemaFile) *catalog.Database {
	tb.Helper()
	db, ds := analyzer.LoadSchema(files)
	ds = slices.DeleteFunc(ds, unprintable)
	for _, d := range ds {
		tb.Fatalf("%s:%d: %s", d.File, d.Line, d.Message)
	}
	return db
}

func planFor(tb rapid.TB, a application, files []analyzer.SchemaFile, roles [2]string) []migrate.Step {
	tb.Helper()
	db := loadFiles(tb, files)
	steps, err := migrate.Plan(db, a.wanted(db, roles))
	if err != nil {
		tb.Fatal(err)
	}
	return steps
}

// However an application grows: the next migration leaves nothing to plan, in any
// format, and what is in force then is what one plan for the schema as it has
// become would establish. TENANTGEN_HISTORIES is how many to draw, TENANTGEN_SEED
// from which seed.
func TestRandomHistories(t *testing.T) {
	for name, value := range map[string]string{"checks": setting("TENANTGEN_HISTORIES", "100"), "seed": setting("TENANTGEN_SEED", "1"), "nofailfile": "true"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		format := rapid.SampledFrom(migrate.Formats()).Draw(rt, "format")
		var files, own []analyzer.SchemaFile
		var names []string
		for n, e := range drawHistory(rt) {
			f := analyzer.SchemaFile{Path: fmt.Sprintf("%d.sql", n), Text: e.sql}
			files, own = append(files, f), append(own, f)
			steps := planFor(rt, e.after, files, randomRoles)
			rendered, err := migrate.Render(steps, format, names, migrate.Options{Now: time.Unix(int64(1e9+n), 0)})
			if err != nil {
				rt.Fatal(err)
			}
			for _, r := range rendered {
				names = append(names, r.Name)
				if !strings.HasSuffix(r.Name, ".down.sql") {
					text, problems := migrations.Text(string(format), string(r.Text))
					if len(problems) > 0 {
						rt.Fatalf("%s: %+v\n%s", format, problems, r.Text)
					}
					files = append(files, analyzer.SchemaFile{Path: r.Name, Text: text})
				}
			}
			if left := planFor(rt, e.after, files, randomRoles); len(left) > 0 {
				rt.Fatalf("after era %d this is planned again: %+v\nthe migration was %+v", n, left[0], steps)
			}
			got, want := force(loadFiles(rt, files), e.after), force(anew(rt, e.after, own), e.after)
			if got != want {
				rt.Fatalf("after era %d this is in force:\n%s\nand after one plan:\n%s", n, got, want)
			}
		}
	})
}

// anew returns the schema after one plan for all eras.
func anew(tb rapid.TB, a application, own []analyzer.SchemaFile) *catalog.Database {
	tb.Helper()
	var sql []string
	for _, s := range planFor(tb, a, own, randomRoles) {
		sql = append(sql, s.SQL...)
	}
	return loadFiles(tb, append(slices.Clone(own), analyzer.SchemaFile{Path: "anew.sql", Text: strings.Join(sql, "\n")}))
}

// force describes what protects the tables, and what the application's role may do
// with them. Policies and grants that are not ours are left out.
func force(db *catalog.Database, a application) string {
	var lines []string
	for _, t := range db.Tables {
		if !slices.ContainsFunc(t.Policies, func(p *catalog.Policy) bool { return strings.HasPrefix(p.Name, "mine") }) {
			// Row-level security stays on for the sake of a policy that is not ours, and where
			// somebody may want it, not forced and without a policy, to keep others out.
			lines = append(lines, fmt.Sprintf("%s %t %t", t.Name, t.RLS && (t.ForceRLS || len(t.Policies) > 0), t.ForceRLS))
		}
		for _, p := range t.Policies {
			if !strings.HasPrefix(p.Name, "mine") {
				using := strings.ReplaceAll(strings.ReplaceAll(p.Using, `"`, ""), " ", "")
				lines = append(lines, fmt.Sprintf("%s %s %t %s %q %s", t.Name, p.Name, p.Restrictive, p.Command, p.Roles, using))
			}
		}
	}
	for _, g := range db.Grants {
		if g.Role == randomRoles[a.role] && g.Kind == "table" {
			lines = append(lines, fmt.Sprintf("%s %s", g.On, g.Privilege))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// The same on a server: every migration applies after what was there before, goes
// back to exactly that, and comes to the same again. One history in twenty runs here.
func TestRandomHistoriesOnServer(t *testing.T) {
	server := pgserver.ForTest(t).URL("postgres")
	n, err := strconv.Atoi(setting("TENANTGEN_HISTORIES", "100"))
	if err != nil {
		t.Fatal(err)
	}
	n = max(n/20, 1)
	histories := rapid.Custom(drawHistory)
	for seed := range n {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			h := histories.Example(seed)
			var w *world
			t.Cleanup(func() {
				if w == nil {
					return
				}
				dblab.Once(t, server, "DROP ROLE IF EXISTS "+migrate.QuoteIdent(w.app+" two"))
			})
			w = emptyWorld(t, nil)
			roles := [2]string{w.app, w.app + " two"}
			for i, e := range h {
				// Goose itself would stumble over its marker in the application's migration.
				sql := strings.ReplaceAll(e.sql, "-- +goose Down", "-- goose Down")
				w.write(fmt.Sprintf("%05d_era.sql", 2*i+1), "-- +goose Up\n-- +goose StatementBegin\n"+sql+"-- +goose StatementEnd\n-- +goose Down\n")
				w.up()
				before := w.protection()
				db := w.catalog()
				steps, err := migrate.Plan(db, e.after.wanted(db, roles))
				w.check(err)
				if len(steps) == 0 {
					continue
				}
				files, err := migrate.Render(steps, migrate.Goose, []string{fmt.Sprintf("%05d_era.sql", 2*i+1)}, migrate.Options{})
				w.check(err)
				w.write(files[0].Name, string(files[0].Text))
				w.up()
				after := w.protection()
				w.down()
				if got := w.protection(); got != before {
					t.Fatalf("era %d: the way back leads to\n%s\nnot to\n%s", i, got, before)
				}
				w.up()
				if got := w.protection(); got != after {
					t.Fatalf("era %d: the second time leads to\n%s\nnot to\n%s", i, got, after)
				}
			}
		})
	}
}
