package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/config"
)

const depthSchema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, slug text UNIQUE, UNIQUE (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE TABLE logs (note_id int REFERENCES notes);
CREATE TABLE odd_type (org_id int NOT NULL, note_id numeric REFERENCES notes);
CREATE TABLE tags (org_id int NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TABLE loose (note_id int REFERENCES notes);
CREATE TABLE items (org_id int NOT NULL, plan_id int REFERENCES plans);
CREATE TABLE comments (id int PRIMARY KEY, note_id int REFERENCES notes);
CREATE TABLE replies (comment_id int REFERENCES comments);
CREATE TABLE files (org_id int NOT NULL, note_id int REFERENCES notes);
CREATE TABLE tenant_to_id (org_id int NOT NULL REFERENCES notes (id));
CREATE TABLE any_tenant (org_id int NOT NULL, who int, note_id int, FOREIGN KEY (who, note_id) REFERENCES notes (org_id, id));
`

// How far a foreign key's action reaches, and whom: one case for each thing that depth asks.
func TestDepth(t *testing.T) {
	k := world(t, depthSchema, global("plans"), global("logs"), child("comments", of("notes", "note_id=id")), child("replies", of("comments", "comment_id=id")))
	for _, c := range []struct {
		from        string
		have, start int
		want        int
		refused     string
	}{
		{"logs", 0, 0, -1, ""},
		{"odd_type", 0, 0, 0, "need not refer to the changed ones"},
		{"tags", -1, 0, 0, "reaches rows of every tenant"},
		{"loose", 0, 0, 0, "reaches rows of every tenant"},
		{"items", 0, 0, 0, "reaches rows of every tenant"},
		{"tags", 0, 0, 0, ""},
		{"comments", 0, 0, 0, ""},
		{"replies", 0, 0, 0, ""},
		{"files", 0, 0, 0, "foreign-key files_note_id_fkey"},
		{"tenant_to_id", 0, 0, 0, "refers by the tenant of tenant_to_id to what is no tenant"},
		{"any_tenant", 0, 0, 0, "of any_tenant refers to any tenant"},
	} {
		k.depthIs(t, c.from, c.have, c.start, c.want, c.refused)
	}
	k.assumeKeys()
	k.depthIs(t, "files", 0, 0, 0, "")
	k.depthIs(t, "tenant_to_id", 0, 0, 0, "refers by the tenant of tenant_to_id to what is no tenant")
	k.depthIs(t, "any_tenant", 0, 0, 0, "of any_tenant refers to any tenant")
}

// The same with organizations and projects.
func TestDepthOfLevels(t *testing.T) {
	k := worldOf(t, `
CREATE TABLE projects (org_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE tasks (org_id int NOT NULL, project_id int NOT NULL, id int PRIMARY KEY, UNIQUE (project_id, id));
CREATE TABLE steps (org_id int NOT NULL, project_id int NOT NULL, task_id int, FOREIGN KEY (project_id, task_id) REFERENCES tasks (project_id, id));
CREATE TABLE runs (org_id int NOT NULL, project_id int NOT NULL, p_id int, FOREIGN KEY (org_id, p_id) REFERENCES projects (org_id, id));
CREATE TABLE badges (org_id int NOT NULL, task_id int REFERENCES tasks);
`, config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}})
	k.depthIs(t, "steps", 1, 1, 1, "levels-agree")
	k.assumeLevels()
	k.depthIs(t, "steps", 1, 1, 1, "")
	k.depthIs(t, "steps", 0, 0, 0, "") // by the inner tenant alone
	k.depthIs(t, "steps", 0, 1, 0, "reaches rows of every project")
	k.depthIs(t, "runs", 0, 0, 0, "")
	k.depthIs(t, "runs", 0, 1, 0, "reaches rows of every project")
	k.depthIs(t, "badges", 0, 1, 0, "foreign-key badges_task_id_fkey")
	k.assumeKeys()
	k.depthIs(t, "badges", 1, 1, 0, "")
}

func (k *checker) depthIs(t *testing.T, from string, have, start, want int, why string) {
	t.Helper()
	fk, got := k.foreign(from), 0
	said := refused(func() { got = k.depth(have, start, k.db.Table(fk.RefTable), k.table(from), fk) })
	expectRefusal(t, from, said, why)
	if said == "" && got != want {
		t.Errorf("%s: depth %d, want %d", from, got, want)
	}
}

// A key refers by a tenant to something else when the tenant stands opposite to it.
func TestForeignTo(t *testing.T) {
	k := &checker{}
	for _, c := range []struct {
		name           string
		side, opposite []string
		spelled        []string
		holder         string
		want           bool
	}{
		{"to an id", []string{"org_id"}, []string{"id"}, []string{"tenant_id"}, "owner", true},
		{"to the tenant", []string{"org_id"}, []string{"owner"}, []string{"tenant_id"}, "owner", false},
		{"to a column of its name", []string{"org_id"}, []string{"tenant_id"}, []string{"tenant_id"}, "owner", false},
		{"of another column", []string{"note_id"}, []string{"id"}, []string{"tenant_id"}, "owner", false},
		{"in the second place", []string{"note_id", "org_id"}, []string{"owner", "id"}, nil, "owner", true},
	} {
		if k.foreignTo(c.side, c.opposite, "org_id", c.spelled, c.holder) != c.want {
			t.Error(c.name)
		}
	}
}
