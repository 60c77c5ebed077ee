package e2e

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// statement is a query as the server gets it.
type statement struct {
	name    string
	sql     string // with $1, $2, …
	params  []param
	ordered bool // its rows come in a total order
}

// param is one $n.
type param struct {
	name     string // lower case, without underscores: as sqlc, Go and SQL agree on it
	nullable bool
}

func plainName(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// An ORDER BY with no parenthesis after it is the statement's own. The names in
// the data make every such order total.
var ownOrder = regexp.MustCompile(`(?is)\bORDER BY [^()]*$`)

// sentStatement is a query as sqlc's generated code sends it.
func sentStatement(q sqlc.Query) *statement {
	st := &statement{name: q.Name, sql: q.SQL, ordered: ownOrder.MatchString(q.SQL)}
	for _, a := range q.Args {
		name := a.Param
		if a.Field != "" {
			name = a.Field
		}
		st.params = append(st.params, param{plainName(name), strings.HasPrefix(a.Type.Expr, "*")})
	}
	return st
}

// written is a parameter in a query file: @name, sqlc.arg(name) or sqlc.narg('name').
var written = regexp.MustCompile(`@(\w+)|sqlc\.(n?)arg\('?(\w+)'?\)`)

// writtenStatement is a query of a query file.
func writtenStatement(name, sql string) *statement {
	st := &statement{name: name, ordered: ownOrder.MatchString(sql)}
	st.sql = written.ReplaceAllStringFunc(sql, func(s string) string {
		m := written.FindStringSubmatch(s)
		p := param{plainName(m[1] + m[3]), m[2] == "n"}
		i := slices.IndexFunc(st.params, func(x param) bool { return x.name == p.name })
		if i < 0 {
			i = len(st.params)
			st.params = append(st.params, p)
		}
		return fmt.Sprintf("$%d", i+1)
	})
	return st
}

// focus holds, by parameter, values that belong together: a note of an
// organization, its author, its project, a comment on it. Values drawn at random
// would hardly ever meet.
type focus map[string][]string

// look picks rows of one organization.
func look(rng *rand.Rand, s state, org string) focus {
	l := &looker{rng, s, org, focus{}}
	l.fixed()
	l.note()
	l.project()
	l.member()
	for _, r := range l.some("invitations", l.of("invitations")) {
		l.set(r, "tokenhash", "token_hash", "email", "email")
		l.set(l.first(s.of("users", "email", r.text("email"))), "userid", "id")
	}
	for _, r := range l.some("organization_domains", l.of("organization_domains")) {
		l.set(r, "domain", "domain")
	}
	for _, r := range l.some("usage_counters", l.of("usage_counters")) {
		l.set(r, "metric", "metric")
	}
	return l.focus
}

type looker struct {
	rng *rand.Rand
	state
	org string
	focus
}

func (l *looker) of(table string) []row { return l.state.of(table, "org_id", l.org) }

// some returns one of the rows, or none when there is none.
func (l *looker) some(table string, rows []row) []row {
	if len(rows) == 0 {
		return nil
	}
	i := l.rng.IntN(len(rows))
	return rows[i : i+1]
}

func (l *looker) first(rows []row) row {
	if len(rows) == 0 {
		return row{}
	}
	return rows[0]
}

// set adds columns of a row: parameter, column, parameter, column, …
func (l *looker) set(r row, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		if v := r.text(pairs[i+1]); v != "" {
			l.focus[pairs[i]] = append(l.focus[pairs[i]], v)
		}
	}
}

// fixed are values that belong to no row.
func (l *looker) fixed() {
	for name, values := range map[string][]string{
		"amount": {"0", "7"}, "body": {"new words"}, "color": {"blue", "red"}, "title": {"New title"},
		"includearchived": {"true", "false"}, "pagesize": {"0", "1", "3", "100"}, "pageoffset": {"0", "1", "2"},
		"settings": {`{"theme": "sepia"}`, `{"more": 1}`}, "planid": {"free", "team", "none"}, "search": {"budget", "plan", "%"},
		"expiresat": {day(5), "2026-04-01T00:00:00Z"}, "signedinat": {day(6)}, "provider": {"", "https://id.example"}, "archivedbefore": {day(15), "2026-03-01T00:00:00Z"}, "at": {day(15)},
		"paidthrough": {"2026-01-31", "2026-04-30"}, "today": {"2026-01-20", "2026-03-01"}, "month": {"2025-12-01", "2026-01-01", "2026-05-01"},
		"lines": {"[]"}, "totalcents": {"0", "1900"}, "dueon": {"2026-03-14"}, "payment": {"pay_1"},
		"tokenhash": {`\xffff`}, "template": {"true", "false"}, "restricted": {"true", "false"}, "endpoint": {"tracker"}, "sealed": {`\xfe`}, "hint": {"wxyz"}, "result": {"delivered"}, "withorg": {uid(orgID, umbrella), uid(orgID, globex)}, "slug": {"org-1", "org-9"}, "email": {"new@mail.example"}, "domain": {"new.example"}, "metric": {"new"},
		"role": {"viewer", "member", "admin", "owner"}, "status": {"draft", "published", "archived"}, "name": {"New name"},
	} {
		l.focus[name] = values
	}
}

func (l *looker) note() {
	for _, n := range l.some("notes", l.of("notes")) {
		l.set(n, "noteid", "id", "authorid", "author_id", "projectid", "project_id", "title", "title", "name", "title")
		for _, c := range l.some("note_comments", l.state.of("note_comments", "note_id", n.text("id"))) {
			l.set(c, "commentid", "id", "body", "body")
			l.focus["authorid"] = []string{c.text("author_id")}
		}
		for _, nt := range l.some("note_tags", l.state.of("note_tags", "note_id", n.text("id"))) {
			t := l.first(slices.DeleteFunc(l.of("tags"), func(t row) bool { return t.text("id") != nt.text("tag_id") }))
			l.set(t, "tag", "name", "tagid", "id", "name", "name")
		}
	}
	for range 2 {
		for _, n := range l.some("notes", l.of("notes")) {
			l.set(n, "noteids", "id")
		}
		for _, t := range l.some("tags", l.of("tags")) {
			l.set(t, "tags", "name", "tag", "name", "tagid", "id")
		}
	}
}

func (l *looker) project() {
	for _, p := range l.some("projects", l.of("projects")) {
		l.set(p, "projectid", "id", "departmentid", "department_id", "name", "name")
	}
	for _, d := range l.some("departments", l.of("departments")) {
		l.set(d, "departmentid", "id", "name", "name")
	}
	for _, m := range l.some("department_members", l.of("department_members")) {
		l.set(m, "departmentid", "department_id", "userid", "user_id")
	}
	for _, d := range l.some("departments", l.of("departments")) {
		l.set(d, "parentid", "id")
	}
}

func (l *looker) member() {
	for _, m := range l.some("memberships", l.of("memberships")) {
		l.set(m, "viewerid", "user_id", "userid", "user_id", "newowner", "user_id", "invitedby", "user_id")
		if len(l.focus["authorid"]) == 0 {
			l.set(m, "authorid", "user_id")
		}
	}
	for _, m := range l.of("memberships") {
		if m.text("role") == "owner" {
			l.set(m, "oldowner", "user_id")
		}
	}
	for _, i := range l.some("integrations", l.of("integrations")) {
		l.set(i, "name", "name", "setby", "set_by")
	}
	for _, t := range l.some("api_tokens", l.of("api_tokens")) {
		l.set(t, "tokenid", "id", "userid", "user_id", "tokenhash", "token_hash", "name", "name")
	}
	for _, u := range l.some("users", l.state["users"]) {
		l.set(u, "userid", "id", "newowner", "id", "email", "email")
	}
}

// drawer draws parameter values for a pair of states.
type drawer struct {
	rng    *rand.Rand
	states [2]state
}

// look focuses on one organization of either state, Acme or any other.
func (d *drawer) look(foreign bool) focus {
	s := d.states[d.rng.IntN(2)]
	org := uid(orgID, acme)
	if orgs := slices.DeleteFunc(s.orgs(), func(id string) bool { return id == org }); foreign && len(orgs) > 0 {
		org = orgs[d.rng.IntN(len(orgs))]
	}
	return look(d.rng, s, org)
}

// values draws one value for each parameter: most from rows of Acme, or most from
// rows of another organization, and some from elsewhere.
func (d *drawer) values(t *testing.T, st *statement) [][]byte {
	t.Helper()
	main, side := d.look(d.rng.IntN(3) == 0), d.look(true)
	values := make([][]byte, len(st.params))
	for i, p := range st.params {
		from, kin := main, side
		if d.rng.IntN(5) == 0 {
			from, kin = side, main
		}
		values[i] = d.value(t, st, p, from, kin)
	}
	return values
}

func (d *drawer) value(t *testing.T, st *statement, p param, from, kin focus) []byte {
	t.Helper()
	if p.nullable && d.rng.IntN(3) == 0 {
		return nil
	}
	switch p.name {
	case "otherorg":
		return []byte(uid(orgID, globex))
	case "orgid":
		return []byte(uid(orgID, acme))
	case "noteids", "tags":
		return []byte("{" + strings.Join(slices.Concat(from[p.name], kin[p.name]), ",") + "}")
	}
	if len(from[p.name]) == 0 {
		from = kin
	}
	if len(from[p.name]) > 0 {
		return []byte(from[p.name][d.rng.IntN(len(from[p.name]))])
	}
	if !strings.HasSuffix(p.name, "id") && p.name != "tag" && !strings.HasSuffix(p.name, "owner") && p.name != "invitedby" && p.name != "setby" {
		t.Fatalf("%s: nothing to draw for parameter %q: teach look", st.name, p.name)
	}
	return []byte(d.unknown(p.name))
}

// unknown stands for a row that nobody has.
func (d *drawer) unknown(name string) string {
	if name == "tag" {
		return "none"
	}
	return uid(0xff, 0)
}
