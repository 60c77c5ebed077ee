package propose

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

func load(t *testing.T, sql string) *catalog.Database {
	t.Helper()
	db, problems := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: sql}})
	if slices.ContainsFunc(problems, func(d analyzer.Diagnostic) bool { return d.Rule == "syntax" }) {
		t.Fatal(problems)
	}
	return db
}

// lines are those of a proposal that begin with one of the words, behind the #.
func lines(p *Proposal, about ...string) []string {
	block, _ := p.Block()
	var out []string
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		bare := strings.TrimPrefix(strings.TrimPrefix(line, "# "), "OPEN: ")
		if slices.ContainsFunc(about, func(a string) bool { return strings.HasPrefix(bare, a+":") }) {
			out = append(out, line)
		}
	}
	return out
}

const tenants = `CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL REFERENCES orgs, id uuid PRIMARY KEY);
`

// What is proposed for a table, or why it is left open. Each guard has a case that it alone
// decides.
func TestTables(t *testing.T) {
	const nobodys = "{global: true}  # nobody's: no tenant column, and no key to a table that is a tenant's"
	for _, c := range []struct{ sql, want string }{
		{"CREATE TABLE x (id int PRIMARY KEY, kind text);", "x: " + nobodys},
		{"CREATE TABLE x (id int PRIMARY KEY, b uuid);", "x: " + nobodys + "; nothing says what its b refers to"},
		{"CREATE TABLE x (id int PRIMARY KEY, gadget_id int);", "x: " + nobodys + "; nothing says what its gadget_id refers to"},
		{"CREATE TABLE gadgets (id int); CREATE TABLE x (id int PRIMARY KEY, gadget_id int);", "x: " + nobodys},
		{"CREATE TABLE x (id int PRIMARY KEY); ALTER TABLE notes ADD x_id int REFERENCES x;", "x: " + nobodys + "; shared by what refers to it: notes"},
		{"CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE seats (org_id uuid NOT NULL REFERENCES orgs, x_id int NOT NULL REFERENCES x, PRIMARY KEY (x_id, org_id));",
			"x: {global: true}  # in several tenants, by seats: every tenant's queries may read all rows of it, so reach them through seats (docs/tenants.md)"},
		{"CREATE TABLE x (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE seats (org_id uuid NOT NULL REFERENCES orgs, a int, b int, UNIQUE (org_id, a, b), FOREIGN KEY (a, b) REFERENCES x);",
			"x: {global: true}  # in several tenants, by seats: every tenant's queries may read all rows of it, so reach them through seats (docs/tenants.md)"},
		{"CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE seats (org_id uuid NOT NULL REFERENCES orgs, x_id int REFERENCES x, n int, UNIQUE (n, x_id));", "x: " + nobodys + "; shared by what refers to it: seats"},
		{"CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE seats (org_id uuid NOT NULL REFERENCES orgs, x_id int REFERENCES x, n int, UNIQUE (org_id, n, x_id));", "x: " + nobodys + "; shared by what refers to it: seats"},
		{"CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE seats (org_id uuid NOT NULL REFERENCES orgs, x_id int REFERENCES x, n int); CREATE UNIQUE INDEX ON seats (org_id, x_id) WHERE n > 0;", "x: " + nobodys + "; shared by what refers to it: seats"},
		{"CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE seats (org_id uuid NOT NULL REFERENCES orgs, x_id int NOT NULL REFERENCES x, PRIMARY KEY (org_id));", "x: " + nobodys + "; shared by what refers to it: seats"},
		// By the tenants themselves.
		{"CREATE TABLE x (id int PRIMARY KEY, payer uuid NOT NULL REFERENCES orgs);", "x: {tenant_column: payer}  # payer refers to orgs"},
		{"CREATE TABLE x (id int PRIMARY KEY, payer uuid REFERENCES orgs);", "# OPEN: x: payer refers to a tenant and may be NULL: a tenant's own rows beside shared ones?"},
		{"CREATE TABLE x (id int PRIMARY KEY, a uuid NOT NULL REFERENCES orgs, b uuid NOT NULL REFERENCES orgs);", "# OPEN: x: a, b all refer to tenants: which one says whose a row is?"},
		{"CREATE TABLE x (id int PRIMARY KEY, payer uuid NOT NULL); ALTER TABLE x ADD FOREIGN KEY (payer) REFERENCES orgs NOT VALID;", "x: {parent: orgs, on: {payer: id}}  # by foreign key x_payer_fkey"},
		// By keys.
		{"CREATE TABLE x (id int PRIMARY KEY, n uuid NOT NULL REFERENCES notes);", "x: {parent: notes, on: {n: id}}  # by foreign key x_n_fkey"},
		{"CREATE TABLE x (id int PRIMARY KEY, n uuid REFERENCES notes);", "x: {parent: notes, on: {n: id}}  # by foreign key x_n_fkey; a row without n is nobody's, and no tenant sees it"},
		{"CREATE TABLE x (id int PRIMARY KEY, up int REFERENCES x, n uuid NOT NULL REFERENCES notes);", "x: {parent: notes, on: {n: id}}  # by foreign key x_n_fkey"},
		{"CREATE TABLE y (id int PRIMARY KEY, n uuid REFERENCES notes); CREATE TABLE x (id int PRIMARY KEY, y int NOT NULL REFERENCES y); ALTER TABLE y ADD x int REFERENCES x;",
			"x: {parent: y, on: {y: id}}  # by foreign key x_y_fkey"},
		{"CREATE TABLE y (id int PRIMARY KEY, n uuid NOT NULL REFERENCES notes); CREATE TABLE x (id int PRIMARY KEY, n uuid REFERENCES notes, y int NOT NULL REFERENCES y);",
			"x: {parent: y, on: {y: id}}  # by foreign key x_y_fkey"}, // the one that is always set, though it is reached later
		{"CREATE TABLE x (id int PRIMARY KEY, a uuid NOT NULL REFERENCES notes, b uuid NOT NULL REFERENCES notes ON DELETE CASCADE);", "x: {parent: notes, on: {b: id}}  # by foreign key x_b_fkey"},
		{"CREATE TABLE x (id int PRIMARY KEY, a uuid REFERENCES notes, b uuid REFERENCES notes, CHECK (num_nonnulls(a, b) = 1));",
			"x: {parent: [{table: notes, on: {a: id}}, {table: notes, on: {b: id}}]}  # a CHECK has one of a, b set"},
		{"CREATE TABLE x (id int PRIMARY KEY, a uuid REFERENCES notes, b uuid REFERENCES notes, c int, CHECK (num_nonnulls(a, c) = 1));",
			"x: {parent: [{table: notes, on: {a: id}}, {table: notes, on: {b: id}}]}  # whichever of a, b is set; proofs assume that they agree, CHECK (num_nonnulls(a, b) = 1) would say so"},
		// By names.
		{"CREATE TABLE x (id int PRIMARY KEY, note_id uuid);", "x: {parent: notes, on: {note_id: id}}  # note_id is called after notes, but no foreign key says so: lint asks for one, or for no_foreign_key: <why>"},
		{"CREATE TABLE x (id int PRIMARY KEY, noteid uuid);", "x: {parent: notes, on: {noteid: id}}  # noteid is called after notes, but no foreign key says so: lint asks for one, or for no_foreign_key: <why>"},
		{"CREATE TABLE items (org_id uuid, item_id int PRIMARY KEY); CREATE TABLE x (id int PRIMARY KEY, item_id int);", "x: {parent: items, on: {item_id: item_id}}  # item_id is called after items, but no foreign key says so: lint asks for one, or for no_foreign_key: <why>"},
		{"CREATE TABLE v2_jobs (org_id uuid, id uuid, at date, PRIMARY KEY (at, id)); CREATE TABLE v2_x (job_id uuid, job_at date);",
			"v2_x: {parent: v2_jobs, on: {job_id: id, job_at: at}}  # a guess: job_id may mean v2_jobs, and no foreign key says so: lint asks for one, or for no_foreign_key: <why>"},
		{"CREATE TABLE big_jobs (org_id uuid, id uuid PRIMARY KEY); CREATE TABLE x (job_id uuid);", "# OPEN: x: job_id may mean big_jobs, which is a tenant's, and no foreign key says so"},
		{"CREATE TABLE x (id int PRIMARY KEY, note_id int);", "# OPEN: x: note_id may mean notes, which is a tenant's, and no foreign key says so"}, // another type
		{"CREATE TABLE x (id int PRIMARY KEY, old_note_id uuid);", "# OPEN: x: old_note_id may mean notes, which is a tenant's, and no foreign key says so"},
		{"CREATE TABLE x (id int PRIMARY KEY, old_note uuid);", "# OPEN: x: old_note may mean notes, which is a tenant's, and no foreign key says so"},
		{"CREATE TABLE x (id int PRIMARY KEY, note text);", "x: " + nobodys}, // a text, not an id
		{"CREATE UNIQUE INDEX ON notes (id) WHERE org_id IS NOT NULL; CREATE TABLE x (note_id uuid);", "x: {parent: notes, on: {note_id: id}}  # note_id is called after notes, but no foreign key says so: lint asks for one, or for no_foreign_key: <why>"},
		// What else may tie a table to a tenant.
		{"CREATE TABLE x (id int PRIMARY KEY, org_code text);", "# OPEN: x: org_code looks like a tenant's, and is not the tenant column"},
		{"CREATE TABLE x (id int PRIMARY KEY, actor_org int);", "# OPEN: x: actor_org looks like a tenant's, and is not the tenant column"},
		{"CREATE TABLE x (id int PRIMARY KEY, actorOrg int);", "# OPEN: x: actororg looks like a tenant's, and is not the tenant column"},
		{"CREATE TABLE x (id int PRIMARY KEY, organisation_ids uuid[]);", "# OPEN: x: organisation_ids looks like a tenant's, and is not the tenant column"},
		{"CREATE TABLE x (id int PRIMARY KEY); ALTER TABLE x ENABLE ROW LEVEL SECURITY;", "# OPEN: x: it has row-level security: whose rows does that tell apart?"},
		{"CREATE TABLE x (id int PRIMARY KEY); CREATE POLICY p ON x USING (true);", "# OPEN: x: it has row-level security: whose rows does that tell apart?"},
		{"CREATE TABLE x (id int PRIMARY KEY, owner_type text, owner_id uuid);", "# OPEN: x: owner_type and owner_id say what a row belongs to: list its parents as {table: …, on: {owner_id: id}, when: {owner_type: …}}"},
		{"CREATE TABLE k (id int PRIMARY KEY); CREATE TABLE x (id int PRIMARY KEY, owner_type text, owner_id int REFERENCES k);", "x: " + nobodys},
		{"CREATE TABLE x (id int); CREATE TABLE h (org_id uuid) INHERITS (x);", "# OPEN: x: rows of h are rows of it"},
		{"CREATE TABLE x (id int); CREATE TABLE h (note_id uuid) INHERITS (x);", "# OPEN: x: rows of h are rows of it"},
		{"CREATE TABLE x (id int); CREATE TABLE h (n uuid REFERENCES notes) INHERITS (x);", "# OPEN: x: rows of h are rows of it"},
		{"CREATE TABLE x (id int); CREATE TABLE h () INHERITS (x); CREATE TABLE i (org_id uuid) INHERITS (h);", "# OPEN: x: rows of i are rows of it"},
		{"CREATE TABLE x (id int); CREATE TABLE h () INHERITS (x);", "x: " + nobodys},
		{"CREATE TABLE x (id int) PARTITION BY RANGE (id); CREATE FOREIGN TABLE h PARTITION OF x FOR VALUES FROM (1) TO (2) SERVER s;", "# OPEN: x: rows of h are rows of it"},
		{"CREATE FOREIGN TABLE x (id int) SERVER s;", "# OPEN: x: it is a foreign table, on which no policy can be"},
		{"CREATE FOREIGN TABLE x (org_id uuid) SERVER s;", "# OPEN: x: it is a foreign table, on which no policy can be"},
		{"CREATE TABLE x (id int); CREATE TABLE h () INHERITS (x); ALTER TABLE h ENABLE ROW LEVEL SECURITY;", "# OPEN: x: rows of h are rows of it"},
		{"CREATE TABLE x (id int); CREATE TABLE h (org_name text) INHERITS (x);", "# OPEN: x: rows of h are rows of it"},
		{"CREATE TABLE x (id int); CREATE TABLE h (owner_type text, owner_id int) INHERITS (x);", "# OPEN: x: rows of h are rows of it"},
		{"CREATE TEMP TABLE x (id int);", "# OPEN: pg_temp.x: it is a temporary table"},
		{"CREATE TEMP TABLE x (org_id uuid);", "# OPEN: pg_temp.x: it is a temporary table"},
		{"CREATE TEMP TABLE x (note_id uuid);", "# OPEN: pg_temp.x: it is a temporary table"},
		{"CREATE TABLE x (id int); DO $$ BEGIN EXECUTE 'ALTER TABLE x ADD org_id uuid'; END $$;", "# OPEN: x: it is not sure what it looks like: DO block at s.sql:3"},
		{"CREATE TABLE x (id int, k int REFERENCES elsewhere (id));", "# OPEN: x: k refers to elsewhere, which no schema file creates"},
		{"CREATE TABLE k (id uuid PRIMARY KEY); CREATE TABLE x (id int, note_id uuid REFERENCES k);", "x: " + nobodys},
		{"CREATE TABLE jobs (org_id uuid, id uuid UNIQUE DEFERRABLE); CREATE TABLE x (job_id uuid);", "# OPEN: x: job_id may mean jobs, which is a tenant's, and no foreign key says so"},
		{"CREATE TABLE jobs (org_id uuid, id uuid); CREATE UNIQUE INDEX ON jobs (id, abs(1)); CREATE TABLE x (job_id uuid);", "# OPEN: x: job_id may mean jobs, which is a tenant's, and no foreign key says so"},
		{"CREATE TABLE jobs (org_id uuid, id uuid); CREATE UNIQUE INDEX ON jobs (id) WHERE id > org_id; CREATE TABLE x (job_id uuid);", "# OPEN: x: job_id may mean jobs, which is a tenant's, and no foreign key says so"},
		{"CREATE TABLE jobs (org_id uuid, id uuid NOT NULL, d date); CREATE UNIQUE INDEX ON jobs (id) WHERE d IS NULL; ALTER TABLE jobs ADD PRIMARY KEY (id); CREATE TABLE x (job_id uuid);",
			"x: {parent: jobs, on: {job_id: id}}  # job_id is called after jobs, but no foreign key says so: lint asks for one, or for no_foreign_key: <why>"},
		{"CREATE TABLE x (owner uuid, no int, PRIMARY KEY (owner, no)); CREATE TABLE y (org_id uuid, no int, FOREIGN KEY (org_id, no) REFERENCES x (owner, no));",
			"x: {tenant_column: owner}  # a tenant's by what org_id of other tables refers to"},
		{"CREATE TABLE o (id int PRIMARY KEY, org_code text); CREATE TABLE x (id int PRIMARY KEY, o int REFERENCES o);", "# OPEN: x: o refers to o, or may, and that is open"},
		{"CREATE TABLE lists (id int PRIMARY KEY, org_code text); CREATE TABLE x (id int PRIMARY KEY, list_id int);", "# OPEN: x: list_id refers to lists, or may, and that is open"},
		{"CREATE TABLE x (id int PRIMARY KEY); ALTER TABLE notes ADD x_id int UNIQUE REFERENCES x;", "# OPEN: x: x_id of notes is unique, so a row is of one row of a tenant's: give it a column that says whose it is"},
		{"CREATE TABLE x (id int PRIMARY KEY, gadget_id int); CREATE INDEX ON x (gadget_id);", "# OPEN: x: its rows are looked up by gadget_id, and nothing says what that refers to"},
		{"CREATE TABLE x (id int, gadget uuid, PRIMARY KEY (gadget, id));", "# OPEN: x: its rows are looked up by gadget, and nothing says what that refers to"},
		{"CREATE TABLE x (id int, gadget_id int UNIQUE);", "x: " + nobodys}, // its own id
		{"CREATE TABLE old_orgs (id int PRIMARY KEY);", "# OPEN: old_orgs: it is called as the tenants are, but no key or type ties their column to it"},
		{"CREATE TABLE org_kinds (id int PRIMARY KEY);", "org_kinds: " + nobodys},
	} {
		db := load(t, tenants+c.sql)
		p, _ := Make(Input{Schemas: []*catalog.Database{db}})
		name, _, _ := strings.Cut(strings.TrimPrefix(c.want, "# OPEN: "), ":")
		if got := lines(p, name); len(got) == 0 || got[0] != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, strings.Join(got, "\n     "), c.want)
		}
	}
}

// The column that tells tenants apart, and their table.
func TestTenants(t *testing.T) {
	for _, c := range []struct{ sql, column, root string }{
		{"CREATE TABLE a (tenant_id int); CREATE TABLE b (\"tenantId\" int); CREATE TABLE c (tenant_id int);", "tenant_id tenantId", ""},
		{"CREATE TABLE a (org_id int); CREATE TABLE b (organisation_id int); CREATE TABLE c (org_id text); CREATE TABLE d (org_code int);", "org_id organisation_id", ""},
		{"CREATE TABLE orgs (id int PRIMARY KEY); CREATE TABLE a (org_id int REFERENCES orgs); CREATE TABLE b (org_key text); CREATE TABLE c (org_key text);", "org_id", "orgs"},
		{"CREATE TABLE a (org_id int); CREATE TABLE b (org int);", "org org_id", ""},
		{"CREATE TABLE a (org_id text); CREATE TABLE c (org_id text); CREATE TABLE b (org text);", "org_id", ""},
		{"CREATE TABLE a (org_uuid uuid); CREATE TABLE b (org_id uuid);", "org_id org_uuid", ""},
		{"CREATE TABLE accounts (id int PRIMARY KEY); CREATE TABLE a (acct int REFERENCES accounts);", "acct", "accounts"},
		{"CREATE TABLE app_accounts (id int PRIMARY KEY); CREATE TABLE a (account_id int);", "account_id", "app_accounts"},
		{"CREATE TABLE accounts (id text PRIMARY KEY); CREATE TABLE a (account_id int);", "account_id", ""},
		{"CREATE TABLE accounts (id int PRIMARY KEY); CREATE TABLE old_accounts (id int PRIMARY KEY); CREATE TABLE a (account_id int);", "account_id", "accounts"},
		{"CREATE TABLE old_accounts (id int PRIMARY KEY); CREATE TABLE new_accounts (id int PRIMARY KEY); CREATE TABLE a (account_id int);", "account_id", ""},
		{"CREATE TABLE orgs (id int PRIMARY KEY); CREATE TABLE settings (org_id int PRIMARY KEY REFERENCES orgs); CREATE TABLE a (org_id int REFERENCES settings); CREATE TABLE b (org_id int REFERENCES settings);", "org_id", "orgs"},
		{"CREATE TABLE parts (owner int, no int, PRIMARY KEY (owner, no)); CREATE TABLE a (org_id int, no int, FOREIGN KEY (org_id, no) REFERENCES parts); CREATE TABLE orgs (id int PRIMARY KEY);", "org_id", "orgs"},
		// Outer before inner, however many tables the inner one has.
		{"CREATE TABLE org (id int PRIMARY KEY); CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL REFERENCES org); CREATE TABLE m (org_id int); CREATE TABLE a (project_id int REFERENCES projects); CREATE TABLE b (project_id int); CREATE TABLE c (project_id int); CREATE TABLE d (project_id int); CREATE TABLE e (project_id int); CREATE TABLE f (project_id int); CREATE TABLE g (project_id int);", "org_id", "org"},
		// Who pays for organizations is not their tenant.
		{"CREATE TABLE accounts (id int PRIMARY KEY); CREATE TABLE orgs (id int PRIMARY KEY, account_id int NOT NULL REFERENCES accounts); CREATE TABLE a (org_id int REFERENCES orgs); CREATE TABLE b (org_id int);", "org_id", "orgs"},
		// A person is a tenant only where nothing else is.
		{"CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE a (user_id int REFERENCES users); CREATE TABLE b (user_id int);", "user_id", "users"},
		{"CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE a (user_id int REFERENCES users); CREATE TABLE b (user_id int); CREATE TABLE c (team_id int);", "team_id", ""},
		{"CREATE TABLE a (id int, team_ids int[], width int);", "", ""},
	} {
		p, _ := Make(Input{Schemas: []*catalog.Database{load(t, c.sql)}})
		var column, root string
		if p != nil {
			column, root = strings.Join(p.Tenants.Columns, " "), p.Tenants.Root
		}
		if column != c.column || root != c.root {
			t.Errorf("%s: %q of %q, want %q of %q", c.sql, column, root, c.column, c.root)
		}
	}
}

// Values of types that are not compared exactly may be the same and different.
func TestOtherTypes(t *testing.T) {
	db := load(t, "CREATE TABLE orgs (id numeric PRIMARY KEY); CREATE TABLE notes (org_id int REFERENCES orgs);")
	p, _ := Make(Input{Schemas: []*catalog.Database{db}})
	if got := lines(p, "orgs"); len(got) == 0 || got[0] != "# OPEN: orgs: id has another type than the columns that refer to it" {
		t.Errorf("%q", got)
	}
	db = load(t, "CREATE TABLE orgs (id numeric PRIMARY KEY); CREATE TABLE notes (org_id numeric REFERENCES orgs); CREATE TABLE x (payer int NOT NULL REFERENCES orgs);")
	p, _ = Make(Input{Schemas: []*catalog.Database{db}})
	if got := lines(p, "x"); len(got) == 0 || got[0] != "x: {parent: orgs, on: {payer: id}}  # by foreign key x_payer_fkey" {
		t.Errorf("%q", got)
	}
}

func TestNamed(t *testing.T) {
	db := load(t, "CREATE TABLE farms (id int PRIMARY KEY); CREATE TABLE cows (farm_id int REFERENCES farms); CREATE TABLE pens (\"farmId\" int); CREATE TABLE x (\"Nr. des Hofs\" int);")
	p, _ := Make(Input{Schemas: []*catalog.Database{db}, Column: "farm_id"})
	if p == nil || p.Tenants.Root != "farms" || !slices.Equal(p.Tenants.Columns, []string{"farmId", "farm_id"}) {
		t.Errorf("%+v", p)
	}
	if p, _ := Make(Input{Schemas: []*catalog.Database{db}, Column: "Nr. des Hofs"}); p == nil || p.Tenants.Tables() != 1 {
		t.Errorf("%+v", p)
	} else if got := lines(p, "tenant_source"); len(got) != 1 || got[0] != "tenant_source: {setting: app.nr_des_hofs}" {
		t.Error(got) // no setting of PostgreSQL's has the name of the column
	}
	if p, _ := Make(Input{Schemas: []*catalog.Database{db}, Column: "farm"}); p != nil {
		t.Errorf("%+v", p)
	}
	_, candidates := Make(Input{Schemas: []*catalog.Database{db}})
	if len(candidates) != 1 || candidates[0].Root != "farms" {
		t.Error(candidates)
	}
}

// Roles and where the tenant is found, by what the schema files have.
func TestSettings(t *testing.T) {
	const policy = "CREATE POLICY p ON notes USING (org_id = %);"
	for _, c := range []struct{ sql, about, want string }{
		{"", "app_role", "app_role: app_tenant  # the role that the application is to run as: write its name"},
		{"CREATE ROLE web; GRANT SELECT ON notes TO web;", "app_role", "app_role: web  # the role that the application runs as, by the rights that it has in the schema files"},
		{"CREATE ROLE web; CREATE ROLE etl; GRANT SELECT ON notes TO web, etl;", "app_role", "app_role: app_tenant  # the role that the application is to run as: write its name"},
		{"CREATE ROLE web SUPERUSER; GRANT SELECT ON notes TO web;", "app_role", "app_role: app_tenant  # the role that the application is to run as: write its name"},
		{"CREATE ROLE web BYPASSRLS; GRANT SELECT ON notes TO web;", "app_role", "app_role: app_tenant  # the role that the application is to run as: write its name"},
		{"CREATE ROLE web; GRANT USAGE ON SCHEMA public TO web;", "app_role", "app_role: app_tenant  # the role that the application is to run as: write its name"},
		{"CREATE ROLE jobs BYPASSRLS;", "cross_tenant_role", "cross_tenant_role: jobs  # it has BYPASSRLS: for queries that are declared cross-tenant, on a pool of their own"},
		{"CREATE ROLE jobs BYPASSRLS SUPERUSER;", "cross_tenant_role", "# cross_tenant_role: app_cross_tenant  # for queries that are declared cross-tenant, on a pool of their own"},
		{strings.Replace(policy, "%", "current_setting('my.org')::uuid", 1), "tenant_source", "tenant_source: {setting: my.org}  # as policies of the schema have it"},
		{strings.Replace(policy, "%", "(auth.jwt() ->> 'org')::uuid", 1), "tenant_source", "tenant_source: {jwt_claim: org}  # as policies of the schema have it"},
		{strings.Replace(policy, "%", "(current_setting('request.jwt.claims', true)::json ->> 'org')::uuid", 1), "tenant_source", "tenant_source: {jwt_claim: org}  # as policies of the schema have it"},
		{strings.Replace(policy, "%", "(auth.jwt() -> 'app_metadata' ->> 'org')::uuid", 1), "tenant_source", "tenant_source: {jwt_claim: [app_metadata, org]}  # as policies of the schema have it"},
		{strings.Replace(policy, "%", "(((current_setting('request.jwt.claims', true))::jsonb -> 'app_metadata') ->> 'org')::uuid", 1), "tenant_source", "tenant_source: {jwt_claim: [app_metadata, org]}  # as policies of the schema have it"},
		{strings.Replace(policy, "%", "(auth.jwt() -> 'user_metadata' ->> 'org')::uuid", 1), "tenant_source", ""},
		{strings.Replace(policy, "%", "(auth.jwt() ->> 'org')::uuid AND current_setting('my.org')::uuid = org_id", 1), "tenant_source", ""},
		{strings.Replace(policy, "%", "(auth.jwt() ->> 'org')::uuid AND (auth.jwt() ->> 'role') = 'x'", 1), "tenant_source", ""},
		{strings.Replace(policy, "%", "(auth.jwt() ->> 'a.org')::uuid", 1), "tenant_source", ""},
		{strings.Replace(policy, "%", "current_setting('my.org')::uuid AND current_setting('my.user') = ''", 1), "tenant_source", ""},
	} {
		p, _ := Make(Input{Schemas: []*catalog.Database{load(t, tenants+c.sql)}})
		if got := strings.Join(lines(p, c.about), "\n"); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

// No name ends a comment, or means something else to YAML.
func TestNamesInComments(t *testing.T) {
	db := load(t, tenants+"CREATE TABLE \"a\n  evil: {global: true}\" (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, \"org\n    x: 1\" text); CREATE TABLE \"c\u202e\" (n uuid NOT NULL REFERENCES notes);")
	p, _ := Make(Input{Schemas: []*catalog.Database{db}})
	block, _ := p.Block()
	if strings.Contains(block, "\n  evil") || strings.Contains(block, "\n    x: 1") || strings.Contains(block, "\u202e") {
		t.Error(block)
	}
	if got := lines(p, "a<U+000A>  evil", "c<U+202E>"); len(got) != 2 || !strings.Contains(got[0], "cannot be written in this file: rename it") || !strings.Contains(got[1], "cannot be written in this file: rename it") {
		t.Errorf("%q\n%s", got, block)
	}
}
