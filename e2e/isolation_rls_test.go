package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// changes alters every row of a table, by table, and moves says how to give a row
// to another organization. Neither has a condition: the policies alone decide.
var changes = map[string]string{
	"organizations": "name = 'seized'", "memberships": "role = 'viewer'", "organization_domains": "verified_at = NULL",
	"departments": "name = 'seized'", "department_members": "user_id = gen_random_uuid()", "projects": "archived_at = now()", "notes": "title = 'seized'", "shared_notes": "title = 'seized'", "note_comments": "body = 'seized'",
	"tags": "color = 'seized'", "note_tags": "tag_id = gen_random_uuid()", "api_tokens": "name = 'seized'",
	"invitations": "email = email || '.seized'", "usage_counters": "amount = amount + 1", "integrations": "hint = 'seized'",
	"subscriptions": "status = 'unpaid'", "invoices": "total_cents = 0",
	"tenant_quota_counters": "used = 0", "tenant_quota_overrides": "ceiling = NULL", "tenant_quota_addons": "amount = 1000",
	"tenant_usage": "amount = 0", "tenant_usage_members": "member = 'seized'", "tenant_usage_flushes": "seq = 0", "tenant_audit": "message = 'seized'",
}

var moves = func() map[string]string {
	m := map[string]string{"organizations": "id = gen_random_uuid()", "note_comments": fmt.Sprintf("note_id = '%s'", uid(noteID+globex, 0))}
	for table := range changes {
		if m[table] == "" {
			m[table] = fmt.Sprintf("org_id = '%s'", uid(orgID, globex))
		}
	}
	return m
}()

// rlsLab is a database under the generated migration, with many rows of everybody.
type rlsLab struct {
	*lab
	state state
}

func newRLSLab(t *testing.T) *rlsLab {
	t.Helper()
	l := &rlsLab{newLab(t, true), pair{5, [2]shape{many, many}, true}.states()[1]}
	l.fill(t, l.state)
	for _, table := range tenantTables { // the policies alone shall decide
		l.exec(t, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+table.name+" TO app_tenant")
	}
	return l
}

// as makes runs begin as app_tenant with a setting; "" is a transaction that never
// sets it. Foreign keys are off where a policy alone shall decide.
func (l *rlsLab) as(setting string, keys bool) *rlsLab {
	l.enter = "BEGIN; "
	if !keys {
		l.enter += "SET LOCAL session_replication_role = replica; "
	}
	l.enter += "SET LOCAL ROLE app_tenant"
	if setting != "" {
		l.enter += fmt.Sprintf("; SELECT set_config('app.org_id', '%s', true)", setting)
	}
	return l
}

// try runs one statement, which must leave everybody else alone.
func (l *rlsLab) try(t *testing.T, sql string, values ...[]byte) outcome {
	t.Helper()
	o, err := l.run(&statement{name: sql, sql: sql}, values)
	if err != nil {
		t.Fatal(err)
	}
	if o.harm != "" {
		t.Errorf("%s changes rows of others: %s", sql, o.harm)
	}
	return o
}

// touches expects a statement to reach exactly n rows.
func (l *rlsLab) touches(t *testing.T, n int, sql string, values ...[]byte) {
	t.Helper()
	if o := l.try(t, sql, values...); o.failed != nil || int(o.affected) != n {
		t.Errorf("%s reaches %d rows, want %d: %s", sql, o.affected, n, o.refusal())
	}
}

// refused expects a policy to stop a statement.
func (l *rlsLab) refused(t *testing.T, sql string, values ...[]byte) {
	t.Helper()
	if o := l.try(t, sql, values...); o.failed == nil || o.failed.Code != "42501" {
		t.Errorf("%s is not refused by a policy: %d rows, %s", sql, o.affected, o.refusal())
	}
}

// rows are those of a state that are Acme's, or everybody else's.
func (l *rlsLab) rows(table string, acmes bool) []row {
	notes := map[string]bool{}
	for _, n := range l.state["notes"] {
		notes[n.text("id")] = n.text("org_id") == uid(orgID, acme)
	}
	var found []row
	for _, r := range l.state[table] {
		own := r.text("org_id") == uid(orgID, acme) || table == "organizations" && r.text("id") == uid(orgID, acme) || table == "note_comments" && notes[r.text("note_id")]
		if own == acmes {
			found = append(found, r)
		}
	}
	return found
}

// shown counts the rows of others that an organization may read, of which there are some of shared notes alone.
func (l *rlsLab) shown(table, org string) (n int) {
	if table != "shared_notes" {
		return 0
	}
	for _, r := range l.state[table] {
		template, _ := r["template"].(bool)
		with, _ := r["shared_with"].([]string)
		if r.text("org_id") != org && (template || slices.Contains(with, org)) {
			n++
		}
	}
	return n
}

// TestExampleRLS holds the generated migration to what the queries are not needed
// for: whatever app_tenant says, with no condition on the tenant at all, it meets
// the rows of the organization that the setting names, and none without one. Notes
// that are shared with it, and templates, it can read besides.
func TestExampleRLS(t *testing.T) {
	l := newRLSLab(t)
	for _, table := range tenantTables {
		t.Run(table.name, func(t *testing.T) {
			own, foreign := l.rows(table.name, true), l.rows(table.name, false)
			if len(own) == 0 || len(foreign) == 0 {
				t.Fatalf("%d own rows, %d of others: nothing to tell apart", len(own), len(foreign))
			}
			l.reaches(t, table.name, len(own))
			l.keepsOut(t, table.name, foreign)
			l.letsIn(t, table.name, own)
			l.needsSetting(t, table.name, own)
		})
	}
}

// reaches reads, changes and deletes without a condition.
func (l *rlsLab) reaches(t *testing.T, table string, own int) {
	t.Helper()
	l.as(uid(orgID, acme), false)
	l.touches(t, own+l.shown(table, uid(orgID, acme)), "SELECT * FROM "+table)
	l.touches(t, own, "SELECT * FROM "+table+" FOR UPDATE")
	l.touches(t, own, fmt.Sprintf("UPDATE %s SET %s", table, changes[table]))
	l.touches(t, own, "DELETE FROM "+table)
	l.as(uid(orgID, acme), true)
	l.try(t, "DELETE FROM "+table) // foreign keys may refuse it, or cascade to rows of Acme
}

// keepsOut writes rows that are somebody else's.
func (l *rlsLab) keepsOut(t *testing.T, table string, foreign []row) {
	t.Helper()
	l.as(uid(orgID, acme), false)
	for _, r := range []row{foreign[0], foreign[len(foreign)-1]} {
		l.refused(t, insertInto(table), jsonOf(t, []row{r}))
		l.refused(t, insertInto(table)+" ON CONFLICT DO NOTHING", jsonOf(t, []row{r}))
	}
	l.refused(t, fmt.Sprintf("UPDATE %s SET %s", table, moves[table]))
}

// letsIn writes Acme's own rows: the policies stop nothing that they should not.
func (l *rlsLab) letsIn(t *testing.T, table string, own []row) {
	t.Helper()
	l.as(uid(orgID, acme), false).enter += "; DELETE FROM " + table
	l.touches(t, len(own), insertInto(table), jsonOf(t, own))
}

// needsSetting looks through the eyes of nobody.
func (l *rlsLab) needsSetting(t *testing.T, table string, own []row) {
	t.Helper()
	for _, setting := range []string{"", uid(orgID, 0x99)} {
		l.as(setting, false)
		l.touches(t, l.shown(table, setting), "SELECT * FROM "+table)
		l.touches(t, 0, fmt.Sprintf("UPDATE %s SET %s", table, changes[table]))
		l.touches(t, 0, "DELETE FROM "+table)
		l.refused(t, insertInto(table), jsonOf(t, own[:1]))
	}
	l.as("", false).enter += "; SELECT set_config('app.org_id', '', true)" // what is left of a setting that was used once
	l.touches(t, l.shown(table, ""), "SELECT * FROM "+table)
}

func insertInto(table string) string {
	return fmt.Sprintf("INSERT INTO %s SELECT * FROM jsonb_populate_recordset(NULL::%[1]s, $1)", table)
}

func jsonOf(t *testing.T, rows []row) []byte {
	t.Helper()
	text, err := json.Marshal(append([]row{}, rows...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestExampleTables holds the list of tenant tables to the schema: a table that is
// new and not listed would be tested by nothing.
func TestExampleTables(t *testing.T) {
	listed := map[string]bool{}
	for _, table := range tenantTables {
		listed[table.name] = true
	}
	if got, want := slices.Sorted(maps.Keys(changes)), slices.Sorted(maps.Keys(listed)); !slices.Equal(got, want) {
		t.Errorf("changes are of %v, tenant tables are %v", got, want)
	}
	for _, name := range globalTables {
		listed[name] = true
	}
	var declared []string
	for _, table := range exampleProject(t).Units[0].Schema.Tables {
		declared = append(declared, table.Name.String())
	}
	slices.Sort(declared)
	if want := slices.Sorted(maps.Keys(listed)); !slices.Equal(declared, want) {
		t.Errorf("the schema has %v, the isolation tests know %v", declared, want)
	}
}

// TestExampleQueriesUnderRLS runs every scoped query with and without row-level
// security on the same rows. A query that is scoped cannot tell the difference:
// one that could would need rows that the policies hide.
func TestExampleQueriesUnderRLS(t *testing.T) {
	with := newRLSLab(t).as(uid(orgID, acme), true)
	labs := labPair{newLab(t, false), with.lab}
	states := [2]state{with.state, with.state}
	labs.fill(t, states)
	runs := 0
	for _, st := range exampleStatements(t) {
		for _, values := range drawSome(t, st, states, 5, draws) {
			runs++
			a, b := labs.run(t, st, values)
			a.hideDetail()
			b.hideDetail()
			if d := a.leak(b, st.ordered); d != "" {
				t.Errorf("%s with %s behaves otherwise under row-level security: %s", st.name, values, d)
				break
			}
		}
	}
	t.Logf("%d pairs of runs", runs)
}

// hideDetail drops what PostgreSQL tells of a row only where no policy applies.
func (o outcome) hideDetail() {
	if o.failed != nil {
		o.failed.Detail = ""
	}
}
