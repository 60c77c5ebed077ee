package e2e

import (
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// supabaseStub is what Supabase has in a database before any migration, as far as the guide's migrations want it.
const supabaseStub = `DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN CREATE ROLE anon NOLOGIN; END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN CREATE ROLE authenticated NOLOGIN; END IF;
END $$;
CREATE SCHEMA auth;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
GRANT USAGE ON SCHEMA auth, public TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;`

const supabaseRows = `INSERT INTO organizations (id, name) VALUES ('a0000000-0000-0000-0000-000000000000', 'a'), ('b0000000-0000-0000-0000-000000000000', 'b');
INSERT INTO projects (id, org_id, name) SELECT id, id, name FROM organizations;
INSERT INTO tasks (project_id, title) SELECT id, name FROM projects, generate_series(1, 3);`

// supabase applies the migrations of the guide to a database as Supabase makes it, and asks as PostgREST does, and as the
// service does: both see their own organization, and neither may do more than before.
func (g *guide) supabase() {
	g.Helper()
	url := pgserver.DatabaseForTest(g.T)
	dblab.Once(g.T, url, supabaseStub)
	files, err := filepath.Glob(filepath.Join(g.dir, "supabase", "migrations", "*.sql"))
	if err != nil || len(files) != 3 {
		g.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			g.Fatal(err)
		}
		dblab.Once(g.T, url, string(text))
	}
	dblab.Once(g.T, url, supabaseRows)
	for _, role := range []string{"authenticated", "app_tenant"} {
		for claims, want := range map[string]int{
			`{"app_metadata": {"org_id": "a0000000-0000-0000-0000-000000000000"}}`: 3, `{"app_metadata": {}}`: 0, "": 0,
		} {
			conn := dblab.Connect(g.T, url, role)
			if got := g.asked(conn, claims, "SELECT count(*) FROM tasks JOIN projects ON projects.id = tasks.project_id"); got != want {
				g.Errorf("%s with %s sees %d tasks, not %d", role, claims, got, want)
			}
			if got := g.asked(conn, claims, "WITH done AS (UPDATE tasks SET done = true RETURNING 1) SELECT count(*) FROM done"); got != want {
				g.Errorf("%s with %s finishes %d tasks, not %d", role, claims, got, want)
			}
			if _, err := conn.Exec(g.Context(), "UPDATE organizations SET name = 'x'"); err == nil {
				g.Errorf("%s renames organizations", role)
			}
		}
	}
}

// asked is the number that a query finds with claims set.
func (g *guide) asked(conn *pgx.Conn, claims, query string) (n int) {
	g.Helper()
	if _, err := conn.Exec(g.Context(), "SELECT set_config('request.jwt.claims', $1, false)", claims); err != nil {
		g.Fatal(err)
	}
	if err := conn.QueryRow(g.Context(), query).Scan(&n); err != nil {
		g.Fatal(err)
	}
	return n
}
