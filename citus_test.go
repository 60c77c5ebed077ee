package tenantgen

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// clustered has what Citus is particular about: foreign keys to reference tables, from tables that others refer to; rows
// that others may read; a level of restriction; an enum; a partitioned table.
const clustered = `-- +goose Up
CREATE TYPE state AS ENUM ('draft', 'done');
CREATE TABLE plans (id text PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY, plan_id text NOT NULL REFERENCES plans (id));
CREATE TABLE docs (org_id uuid NOT NULL REFERENCES orgs (id), id int NOT NULL, visibility text NOT NULL, gone boolean NOT NULL DEFAULT false,
    state state NOT NULL DEFAULT 'draft', PRIMARY KEY (org_id, id));
CREATE TABLE pages (org_id uuid NOT NULL, doc_id int NOT NULL, id int NOT NULL, plan_id text REFERENCES plans, PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, doc_id) REFERENCES docs (org_id, id) ON DELETE CASCADE);
CREATE TABLE events (org_id uuid NOT NULL, id int NOT NULL, at date NOT NULL, PRIMARY KEY (org_id, at, id)) PARTITION BY RANGE (at);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
-- +goose Down
DROP TABLE events, pages, docs, orgs, plans;
DROP TYPE state;
`

const clusteredSettings = `    scale: citus
    migrations: {dir: m, format: goose}
    tables:
      orgs: {tenant_column: id}
      plans: {global: true}
      docs: {read_also: "visibility = 'public'", restrict: "NOT gone"}
`

// clusteredQueries do what the application's role gets the rights for.
const clusteredQueries = `m: -- name: GetDoc :one
SELECT id FROM docs WHERE org_id = @org_id AND id = @id;
-- name: AddDoc :exec
INSERT INTO docs (org_id, id, visibility) VALUES (@org_id, @id, @visibility);
-- name: SetDoc :exec
UPDATE docs SET state = @state, visibility = @visibility, gone = @gone WHERE org_id = @org_id AND id = @id;
-- name: DeleteDoc :exec
DELETE FROM docs WHERE org_id = @org_id AND id = @id;
-- name: ListPages :many
SELECT id FROM pages WHERE org_id = @org_id;
-- name: SetPage :exec
UPDATE pages SET plan_id = @plan_id WHERE org_id = @org_id AND id = @id;
-- name: DeletePage :exec
DELETE FROM pages WHERE org_id = @org_id AND id = @id;
-- name: ListEvents :many
SELECT id FROM events WHERE org_id = @org_id;
-- name: GetOrg :one
SELECT plan_id FROM orgs WHERE id = @org_id;
-- name: ListPlans :many
SELECT id FROM plans;`

// cluster is a project, and a database on a cluster that its migrations are applied to.
type cluster struct {
	*application
	url     string
	workers []string
	applied int // files
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := pgserver.CitusForTest(t)
	a := newApplication(t)
	a.write("m/00001_schema.sql", clustered)
	a.configure(clusteredSettings, clusteredQueries)
	return &cluster{application: a, url: c.URL, workers: c.Workers}
}

// generate writes the next migration of row-level security, and advise that of the distribution.
func (c *cluster) generate() {
	c.t.Helper()
	if files, err := c.next(); err != nil || len(files) != 1 {
		c.t.Fatalf("%d files, %v", len(files), err)
	}
}

func (c *cluster) advise() {
	c.t.Helper()
	p, err := Load("sqlc.yaml")
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := p.Advise(p.Check())
	if err != nil || len(out.Files) != 1 {
		c.t.Fatalf("%d files, %v, %+v", len(out.Files), err, out.ByHand)
	}
	for _, f := range out.Files {
		c.write(f.Path, string(f.Text))
	}
}

// up applies the migrations that are not applied yet, as goose does: each statement by itself, each file a transaction.
func (c *cluster) up() {
	c.t.Helper()
	names, err := filepath.Glob(filepath.Join(c.dir, "m", "*.sql"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, name := range names[c.applied:] {
		up, _, _ := strings.Cut(c.read("m/"+filepath.Base(name)), "-- +goose Down")
		c.transaction(name, up)
		c.applied++
	}
}

// down takes all back but the schema.
func (c *cluster) down() {
	c.t.Helper()
	names, _ := filepath.Glob(filepath.Join(c.dir, "m", "*.sql"))
	for ; c.applied > 1; c.applied-- {
		name := names[c.applied-1]
		_, down, _ := strings.Cut(c.read("m/"+filepath.Base(name)), "-- +goose Down")
		c.transaction(name, down)
	}
}

func (c *cluster) transaction(name, text string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(c.t.Context())
	for _, sql := range append(append([]string{"BEGIN"}, statements(text)...), "COMMIT") {
		if _, err := conn.Exec(c.t.Context(), sql); err != nil {
			c.t.Fatalf("%s: %s: %v", filepath.Base(name), sql, err)
		}
	}
}

// statements cuts a migration at the ends of lines with a semicolon, and where its marks say so.
func statements(text string) []string {
	var list []string
	var current strings.Builder
	whole := false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "-- +goose StatementBegin"):
			whole = true
		case strings.HasPrefix(line, "-- +goose StatementEnd"):
			whole = false
		case strings.HasPrefix(line, "--"):
			continue
		default:
			current.WriteString(line)
		}
		if sql := strings.TrimSpace(current.String()); !whole && strings.HasSuffix(sql, ";") {
			list = append(list, sql)
			current.Reset()
		}
	}
	return list
}

func (c *cluster) exec(statements ...string) {
	c.t.Helper()
	for _, sql := range statements {
		if got, err := c.run(sql); err != nil {
			c.t.Fatalf("%s: %s, %v", sql, got, err)
		}
	}
}

// run returns a statement's tag, on the superuser's connection.
func (c *cluster) run(sql string) (string, error) {
	conn, err := pgx.Connect(c.t.Context(), c.url)
	if err != nil {
		return "", err
	}
	defer conn.Close(c.t.Context())
	tag, err := conn.Exec(c.t.Context(), sql)
	return tag.String(), err
}

const (
	clusterA = "a0000000-0000-4000-8000-000000000001"
	clusterB = "b0000000-0000-4000-8000-000000000002"
)

func (c *cluster) fill() {
	c.t.Helper()
	c.exec("INSERT INTO plans VALUES ('free')")
	for _, org := range []string{clusterA, clusterB} {
		c.exec(fmt.Sprintf("INSERT INTO orgs VALUES ('%s', 'free')", org))
		c.exec(fmt.Sprintf("INSERT INTO docs VALUES ('%[1]s', 1, 'private'), ('%[1]s', 2, 'public'), ('%[1]s', 3, 'public')", org))
		c.exec(fmt.Sprintf("INSERT INTO pages VALUES ('%[1]s', 1, 1), ('%[1]s', 2, 2)", org))
		c.exec(fmt.Sprintf("INSERT INTO events VALUES ('%s', 1, '2026-01-01')", org))
	}
}

// as runs a statement for a tenant, as the application's role, in the way that package tenant does, and undoes it. The
// machines are connected to as the role in force, so that one that cannot log in has to be inherited from, not set.
func (c *cluster) as(org, sql string) string {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(c.t.Context())
	for _, s := range []string{"SET SESSION AUTHORIZATION app_login", "BEGIN", "SET LOCAL citus.propagate_set_commands = 'local'", "SET LOCAL app.org_id = '" + org + "'"} {
		if _, err := conn.Exec(c.t.Context(), s); err != nil {
			c.t.Fatalf("%s: %v", s, err)
		}
	}
	tag, err := conn.Exec(c.t.Context(), sql)
	if err != nil {
		return err.Error()
	}
	return tag.String()
}

// isolated attacks the rows of one tenant as the other, on whatever machine they are; a
// partition, too, to which no query leads, for as long as it takes.
func (c *cluster) isolated() {
	c.t.Helper()
	c.exec("GRANT SELECT, INSERT ON events_rest TO app_login")
	defer c.exec("REVOKE ALL ON events_rest FROM app_login")
	for _, pair := range [][2]string{{clusterA, clusterB}, {clusterB, clusterA}} {
		me, other := pair[0], pair[1]
		for sql, want := range map[string]string{
			"SELECT FROM docs": "SELECT 5", "SELECT FROM docs WHERE org_id = '" + me + "'": "SELECT 3", "SELECT FROM docs WHERE org_id = '" + other + "'": "SELECT 2",
			"SELECT FROM pages": "SELECT 2", "SELECT FROM events": "SELECT 1", "SELECT FROM events_rest": "SELECT 1", "SELECT FROM orgs": "SELECT 1", "SELECT FROM plans": "SELECT 1",
			"UPDATE docs SET state = 'done'": "UPDATE 3", "DELETE FROM pages": "DELETE 2",
			"UPDATE docs SET visibility = 'private' WHERE org_id = '" + other + "'": "UPDATE 0", "DELETE FROM docs WHERE org_id = '" + other + "'": "DELETE 0",
			"DELETE FROM docs WHERE org_id = '" + other + "' AND visibility = 'public'": "DELETE 0", "UPDATE docs SET gone = true": "new row violates row-level security",
			"INSERT INTO docs VALUES ('" + other + "', 9, 'public')": "new row violates row-level security", "INSERT INTO events_rest VALUES ('" + other + "', 9, '2026-01-01')": "new row violates row-level security",
			"INSERT INTO docs VALUES ('" + me + "', 9, 'public')": "INSERT 0 1",
		} {
			if got := c.as(me, sql); !strings.Contains(got, want) {
				c.t.Errorf("%s: %s: got %s, want %s", me[:1], sql, got, want)
			}
		}
	}
	for _, table := range []string{"docs WHERE visibility <> 'public'", "pages", "events", "orgs"} {
		if got := c.as("", "SELECT FROM "+table); got != "SELECT 0" {
			c.t.Errorf("without a tenant: %s of %s", got, table)
		}
	}
}

// later makes what a project does after both migrations: new tables with policies, and other conditions.
func (c *cluster) later() {
	c.t.Helper()
	c.write("m/00010_tags.sql", `-- +goose Up
CREATE TABLE tags (org_id uuid NOT NULL, id int NOT NULL, plan_id text REFERENCES plans, PRIMARY KEY (org_id, id));
-- +goose Down
DROP TABLE tags;
`)
	c.configure(strings.Replace(clusteredSettings, ", restrict: \"NOT gone\"", "", 1)+"      pages: {read_also: \"plan_id = 'free'\"}\n",
		clusteredQueries+"\n-- name: ListTags :many\nSELECT id FROM tags WHERE org_id = @org_id;")
	c.widening = true
}

// Row-level security first and then the distribution, the other way round, and later migrations of both kinds: up, down to
// the schema, and up again, attacked at each stop.
func TestCitusMigrations(t *testing.T) {
	for name, order := range map[string][]func(*cluster){
		"policies first":     {(*cluster).generate, (*cluster).advise},
		"distribution first": {(*cluster).advise, (*cluster).generate},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			for _, f := range order {
				f(c)
				c.up()
			}
			c.fill()
			c.exec("DO $$ BEGIN CREATE ROLE app_login LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$", "GRANT app TO app_login")
			c.isolated()
			c.verify("")
			c.later()
			c.advise()
			c.generate()
			c.up()
			if got := c.as(clusterA, "DELETE FROM pages WHERE org_id = '"+clusterB+"' AND plan_id = 'free'"); got != "DELETE 0" {
				t.Errorf("what others may read is deleted: %s", got)
			}
			c.exec("UPDATE pages SET plan_id = 'free'")
			for sql, want := range map[string]string{
				"SELECT FROM pages": "SELECT 4", "DELETE FROM pages": "DELETE 2", "UPDATE pages SET plan_id = NULL": "UPDATE 2", "SELECT FROM tags": "SELECT 0",
				"UPDATE docs SET gone = true": "UPDATE 3",
			} {
				if got := c.as(clusterA, sql); got != want {
					t.Errorf("%s: got %s, want %s", sql, got, want)
				}
			}
			c.verify("")
			c.down()
			c.up()
			c.verify("")
			for change, want := range map[string]string{
				"ALTER TABLE %s DISABLE ROW LEVEL SECURITY": "rls-disabled: has row-level security disabled", "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY": "rls-not-forced: does not force",
				"DROP POLICY tenant_isolation_floor_delete ON %s": "altered-policy: has other policies than docs", "CREATE POLICY more ON %s USING (true)": "altered-policy: has other policies than docs",
			} {
				undo := c.onShard(change)
				c.verify("shard docs_", want)
				undo()
			}
			c.exec("CREATE POLICY support ON orgs FOR SELECT USING (true)")
			c.verify("table orgs", "extra-policy: policy support is not ours, and the floor keeps nothing back on the shards")
		})
	}
}

// verify expects the one finding, by its object, rule and message, or none.
func (c *cluster) verify(object string, want ...string) {
	c.t.Helper()
	p, err := Load("sqlc.yaml")
	if err != nil {
		c.t.Fatal(err)
	}
	report, err := p.Verify(c.t.Context(), c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, f.Object+": "+f.Rule.Name+": "+f.Message)
	}
	if len(got) != len(want) || len(want) > 0 && !(strings.HasPrefix(got[0], object) && strings.Contains(got[0], want[0])) {
		c.t.Errorf("verify finds %q, want %s: %q", got, object, want)
	}
}

// onShard changes a shard of docs behind the coordinator's back, and returns what puts it right.
func (c *cluster) onShard(change string) func() {
	c.t.Helper()
	config, err := pgx.ParseConfig(c.workers[0])
	if err != nil {
		c.t.Fatal(err)
	}
	config.RuntimeParams["citus.enable_manual_changes_to_shards"] = "on"
	conn, err := pgx.ConnectConfig(c.t.Context(), config)
	if err != nil {
		c.t.Fatal(err)
	}
	var shard, condition string
	err = conn.QueryRow(c.t.Context(), `SELECT shard, pg_get_expr(polqual, polrelid) FROM (
		SELECT shard_name(logicalrelid, shardid) AS shard FROM pg_dist_shard JOIN pg_dist_placement USING (shardid)
		WHERE logicalrelid = 'docs'::regclass AND groupid = (SELECT groupid FROM pg_dist_local_group) ORDER BY 1 LIMIT 1) x
		JOIN pg_policy ON polrelid = shard::regclass AND polname = 'tenant_isolation_floor_delete'`).Scan(&shard, &condition)
	if err != nil {
		c.t.Fatal(err)
	}
	run := func(statements ...string) {
		c.t.Helper()
		for _, sql := range statements {
			if _, err := conn.Exec(c.t.Context(), strings.ReplaceAll(sql, "%s", shard)); err != nil {
				c.t.Fatalf("%s: %v", sql, err)
			}
		}
	}
	run(change)
	return func() {
		run("ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "DROP POLICY IF EXISTS more ON %s", "DROP POLICY IF EXISTS tenant_isolation_floor_delete ON %s",
			"CREATE POLICY tenant_isolation_floor_delete ON %s FOR DELETE USING ("+condition+")")
		conn.Close(c.t.Context())
	}
}
