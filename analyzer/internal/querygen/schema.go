package querygen

import "github.com/tenantgen/tenantgen/config"

// Schema is the DDL that the statements are about: tables with composite and with
// plain keys, foreign keys with the tenant column, a child and a grandchild, a tree,
// a partitioned table, the tenant root, a shared table and views.
const Schema = `
CREATE TABLE plans (id int PRIMARY KEY, name text, rank int);
CREATE TABLE orgs (id int PRIMARY KEY, name text, plan_id int REFERENCES plans (id));
CREATE TABLE users (id int PRIMARY KEY, org_id int NOT NULL, name text, boss_id int, plan_id int, CONSTRAINT users_org UNIQUE (org_id, id));
CREATE TABLE projects (org_id int NOT NULL, id int NOT NULL, name text, owner_id int NOT NULL, archived bool, PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, owner_id) REFERENCES users (org_id, id) ON DELETE CASCADE);
CREATE TABLE tasks (org_id int NOT NULL, id int NOT NULL, project_id int, assignee_id int, state text, done bool NOT NULL, meta jsonb, PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id) ON DELETE CASCADE);
CREATE TABLE notes (id int PRIMARY KEY, org_id int NOT NULL, user_id int, slug text NOT NULL, title text, body jsonb, CONSTRAINT notes_slug UNIQUE (org_id, slug));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes (id) ON DELETE CASCADE, author_id int, body text);
CREATE TABLE reactions (id int PRIMARY KEY, comment_id int NOT NULL REFERENCES comments (id) ON DELETE CASCADE, kind text);
CREATE TABLE folders (org_id int NOT NULL, id int NOT NULL, parent_id int, name text, PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, parent_id) REFERENCES folders (org_id, id) ON DELETE CASCADE);
CREATE TABLE events (org_id int NOT NULL, id int NOT NULL, kind text, task_id int, PRIMARY KEY (org_id, id)) PARTITION BY LIST (org_id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2, 3, 4);
CREATE VIEW open_tasks AS SELECT id, org_id, project_id, state FROM tasks WHERE NOT done;
CREATE VIEW user_notes AS SELECT u.id AS org_id, n.id, n.org_id AS tenant, n.title AS name FROM users u JOIN notes n ON n.user_id = u.id AND n.org_id = u.org_id;
CREATE VIEW task_totals AS SELECT org_id, state, count(*)::int AS id FROM tasks GROUP BY org_id, state;
`

// Tenancy declares how the tables of Schema are owned.
func Tenancy() config.Tenant {
	child := func(table, parent, column string) config.Table {
		return config.Table{Name: table, Parents: []config.Parent{{Table: parent, On: []config.Pair{{Child: column, Parent: "id"}}}}}
	}
	return config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{
		{Name: "orgs", TenantColumn: "id"}, {Name: "plans", Global: true},
		child("comments", "notes", "note_id"), child("reactions", "comments", "comment_id")}}
}

// Type is the type of a column.
type Type int

// The types of columns.
const (
	Int Type = iota
	Text
	Bool
	JSON
)

// ParamTypes are the types of the parameters $1 … that statements use: the tenant, an
// integer that may be another tenant, an integer, a text and an array of integers.
var ParamTypes = []string{"int4", "int4", "int4", "text", "int4[]"}

const (
	tenantParam = iota + 1
	otherParam
	intParam
	textParam
	arrayParam
)

type col struct {
	name string
	typ  Type
	// ref is the table that has the value as its id, "" for none.
	ref string
}

// table is what the generator knows of a table or view.
type table struct {
	name   string
	cols   []col
	tenant string // the tenant column
	// parent and link: a child has the id of its parent in column link.
	parent, link string
	plain        bool // id alone is the key
	view         bool
	set          []string // columns that UPDATE may set
	targets      []string // conflict targets
	fixed        string   // a column with a text that INSERT must give
}

var composite = []string{"(org_id, id)", "(id, org_id)"}

var tables = []*table{
	{name: "tasks", tenant: "org_id", set: []string{"assignee_id", "state", "done"}, targets: append([]string{"ON CONSTRAINT tasks_pkey"}, composite...),
		cols: []col{{"org_id", Int, "orgs"}, {"id", Int, "tasks"}, {"project_id", Int, "projects"}, {"assignee_id", Int, "users"}, {"state", Text, ""}, {"done", Bool, ""}, {"meta", JSON, ""}}},
	{name: "projects", tenant: "org_id", set: []string{"name", "archived"}, targets: composite,
		cols: []col{{"org_id", Int, "orgs"}, {"id", Int, "projects"}, {"name", Text, ""}, {"owner_id", Int, "users"}, {"archived", Bool, ""}}},
	{name: "users", tenant: "org_id", plain: true, set: []string{"name", "boss_id", "plan_id"}, targets: []string{"(org_id, id)", "(id)", "ON CONSTRAINT users_org", "ON CONSTRAINT users_pkey"},
		cols: []col{{"id", Int, "users"}, {"org_id", Int, "orgs"}, {"name", Text, ""}, {"boss_id", Int, "users"}, {"plan_id", Int, "plans"}}},
	{name: "notes", tenant: "org_id", plain: true, fixed: "slug", set: []string{"title", "user_id"}, targets: []string{"(org_id, slug)", "(id)", "ON CONSTRAINT notes_slug"},
		cols: []col{{"id", Int, "notes"}, {"org_id", Int, "orgs"}, {"user_id", Int, "users"}, {"slug", Text, ""}, {"title", Text, ""}, {"body", JSON, ""}}},
	{name: "folders", tenant: "org_id", set: []string{"name"}, targets: composite,
		cols: []col{{"org_id", Int, "orgs"}, {"id", Int, "folders"}, {"parent_id", Int, "folders"}, {"name", Text, ""}}},
	{name: "events", tenant: "org_id", set: []string{"kind", "task_id"}, targets: composite,
		cols: []col{{"org_id", Int, "orgs"}, {"id", Int, "events"}, {"kind", Text, ""}, {"task_id", Int, "tasks"}}},
	{name: "orgs", tenant: "id", plain: true, set: []string{"name", "plan_id"}, targets: []string{"(id)"},
		cols: []col{{"id", Int, "orgs"}, {"name", Text, ""}, {"plan_id", Int, "plans"}}},
	{name: "comments", parent: "notes", link: "note_id", plain: true, set: []string{"body", "author_id"}, targets: []string{"(id)"},
		cols: []col{{"id", Int, "comments"}, {"note_id", Int, "notes"}, {"author_id", Int, "users"}, {"body", Text, ""}}},
	{name: "reactions", parent: "comments", link: "comment_id", plain: true, set: []string{"kind"}, targets: []string{"(id)"},
		cols: []col{{"id", Int, "reactions"}, {"comment_id", Int, "comments"}, {"kind", Text, ""}}},
	{name: "plans", plain: true, set: []string{"name"}, targets: []string{"(id)"},
		cols: []col{{"id", Int, "plans"}, {"name", Text, ""}, {"rank", Int, ""}}},
	{name: "open_tasks", tenant: "org_id", view: true,
		cols: []col{{"id", Int, "tasks"}, {"org_id", Int, "orgs"}, {"project_id", Int, "projects"}, {"state", Text, ""}}},
	{name: "user_notes", tenant: "tenant", view: true,
		cols: []col{{"org_id", Int, "users"}, {"id", Int, "notes"}, {"tenant", Int, "orgs"}, {"name", Text, ""}}},
	{name: "task_totals", tenant: "org_id", view: true,
		cols: []col{{"org_id", Int, "orgs"}, {"state", Text, ""}, {"id", Int, ""}}},
}

func lookup(name string) *table {
	for _, t := range tables {
		if t.name == name {
			return t
		}
	}
	return nil
}

// sharedKey reports whether rows of several tenants cannot have one key, by the conflict
// target that stands for it.
func (t *table) sharedKey(target string) bool {
	return t.plain && t.tenant != "id" && t.name != "plans" && (target == "(id)" || target == "ON CONSTRAINT "+t.name+"_pkey")
}
