package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// The tenant that everything runs for, and the ones that it must not see.
const acme, globex, initech, umbrella = 0, 1, 2, 3

// partner is in every state with the same notes, which it shares with Acme or offers as templates: they are not what states may
// differ in. It has nothing else, for what is in every state hides leaks.
const partner = 4

// tenantTables are the example's tenant tables, parents first, each with the
// condition that a row is Acme's. It is written down here rather than asked of
// package tenancy, because it judges what that package says.
var tenantTables = []struct{ name, acmes string }{
	{"organizations", "t.id = " + acmeLiteral},
	{"memberships", "t.org_id = " + acmeLiteral},
	{"organization_domains", "t.org_id = " + acmeLiteral},
	{"departments", "t.org_id = " + acmeLiteral},
	{"department_members", "t.org_id = " + acmeLiteral},
	{"projects", "t.org_id = " + acmeLiteral},
	{"notes", "t.org_id = " + acmeLiteral},
	// A comment whose note is gone was Acme's, too: where foreign keys are off, only Acme's notes may go.
	{"shared_notes", "t.org_id = " + acmeLiteral},
	{"note_comments", "NOT EXISTS (SELECT 1 FROM notes n WHERE n.id = t.note_id AND n.org_id <> " + acmeLiteral + ")"},
	{"tags", "t.org_id = " + acmeLiteral},
	{"note_tags", "t.org_id = " + acmeLiteral},
	{"api_tokens", "t.org_id = " + acmeLiteral},
	{"invitations", "t.org_id = " + acmeLiteral},
	{"integrations", "t.org_id = " + acmeLiteral},
	{"usage_counters", "t.org_id = " + acmeLiteral},
	{"subscriptions", "t.org_id = " + acmeLiteral},
	{"invoices", "t.org_id = " + acmeLiteral},
	{"tenant_quota_counters", "t.org_id = " + acmeLiteral},
	{"tenant_quota_overrides", "t.org_id = " + acmeLiteral},
	{"tenant_quota_addons", "t.org_id = " + acmeLiteral},
	{"tenant_usage", "t.org_id = " + acmeLiteral},
	{"tenant_usage_members", "t.org_id = " + acmeLiteral},
	{"tenant_usage_flushes", "t.org_id = " + acmeLiteral},
	{"tenant_audit", "t.org_id = " + acmeLiteral},
}

// globalTables belong to nobody. No query may leave them different either.
var globalTables = []string{"plans", "users", "tenant_audit_crossings"}

const acmeLiteral = "'00000000-0000-4000-8000-0a0000000000'::uuid"

// Kinds of ids. Only ids of notes and comments differ between organizations,
// because their keys demand it; for the rest the same uuid stands in all of them.
const (
	orgID     = 0x0a
	userID    = 0x0b
	deptID    = 0x0c
	projectID = 0x0d
	tagID     = 0x0e
	tokenID   = 0x0f
	auditID   = 0x30
	noteID    = 0x10 // + organization
	commentID = 0x20 // + organization
)

func uid(kind, n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%02x%010x", kind, n) }

// row is one row by column; a column that is missing is null.
type row map[string]any

func (r row) text(column string) string {
	s, _ := r[column].(string)
	return s
}

// state is the content of a database, but for the price list.
type state map[string][]row

func (s state) add(table string, r row) { s[table] = append(s[table], r) }

func (s state) merge(o state) {
	for table, rows := range o {
		s[table] = append(s[table], rows...)
	}
}

// of returns the rows of a table that have a value in a column.
func (s state) of(table, column, value string) []row {
	var found []row
	for _, r := range s[table] {
		if r.text(column) == value {
			found = append(found, r)
		}
	}
	return found
}

const people = 6

// users are the same in every state.
func users() state {
	s := state{}
	for i := range people {
		s.add("users", row{"id": uid(userID, i), "email": fmt.Sprintf("u%d@mail.example", i), "name": fmt.Sprintf("User %d", i), "created_at": day(1)})
	}
	return s
}

func day(n int) string { return fmt.Sprintf("2026-01-%02dT08:00:00Z", n) }

// Shapes of what the other organizations have.
type shape string

const (
	none  shape = "nothing"                     // there is no other organization
	twin  shape = "a copy of Acme's rows"       // with ids of its own where keys demand it
	few   shape = "a few rows"                  // of one organization
	many  shape = "many rows"                   // of three organizations
	other shape = "many rows, and other values" // of three organizations
)

// others makes the rows that are not Acme's. Equal seeds make equal rows but for
// what has to be unique, so a twin has Acme's seed and size.
func others(sh shape, seed uint64) state {
	s := state{}
	switch sh {
	case twin:
		s.merge(organization(globex, seed, acmeSize))
	case few:
		s.merge(organization(globex, seed+1, 2))
	case many, other:
		offset := map[shape]uint64{many: 10, other: 20}[sh]
		for _, org := range []int{globex, initech, umbrella} {
			s.merge(organization(org, seed+offset+uint64(org), acmeSize+org))
		}
	}
	return s
}

const acmeSize = 4

// builder fills one organization.
type builder struct {
	state
	rng  *rand.Rand
	n    int // the organization's number
	id   string
	size int
}

func organization(n int, seed uint64, size int) state {
	b := &builder{state{}, rand.New(rand.NewPCG(seed, 7)), n, uid(orgID, n), size}
	b.add("organizations", row{"id": b.id, "slug": fmt.Sprintf("org-%d", n), "name": b.pick("Acme", "Globex"), "plan_id": b.pick("free", "team"),
		"settings": map[string]any{"theme": b.pick("dark", "light")}, "created_at": day(2)})
	b.people()
	b.domains()
	b.departments()
	b.projects()
	b.notes()
	b.tags()
	b.tokens()
	b.integrations()
	b.usage()
	b.billing()
	b.kept()
	return b.state
}

func (b *builder) pick(values ...string) string { return values[b.rng.IntN(len(values))] }

// maybe returns the value or null.
func (b *builder) maybe(value string) any {
	if b.rng.IntN(3) == 0 {
		return nil
	}
	return value
}

func (b *builder) day() string { return day(1 + b.rng.IntN(28)) }

// future returns a time on either side of the frozen now.
func (b *builder) future() string { return b.pick("2026-01-20T00:00:00Z", "2026-03-01T00:00:00Z") }

func (b *builder) people() {
	order := b.rng.Perm(people)
	for i, u := range order[:min(b.size, people-1)] {
		role := b.pick("viewer", "member", "admin")
		if i == 0 {
			role = "owner"
		}
		b.add("memberships", row{"org_id": b.id, "user_id": uid(userID, u), "role": role, "created_at": b.day()})
	}
	// Addresses of people who are members, who are not, and of nobody.
	for i, email := range []string{fmt.Sprintf("u%d@mail.example", order[0]), fmt.Sprintf("u%d@mail.example", order[people-1]), "guest@mail.example"} {
		b.add("invitations", row{"org_id": b.id, "email": email, "role": b.pick("viewer", "member", "admin"), "invited_by": uid(userID, order[0]),
			"token_hash": b.hash(0xe0 + i), "expires_at": b.future()})
	}
}

// hash is unique among organizations, as the schema demands.
func (b *builder) hash(i int) string { return fmt.Sprintf(`\x%02x%02x`, b.n, i) }

// domains claims everybody's domain, and verifies the organization's own.
func (b *builder) domains() {
	for i := range 4 {
		r := row{"org_id": b.id, "domain": fmt.Sprintf("d%d.example", i)}
		if i == b.n {
			r["verified_at"] = b.maybe(day(3))
		}
		b.add("organization_domains", r)
	}
}

func (b *builder) departments() {
	for i := range b.size + 1 {
		r := row{"org_id": b.id, "id": uid(deptID, i), "name": b.pick("Sales", "Research", "Works")}
		if i > 0 {
			r["parent_id"] = b.maybe(uid(deptID, b.rng.IntN(i)))
		}
		r["restricted"] = i%2 == 1
		b.add("departments", r)
		b.add("department_members", row{"org_id": b.id, "department_id": r["id"], "user_id": b.state["memberships"][i%len(b.state["memberships"])]["user_id"]})
	}
}

// names gives the same names to other ids in each organization, but for a twin.
func (b *builder) names(all ...string) []string {
	at := b.rng.IntN(len(all))
	return slices.Concat(all[at:], all[:at])[:min(b.size, len(all))]
}

func (b *builder) projects() {
	for i, name := range b.names("Alpha", "Beta", "Gamma", "Delta") {
		r := row{"org_id": b.id, "id": uid(projectID, i), "name": name, "department_id": b.maybe(uid(deptID, b.rng.IntN(b.size+1))), "created_at": b.day()}
		if b.rng.IntN(3) == 0 {
			r["archived_at"] = b.day()
		}
		b.add("projects", r)
	}
}

func (b *builder) notes() {
	for i := range 2 * b.size {
		id := uid(noteID+b.n, i)
		b.add("notes", row{"org_id": b.id, "id": id, "project_id": b.maybe(uid(projectID, b.rng.IntN(min(b.size, 4)))), "author_id": b.user(),
			"title": b.pick("Plan", "Budget", "Minutes"), "body": b.pick("words", "budget words", ""), "status": b.pick("draft", "published", "archived"),
			"created_at": b.day(), "updated_at": b.day()})
		if i%2 == 0 {
			b.add("shared_notes", row{"org_id": b.id, "note_id": id, "title": "Shown", "body": "words", "updated_at": day(4), "template": b.n == acme && i%4 == 0,
				"shared_with": []string{uid(orgID, umbrella)}}) // never with Acme
		}
		for range b.rng.IntN(3) {
			b.add("note_comments", row{"id": uid(commentID+b.n, len(b.state["note_comments"])), "note_id": id, "author_id": b.user(),
				"body": b.pick("yes", "no"), "created_at": b.day()})
		}
	}
}

// shared is the partner with its notes.
func shared() state {
	s := state{}
	s.add("organizations", row{"id": uid(orgID, partner), "slug": "partner", "name": "Partner", "plan_id": "free", "settings": map[string]any{}, "created_at": day(2)})
	for i := range 4 {
		s.add("notes", row{"org_id": uid(orgID, partner), "id": uid(noteID+partner, i), "author_id": uid(userID, i), "title": "Shared", "body": "words",
			"status": "published", "created_at": day(3), "updated_at": day(4 + i)})
		s.add("shared_notes", row{"org_id": uid(orgID, partner), "note_id": uid(noteID+partner, i), "title": "Shared", "body": "words", "updated_at": day(4 + i),
			"template": i == 0, "shared_with": [][]string{{}, {uid(orgID, acme), uid(orgID, initech)}}[i%2]})
	}
	return s
}

// user is who writes; the last one belongs to organizations, but writes nothing.
func (b *builder) user() string { return uid(userID, b.rng.IntN(people-1)) }

func (b *builder) tags() {
	for i, name := range b.names("red", "urgent", "later", "idea") {
		id := uid(tagID, i)
		b.add("tags", row{"org_id": b.id, "id": id, "name": name, "color": b.pick("grey", "blue")})
		for _, n := range b.state["notes"] {
			if b.rng.IntN(3) == 0 && (b.n != acme || name != "idea") { // an idea of Acme's is on no note
				b.add("note_tags", row{"org_id": b.id, "note_id": n["id"], "tag_id": id})
			}
		}
	}
}

func (b *builder) tokens() {
	for i := range b.size {
		member := b.state["memberships"][b.rng.IntN(len(b.state["memberships"]))]
		r := row{"org_id": b.id, "id": uid(tokenID, i), "user_id": member["user_id"], "name": b.pick("ci", "laptop"), "token_hash": b.hash(i),
			"created_at": b.day(), "expires_at": b.future(), "signed_in_at": day(1 + i), "provider": []string{"", "https://id.example"}[i%2]}
		if b.rng.IntN(2) == 0 {
			r["last_used_at"] = b.day()
		}
		b.add("api_tokens", r)
	}
}

func (b *builder) integrations() {
	for i, name := range []string{"chat", "tracker"} {
		b.add("integrations", row{"org_id": b.id, "name": name, "endpoint": name, "sealed": b.hash(i), "hint": "1234", "set_by": uid(userID, i), "set_at": day(5 + i), "last_result": ""})
	}
}

func (b *builder) usage() {
	for _, metric := range []string{"api_calls", "exports"} {
		for _, month := range []string{"2025-12-01", "2026-01-01", "2026-02-01"} {
			if b.rng.IntN(4) > 0 {
				b.add("usage_counters", row{"org_id": b.id, "metric": metric, "month": month, "amount": 1 + b.rng.IntN(50)})
			}
		}
	}
}

func (b *builder) billing() {
	b.add("subscriptions", row{"org_id": b.id, "status": b.pick("active", "unpaid"), "paid_through": b.pick("2026-01-31", "2026-02-28")})
	for _, month := range []string{"2025-12-01", "2026-01-01"} {
		if b.rng.IntN(4) > 0 {
			r := row{"org_id": b.id, "month": month, "lines": `[]`, "total_cents": 100 * b.rng.IntN(50), "due_on": b.pick("2026-01-14", "2026-02-14")}
			if b.rng.IntN(4) == 0 {
				r["paid_at"] = b.future()
			}
			b.add("invoices", r)
		}
	}
}

// kept are rows of packages of the runtime, which no query of the example's touches.
func (b *builder) kept() {
	quota := b.pick("seats", "api-calls")
	b.add("tenant_quota_counters", row{"org_id": b.id, "quota": quota, "period": day(1), "used": 1 + b.rng.IntN(9)})
	b.add("tenant_quota_overrides", row{"org_id": b.id, "quota": quota, "ceiling": 5, "reason": "a contract"})
	b.add("tenant_quota_addons", row{"org_id": b.id, "quota": quota, "addon": "pack", "amount": 3})
	b.add("tenant_usage", row{"org_id": b.id, "period": "2026-01-01", "kind": "calls", "peak": false, "amount": b.rng.IntN(90)})
	b.add("tenant_usage_members", row{"org_id": b.id, "period": "2026-01-01", "member": b.pick("vera", "walt")})
	b.add("tenant_usage_flushes", row{"org_id": b.id, "source": "a", "seq": 1 + b.rng.IntN(9), "flushed_at": day(2)})
	b.add("tenant_audit", row{"org_id": b.id, "id": uid(auditID, 0), "at": day(3), "kind": "refused", "severity": "warning", "actor": "", "address": "",
		"repository": "", "operation": "x", "reason": "", "message": ""})
}

// pair is two states that differ in other organizations' rows only.
type pair struct {
	seed   uint64
	shapes [2]shape
	acme   bool // Acme has rows itself
}

// pairs are what every query is run on.
var pairs = []pair{
	{1, [2]shape{none, twin}, true},
	{2, [2]shape{none, many}, true},
	{3, [2]shape{few, many}, true},
	{4, [2]shape{twin, other}, true},
	{5, [2]shape{many, other}, true},
	{6, [2]shape{none, few}, false}, // Acme is about to be founded
	{7, [2]shape{twin, many}, false},
}

func (p pair) String() string {
	owner := "Acme"
	if !p.acme {
		owner = "an empty Acme"
	}
	return fmt.Sprintf("%s beside %s or %s (seed %d)", owner, p.shapes[0], p.shapes[1], p.seed)
}

// states makes both sides.
func (p pair) states() [2]state {
	var out [2]state
	for i, sh := range p.shapes {
		// Whose rows lie first in the tables is not the same on both sides.
		parts := []state{others(sh, p.seed)}
		if p.acme {
			parts = slices.Insert(parts, i, organization(acme, p.seed, acmeSize))
		}
		out[i] = users()
		out[i].merge(shared())
		for _, part := range parts {
			out[i].merge(part)
		}
	}
	return out
}

// orgs lists the organizations that a state has rows of.
func (s state) orgs() []string {
	var ids []string
	for _, o := range s["organizations"] {
		ids = append(ids, o.text("id"))
	}
	slices.Sort(ids)
	return ids
}
