package tenantgen

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// remembering is a project that remembers, and the end of that.
func (l *recallLab) remembering(config string) (*Project, *Unit, func()) {
	l.t.Helper()
	s := l.store()
	in, err := Read(config)
	if err != nil {
		l.t.Fatal(err)
	}
	p, err := in.Load()
	if err != nil {
		l.t.Fatal(err)
	}
	p.Recall(ofCache{s}, l.program, in)
	return p, p.Units[0], func() { s.Close() }
}

// sending is what sqlc might send, of queries of two files.
func sending(texts ...string) []*sent {
	var list []*sent
	for i, text := range texts {
		list = append(list, &sent{query: &analyzer.Result{Name: "Q", File: []string{"queries/notes.sql", "queries/tags.sql"}[i%2], Verdict: analyzer.Scoped}, text: text})
	}
	return list
}

// Statements that are judged together are judged as each by itself, whatever stands in them.
func TestSent(t *testing.T) {
	dir, l := recallProject(t), newRecallLab(t)
	good, leak := "SELECT id FROM notes WHERE id = $1 AND org_id = $2", "SELECT id FROM notes WHERE id = $1"
	for _, remembers := range []bool{false, true, true} {
		p, u, done := l.remembering(filepath.Join(dir, "sqlc.yaml"))
		if !remembers {
			p.recall = nil
		}
		a := analyzer.New(u.Schema, u.Tenancy, nil)
		for _, texts := range [][]string{
			{good, good, good, good},
			{good, leak, leak, good},
			{leak + " /*", good, good, good},            // takes the next one in, unless it is judged alone
			{leak + " AND title = '", good, good, good}, // likewise
			{good, good, good + " -- of the tenant", good},
			{good, good, leak + " --", good},
			{good + "; " + good, good, good, good},
			{good + "; " + leak, good, leak, good},
			{"", good, good + "; " + leak, good}, // as many as there are statements
			{"SELECT", good, good, good},
			{"-- tenantgen:cross-tenant admin they ask\n" + leak, good, good, leak},
		} {
			list := sending(texts...)
			p.judgeSent(u, list)
			for i, s := range list {
				want := a.File(s.query.File, s.text)
				if len(s.again) != len(want) {
					t.Errorf("%q: %d results of %q, not %d", texts, len(s.again), s.text, len(want))
					continue
				}
				for j := range want {
					if s.again[j].Verdict != want[j].Verdict || s.again[j].Text != want[j].Text || !sameUses(s.again[j].Uses, want[j].Uses) {
						t.Errorf("%q, %d: %s %q, not %s %q", texts, i, s.again[j].Verdict, s.again[j].Text, want[j].Verdict, want[j].Text)
					}
				}
			}
		}
		done()
	}
}

// What sqlc sends is remembered, and apart from what authors wrote: of these, sqlc's own view is asked, too.
func TestSentRemembered(t *testing.T) {
	dir, l := recallProject(t), newRecallLab(t)
	config := filepath.Join(dir, "sqlc.yaml")
	texts := []string{"SELECT id FROM notes WHERE org_id = $1", "SELECT id FROM tags WHERE org_id = $1"}
	verdicts := func() string {
		p, u, done := l.remembering(config)
		defer done()
		list := sending(texts...)
		p.judgeSent(u, list)
		return string(list[0].again[0].Verdict + " " + list[1].again[0].Verdict)
	}
	if got := verdicts(); got != "scoped scoped" {
		t.Fatal(got)
	}
	l.mark()
	if got := verdicts(); got != "global global" {
		t.Errorf("%s: nothing is remembered", got)
	}
	texts[0] += " LIMIT 1"
	if got := verdicts(); got != "scoped global" {
		t.Errorf("%s: what has changed is remembered", got)
	}
	l.mark()
	p, u, done := l.remembering(config)
	defer done()
	for _, what := range []string{written, sentBySQLC} {
		f := &judging{name: "queries/notes.sql", text: texts[0] + "\n;\n"}
		r := p.judge(p.analyzer(u), u, what, []*judging{f})[0]
		if got := r[0].Verdict == analyzer.Global; got != (what == sentBySQLC) {
			t.Errorf("%s: %s", what, r[0].Verdict)
		}
	}
}

// What is remembered is of the project's own schema: an entry that somebody reads otherwise is judged.
func TestRecallOfAnotherUnit(t *testing.T) {
	dir, l := recallProject(t), newRecallLab(t)
	config := filepath.Join(dir, "sqlc.yaml")
	l.check(config)
	l.mark()
	p, u, done := l.remembering(config)
	defer done()
	other := *u
	for _, u := range []*Unit{u, &other} {
		var got []string
		for _, r := range p.checkUnit(u) {
			got = append(got, string(r.Verdict))
		}
		if want := map[bool]string{true: "global global global", false: "scoped scoped scoped"}[u != &other]; strings.Join(got, " ") != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// The statement has to be what the query is.
func TestSentDiffers(t *testing.T) {
	dir := recallProject(t)
	p, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	u := p.Units[0]
	const good, leak = "SELECT id FROM notes WHERE id = $1 AND org_id = $2", "SELECT id FROM notes WHERE id = $1"
	for _, c := range []struct {
		query, sent string
		want        string // of the error
	}{
		{good, good + " LIMIT 1", ""},
		{good, leak, "query Get is scoped, but the statement that sqlc makes of it is not; reads rows of every tenant in notes"},
		{good, good + " FOR UPDATE", "query Get is scoped, but the statement that sqlc makes of it is not"},
		{good, "SELECT t.id FROM tags t WHERE t.org_id = $1", "query Get is scoped, but"},
		{good, "SELECT 1", "query Get is scoped, but"},
		{good, good + "; SELECT 1", "query Get is scoped, but"},
		{leak, leak, ""}, // whatever is refused stays so
		{leak, "DELETE FROM notes WHERE id = $1", "query Get is rejected, but"},
	} {
		r := p.analyzer(u).File("queries/notes.sql", "-- name: Get :one\n"+c.query+";")[0]
		list := []*sent{{query: r, text: c.sent}}
		p.judgeSent(u, list)
		_, err := list[0].same()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, sent as %s: %v", c.query, c.sent, err)
		}
	}
}
