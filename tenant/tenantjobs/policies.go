package tenantjobs

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Rights says who may do what with River's tables.
type Rights struct {
	// Setting is that of the tenants' outermost ids, such as app.org_id.
	Setting string
	// AppRole inserts and manages jobs of the tenant of its transaction. WorkerRole is the role that River's client runs as, with all jobs.
	AppRole, WorkerRole string
	// Schema is where River's tables are, "" for the search path's.
	Schema string
}

// Policies returns SQL for a migration that comes after River's own: row-level security on river_job, by which the app role sees, inserts and
// changes its transaction's tenant's jobs alone, and nothing of a job's arguments, which say whose it is. The tables' owner is not restricted, because
// River's later migrations change rows; the app role must not be the owner.
func Policies(r Rights) (string, error) {
	if r.Setting == "" || !strings.Contains(r.Setting, ".") || strings.Contains(r.Setting, "\x00") || r.AppRole == "" || r.WorkerRole == "" || r.AppRole == r.WorkerRole {
		return "", fmt.Errorf("tenantjobs: Rights needs a setting with a dot, and two roles")
	}
	name := func(table string) string {
		if r.Schema != "" {
			return pgx.Identifier{r.Schema, table}.Sanitize()
		}
		return pgx.Identifier{table}.Sanitize()
	}
	literal := "'" + strings.ReplaceAll(r.Setting, "'", "''") + "'"
	if strings.Contains(literal, `\`) {
		literal = " E" + strings.ReplaceAll(literal, `\`, `\\`)
	}
	app, worker := pgx.Identifier{r.AppRole}.Sanitize(), pgx.Identifier{r.WorkerRole}.Sanitize()
	own := fmt.Sprintf("args -> 'tenant' ->> %s = NULLIF((SELECT pg_catalog.current_setting(%[1]s, true)), '')", literal)
	job := name("river_job")
	return strings.Join([]string{
		"ALTER TABLE " + job + " ENABLE ROW LEVEL SECURITY;",
		"CREATE POLICY tenant ON " + job + " TO " + app + "\n    USING (" + own + ")\n    WITH CHECK (" + own + ");",
		"CREATE POLICY workers ON " + job + " TO " + worker + "\n    USING (true)\n    WITH CHECK (true);",
		"GRANT SELECT, INSERT, DELETE ON " + job + " TO " + app + ";",
		"-- Not args: whose a job is, and its labels, stay as they are.",
		"GRANT UPDATE (state, kind, max_attempts, finalized_at, scheduled_at, metadata) ON " + job + " TO " + app + ";",
		"GRANT USAGE ON SEQUENCE " + name("river_job_id_seq") + " TO " + app + ";",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON " + strings.Join([]string{job, name("river_queue"), name("river_leader")}, ", ") + " TO " + worker + ";",
		"GRANT USAGE ON SEQUENCE " + name("river_job_id_seq") + " TO " + worker + ";", "",
	}, "\n"), nil
}
