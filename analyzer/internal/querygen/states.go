package querygen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Row is a row of a state.
type Row struct {
	Table  string
	Tenant int // that it belongs to, 0 for a shared row
	Values string
}

// Insert returns the statement that makes the row, in a schema.
func (r *Row) Insert(schema string) string {
	return fmt.Sprintf("INSERT INTO %s.%s VALUES (%s);\n", schema, r.Table, r.Values)
}

// States returns two states that have the same rows of tenant and the same shared
// rows, but independent rows of other tenants. Values are from small domains, and
// they refer to rows of other tenants wherever no constraint forbids it.
func States(seed uint64, tenant int) (a, b []*Row) {
	same := &filler{rng: rand.New(rand.NewPCG(seed, 7)), taken: map[string][]int{}}
	for id := 1; id <= 4; id++ {
		same.add("plans", 0, id, same.text(), same.num(4))
	}
	same.tenant(tenant)
	states := [2][]*Row{}
	for i := range states {
		f := &filler{rng: rand.New(rand.NewPCG(seed, 100+uint64(i))), taken: map[string][]int{}}
		for name, ids := range same.taken {
			f.taken[name] = slices.Clone(ids)
		}
		for other := 1; other <= 4; other++ {
			if other != tenant && f.rng.IntN(4) > 0 {
				f.tenant(other)
			}
		}
		states[i] = append(slices.Clone(same.rows), f.rows...)
	}
	return states[0], states[1]
}

// filler makes rows in an order that foreign keys allow.
type filler struct {
	rng   *rand.Rand
	rows  []*Row
	taken map[string][]int // keys in use, by table
}

func (f *filler) add(table string, tenant int, values ...any) {
	parts := make([]string, len(values))
	for i, v := range values {
		if s, ok := v.(string); ok && s != "NULL" {
			v = "'" + s + "'"
		}
		parts[i] = fmt.Sprint(v)
	}
	f.rows = append(f.rows, &Row{table, tenant, strings.Join(parts, ", ")})
}

func (f *filler) num(n int) int { return 1 + f.rng.IntN(n) }

// maybe is a number or NULL.
func (f *filler) maybe(n int) any {
	if f.rng.IntN(6) == 0 {
		return "NULL"
	}
	return f.num(n)
}

func (f *filler) text() any {
	if f.rng.IntN(7) == 0 {
		return "NULL"
	}
	return string(rune('a' + f.rng.IntN(3)))
}

func (f *filler) json() any {
	if f.rng.IntN(5) == 0 {
		return "NULL"
	}
	return fmt.Sprintf(`{"a": %d}`, f.num(3))
}

// some is how many rows a table gets: often none or one, for aggregates, LIMIT and
// outer joins tell those apart.
func (f *filler) some(n int) int {
	if f.rng.IntN(4) == 0 {
		return f.rng.IntN(2)
	}
	return 2 + f.rng.IntN(n)
}

// keys returns up to n keys of a table that are free: shared by all tenants when
// plain, else only within one.
func (f *filler) keys(table string, tenant, n, domain int, plain bool) []int {
	name := table
	if !plain {
		name = fmt.Sprint(table, tenant)
	}
	var out []int
	for _, k := range f.rng.Perm(domain) {
		if len(out) < n && !slices.Contains(f.taken[name], k+1) {
			out = append(out, k+1)
			f.taken[name] = append(f.taken[name], k+1)
		}
	}
	return out
}

// one of ids, or NULL.
func (f *filler) one(ids []int) any {
	if len(ids) == 0 || f.rng.IntN(6) == 0 {
		return "NULL"
	}
	return ids[f.rng.IntN(len(ids))]
}

// near is mostly one of the tenant's ids, else any number or NULL.
func (f *filler) near(ids []int, n int) any {
	if len(ids) > 0 && f.rng.IntN(5) < 3 {
		return ids[f.rng.IntN(len(ids))]
	}
	return f.maybe(n)
}

// tenant adds the rows of one tenant.
func (f *filler) tenant(t int) {
	f.add("orgs", t, t, f.text(), f.maybe(4))
	users := f.keys("users", t, f.some(2), 8, true)
	for _, id := range users {
		f.add("users", t, id, t, f.text(), f.near(users, 8), f.maybe(4))
	}
	var projects []int
	if len(users) > 0 {
		projects = f.keys("projects", t, f.some(3), 4, false)
	}
	for _, id := range projects {
		f.add("projects", t, t, id, f.text(), users[f.rng.IntN(len(users))], f.rng.IntN(2) == 0)
	}
	for _, id := range f.keys("tasks", t, f.some(4), 4, false) {
		f.add("tasks", t, t, id, f.one(projects), f.near(users, 8), f.text(), f.rng.IntN(2) == 0, f.json())
	}
	notes := f.keys("notes", t, f.some(2), 8, true)
	for i, id := range notes {
		f.add("notes", t, id, t, f.near(users, 8), string(rune('a'+i)), f.text(), f.json())
	}
	f.children(t, notes)
	var folders []int
	for _, id := range f.keys("folders", t, f.some(4), 5, false) {
		f.add("folders", t, t, id, f.one(folders), f.text())
		folders = append(folders, id)
	}
	for _, id := range f.keys("events", t, f.some(4), 4, false) {
		f.add("events", t, t, id, f.text(), f.maybe(4))
	}
}

func (f *filler) children(t int, notes []int) {
	if len(notes) == 0 {
		return
	}
	comments := f.keys("comments", t, f.some(4), 10, true)
	for _, id := range comments {
		f.add("comments", t, id, notes[f.rng.IntN(len(notes))], f.maybe(8), f.text())
	}
	if len(comments) == 0 {
		return
	}
	for _, id := range f.keys("reactions", t, f.some(4), 12, true) {
		f.add("reactions", t, id, comments[f.rng.IntN(len(comments))], f.text())
	}
}

// Dump is a query for all rows of a schema: the table, the tenant that the row belongs to
// or 0, and the row.
func Dump(schema string) string {
	var parts []string
	for _, t := range tables {
		if t.view {
			continue
		}
		from, owner := fmt.Sprintf("%s.%s t", schema, t.name), "t."+t.tenant
		switch t.name {
		case "plans":
			owner = "0"
		case "comments":
			from, owner = from+fmt.Sprintf(" JOIN %s.notes n ON n.id = t.note_id", schema), "n.org_id"
		case "reactions":
			from, owner = from+fmt.Sprintf(" JOIN %[1]s.comments c ON c.id = t.comment_id JOIN %[1]s.notes n ON n.id = c.note_id", schema), "n.org_id"
		}
		parts = append(parts, fmt.Sprintf("SELECT '%s', %s, t::text FROM %s", t.name, owner, from))
	}
	return strings.Join(parts, " UNION ALL ")
}
