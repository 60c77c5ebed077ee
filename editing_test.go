package tenantgen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/ratio"
)

// An edited file is judged as it would be when it is saved, and the project stays as it is.
func TestEditing(t *testing.T) {
	dir := benchProject(t, 40)
	p, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	e, name := p.Editing(), filepath.Join(dir, "queries", "q0.sql")
	saved, _ := os.ReadFile(name)
	for _, text := range []string{string(saved), strings.Replace(string(saved), " AND a.org_id = @org_id", "", 1), string(saved)} {
		report, file, err := e.Check(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if want := text != string(saved); report.Clean() == want || want && report.Diagnostics[0].File != file {
			t.Errorf("clean %t, of a text with a leak %t: %+v", report.Clean(), want, report.Diagnostics)
		}
		fix, err := e.Fix(name, text, 2)
		if err != nil || (fix != nil) != (text != string(saved)) {
			t.Errorf("%+v, %v", fix, err)
		}
		if other, _ := e.Fix(name, text, 6); other != nil {
			t.Errorf("of another query: %+v", other)
		}
	}
	if r := p.Check(); len(r.Queries) != 40 || !r.Clean() {
		t.Errorf("%d queries, %+v", len(r.Queries), r.Diagnostics)
	}
}

// BenchmarkEditing compares judging a file of 1,700 queries after an edit in one of them with judging it at first.
func BenchmarkEditing(b *testing.B) {
	dir := benchProject(b, 1700)
	p, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	var all strings.Builder
	for _, f := range p.Units[0].Entry.QueryFiles {
		all.WriteString(f.Text)
	}
	name, text := filepath.Join(dir, "queries", "all.sql"), all.String()
	check := func(e *Editing, text string) {
		if r, _, err := e.Check(name, text); err != nil || len(r.Queries) != 1700 {
			b.Fatal(err)
		}
	}
	var e *Editing
	race := ratio.Of(ratio.Processor, func() {
		e = p.Editing()
		check(e, text)
	}, func() { check(e, strings.Replace(text, "AND a.org_id = @org_id", "AND a.org_id  = @org_id", 1)) })
	for b.Loop() {
		race.Turn()
	}
	b.ReportMetric(race.Ratio(1, 0), "edit/first")
}
