package analyzer_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Whoever follows the hint of a refused query of testdata, to the letter, is not told the same again, and the
// condition names what there is.
func TestHintsFollowed(t *testing.T) {
	followed, accepted := 0, 0
	for _, c := range loadCases(t) {
		a, units := c.analysis(), sqltext.Split(c.queries)
		for _, r := range a.File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Rejected {
				continue
			}
			f := &follower{t: t, a: a, name: c.name + "/" + r.Name, text: queryOf(c.queries, units, r)}
			f.run()
			followed += f.followed
			if f.followed > 0 && f.accepted {
				accepted++
			}
		}
	}
	t.Logf("%d hints followed; %d queries are accepted then", followed, accepted)
	if followed < 550 {
		t.Errorf("only %d hints were followed", followed)
	}
}

// queryOf cuts a query out of its file, with the comments in front.
func queryOf(text string, units []*sqltext.Unit, r *analyzer.Result) string {
	for _, u := range units {
		if u.Name == r.Name {
			return text[u.NameAt:u.Span.End] + ";\n"
		}
	}
	return ""
}

// follower follows the hints of one query, one after the other.
type follower struct {
	t        *testing.T
	a        *analyzer.Analyzer
	name     string
	text     string
	followed int
	accepted bool
}

// unfollowable are the cases whose hints are not followed, each with why.
var unfollowable = map[string]string{
	"function/SlicedArray":            "the deparser drops the parentheses of (ARRAY[…])[1]",
	"levelschildren/AllMemosOfVisits": "the levels of one table ask for two parameters, which its two hints name alike",
	"levelsthree/LinesOfFirmByNumber": "as before",
	"readalsolevels/CrossedLevels":    "the parameter that is named like the inner level's is the outer level's already",
	"unfollowed/ParentInDoubt":        "DDL that is not followed, which lint reports, leaves every proof about the parent open",
}

func (f *follower) run() {
	if unfollowable[f.name] != "" {
		return
	}
	for range 12 {
		r := f.a.File("queries.sql", f.text)[0]
		f.accepted = r.Verdict != analyzer.Rejected
		i := slices.IndexFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool { return adviceOf(d) != nil })
		if i < 0 || f.accepted {
			return
		}
		if !f.step(r.Diagnostics, r.Diagnostics[i]) {
			return
		}
	}
	f.t.Errorf("%s: the hints do not end: %s", f.name, f.text)
}

// step follows one hint, and reports whether to go on.
func (f *follower) step(before []analyzer.Diagnostic, d analyzer.Diagnostic) bool {
	text, err := adviceOf(d).apply(f.text, d)
	if err != nil {
		f.t.Errorf("%s: %s\n\tcannot be followed: %v\n%s", f.name, d.Hint, err, f.text)
		return false
	}
	f.followed++
	after := f.a.File("queries.sql", text)[0].Diagnostics
	for _, rule := range []string{"unknown-column", "unknown-table", "syntax", "mangled-parameter", "mixed-tenants"} {
		if n := countRule(after, rule); n > countRule(before, rule) {
			f.t.Errorf("%s: %s\n\tleads to %s: %+v\n%s", f.name, d.Hint, rule, after, text)
			return false
		}
	}
	if n := countHint(after, d); n >= countHint(before, d) {
		f.t.Errorf("%s: %s: %s\n\tis said again once it is followed (%d times): %s", f.name, d.Message, d.Hint, n, text)
		return false
	}
	f.text = text
	return true
}

func countRule(ds []analyzer.Diagnostic, rule string) (n int) {
	for _, d := range ds {
		if d.Rule == rule {
			n++
		}
	}
	return n
}

var anyParam = regexp.MustCompile(`@\w+|\$\d+`)

func countHint(ds []analyzer.Diagnostic, like analyzer.Diagnostic) (n int) {
	for _, d := range ds {
		if d.Rule == like.Rule && d.Table == like.Table && anyParam.ReplaceAllString(d.Hint, "?") == anyParam.ReplaceAllString(like.Hint, "?") {
			n++
		}
	}
	return n
}

// advice is a hint that says to write a condition somewhere.
type advice struct {
	condition string
	on        string // the kind of its join, "MERGE" for that of MERGE, "" for WHERE
	parens    bool   // what stands there comes into parentheses
	target    string // the columns of a conflict target, in place of a condition
}

var targetForm = regexp.MustCompile(`: ON CONFLICT \((.+)\)$`)

var adviceForms = regexp.MustCompile(`^add (?:AND|WHERE) (.+?)(?: to (?:its WHERE|the ON of (?:its )?(\w+)(?: JOIN)?)(, and put what stands there in parentheses.*)?)?$`)

func adviceOf(d analyzer.Diagnostic) *advice {
	hint, _, _ := strings.Cut(d.Hint, "; or, ")
	if m := targetForm.FindStringSubmatch(hint); m != nil {
		return &advice{target: m[1], condition: "true"}
	}
	m := adviceForms.FindStringSubmatch(hint)
	if m == nil || strings.HasPrefix(hint, "add the condition") {
		return nil
	}
	return &advice{condition: m[1], on: m[2], parens: m[3] != ""}
}

// apply writes the condition where the hint says, next to what a diagnostic is about.
func (a *advice) apply(text string, d analyzer.Diagnostic) (string, error) {
	tree, err := pg.Parse("SELECT 1 WHERE " + a.condition)
	if err != nil {
		return "", fmt.Errorf("the condition does not parse: %w", err)
	}
	units := sqltext.Split(text)
	u := units[0]
	at := offsetOf(text, d) - u.Base
	e := &hintEditor{advice: a, at: int32(at), condition: tree.Stmts[0].Stmt.GetSelectStmt().GetWhereClause()}
	e.visit(u.Stmt)
	if !e.done {
		return "", fmt.Errorf("there is no such place")
	}
	out, err := pg.Deparse(&pg.ParseResult{Stmts: []*pg.RawStmt{{Stmt: u.Stmt}}})
	if err != nil {
		return "", err
	}
	return text[:u.Span.Start] + regexp.MustCompile(`@ ("?\w+"?)`).ReplaceAllString(out, "@$1") + ";\n", nil
}

func offsetOf(text string, d analyzer.Diagnostic) int {
	at := 0
	for range d.Line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	return at + d.Column - 1
}
