package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// replayStep is a change that a user makes, up to the database with rows of both tenants in it.
type replayStep struct {
	name string
	take func(*replay)
}

var replaySteps = []replayStep{
	{"add tables", addTables},
	{"add a column and fill it", addColumn},
	{"rename a column that a view and a trigger read", renameColumn},
	{"add queries", addQueries},
	{"add a child", addChild},
	{"make a table everybody's", makeGlobal},
	{"drop a table", dropTable},
	{"let an enumeration grow", growEnum},
	{"let others read", letRead},
	{"add a level", addLevel},
}

func addTables(s *replay) {
	s.migration("checklists", `
CREATE TABLE checklists (
    company_id uuid NOT NULL REFERENCES companies ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    name text NOT NULL,
    due_states machine_state[] NOT NULL DEFAULT '{broken}',
    PRIMARY KEY (company_id, id)
);
CREATE TABLE holidays (
    company_id uuid NOT NULL REFERENCES companies ON DELETE CASCADE,
    day date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (company_id, day)
);`, "DROP TABLE holidays, checklists;")
	s.write("db/queries/checklists.sql", `-- name: AddChecklist :one
INSERT INTO checklists (company_id, id, name, due_states) VALUES (@company_id, @id, @name, @due_states) RETURNING *;

-- name: ListChecklists :many
SELECT * FROM checklists WHERE company_id = @company_id ORDER BY name;
`)
	s.write("db/queries/holidays.sql", `-- name: AddHoliday :exec
INSERT INTO holidays (company_id, day, name) VALUES (@company_id, @day, @name);

-- name: HolidaysBetween :many
SELECT day, name FROM holidays WHERE company_id = @company_id AND day BETWEEN @first_day AND @last_day ORDER BY day;
`)
	s.generate()
	s.up()
	s.seed(`INSERT INTO checklists (company_id, id, name) SELECT pg_temp.id(w, 1), pg_temp.id(w, n), w || ' list' FROM both_w, generate_series(1, 2) n;
INSERT INTO holidays (company_id, day, name) SELECT pg_temp.id(w, 1), '2026-01-02', w || ' day' FROM both_w;`)
}

// addColumn fills the column as one does who has forgotten that the policies hold for the tables' owner, too.
func addColumn(s *replay) {
	file := s.migration("due", `
ALTER TABLE jobs ADD COLUMN due_on date;
UPDATE jobs SET due_on = created_at::date + 14;
ALTER TABLE jobs ALTER COLUMN due_on SET NOT NULL, ALTER COLUMN due_on SET DEFAULT current_date + 14;`, "ALTER TABLE jobs DROP COLUMN due_on;")
	s.says("this UPDATE finds no row of jobs", "lint")
	s.replace(file, "UPDATE jobs SET due_on = created_at::date + 14;", `ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY;
UPDATE jobs SET due_on = created_at::date + 14;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;`)
	s.replace("db/queries/jobs.sql", "body = coalesce(sqlc.narg(body), body)", "body = coalesce(sqlc.narg(body), body),\n    due_on = coalesce(sqlc.narg(due_on), due_on)")
	s.replace("db/queries/jobs.sql", "version, assignee_id FROM", "version, assignee_id, due_on FROM")
	s.add("db/queries/jobs.sql", `
-- name: DueJobs :many
SELECT id, title, due_on FROM jobs WHERE company_id = @company_id AND due_on <= now() + sqlc.arg(within)::interval ORDER BY due_on;
`)
	s.generate()
	s.up()
	s.seed(`SET session_replication_role = replica; UPDATE jobs SET version = 1`) // the trigger has counted
}

// renameColumn changes everything but the view, which PostgreSQL changes itself.
func renameColumn(s *replay) {
	s.migration("subject", `
ALTER TABLE jobs RENAME COLUMN title TO subject;
DROP TRIGGER jobs_search ON jobs;
CREATE TRIGGER jobs_search BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger(search, 'pg_catalog.simple', subject, body);`, `
ALTER TABLE jobs RENAME COLUMN subject TO title;
DROP TRIGGER jobs_search ON jobs;
CREATE TRIGGER jobs_search BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW
    EXECUTE FUNCTION tsvector_update_trigger(search, 'pg_catalog.simple', title, body);`)
	s.refused("title", "lint")
	before, view, _ := strings.Cut(s.read("db/queries/jobs.sql"), "-- name: ListOpenJobs")
	view, after, _ := strings.Cut(view, "-- name: SearchJobs")
	s.write("db/queries/jobs.sql", strings.ReplaceAll(before, "title", "subject")+"-- name: ListOpenJobs"+view+"-- name: SearchJobs"+strings.ReplaceAll(after, "title", "subject"))
	s.generate()
	s.up()
}

func addQueries(s *replay) {
	s.add("db/queries/jobs.sql", `
-- name: BusiestMechanics :many
WITH busy AS (
    SELECT assignee_id, count(*) AS jobs FROM jobs WHERE company_id = @company_id AND assignee_id IS NOT NULL GROUP BY assignee_id
)
SELECT u.name, b.jobs, rank() OVER (ORDER BY b.jobs DESC) AS place FROM busy b JOIN users u ON u.id = b.assignee_id ORDER BY place;

-- name: PassOnJobs :execrows
UPDATE jobs SET assignee_id = @to_user_id FROM memberships m
WHERE jobs.company_id = @company_id AND m.company_id = jobs.company_id AND m.user_id = @to_user_id AND jobs.assignee_id = @from_user_id;

-- name: CopyJob :one
INSERT INTO jobs (company_id, machine_id, subject, body)
SELECT j.company_id, j.machine_id, 'again: ' || j.subject, j.body FROM jobs j WHERE j.company_id = @company_id AND j.id = @job_id
RETURNING id, subject;

-- name: TakeNextJob :one
UPDATE jobs SET status = 'started', assignee_id = @user_id
WHERE jobs.company_id = @company_id AND id = (
    SELECT n.id FROM jobs n WHERE n.company_id = @company_id AND n.status = 'open' ORDER BY n.priority DESC, n.id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, subject;

-- name: ClearJob :one
WITH lines AS (
    DELETE FROM job_lines l USING jobs j WHERE j.id = l.job_id AND j.company_id = @company_id AND j.id = @job_id RETURNING l.minutes
)
SELECT coalesce(sum(minutes), 0)::bigint AS minutes FROM lines;
`)
	s.generate()
	s.up()
}

// addChild forgets to declare the child, and copies into it, which cannot show whose it is.
func addChild(s *replay) {
	s.migration("checklist_items", `
CREATE TABLE checklist_items (
    checklist_id uuid NOT NULL REFERENCES checklists (id) ON DELETE CASCADE,
    place int NOT NULL,
    what text NOT NULL,
    PRIMARY KEY (checklist_id, place)
);`, "DROP TABLE checklist_items;")
	s.refused("{parent: ", "lint")
	s.replace("sqlc.yaml", "      job_lines:", "      checklist_items: {parent: checklists, on: {checklist_id: id}}\n      job_lines:")
	const copied = `
-- name: AddItems :copyfrom
INSERT INTO checklist_items (checklist_id, place, what) VALUES (@checklist_id, @place, @what);
`
	s.add("db/queries/checklists.sql", copied)
	s.refused(":batchexec", "lint")
	s.replace("db/queries/checklists.sql", copied, `
-- name: AddItems :batchexec
INSERT INTO checklist_items (checklist_id, place, what)
SELECT c.id, @place, @what FROM checklists c WHERE c.id = @checklist_id AND c.company_id = @company_id;

-- name: ListItems :many
SELECT i.place, i.what FROM checklist_items i JOIN checklists c ON c.id = i.checklist_id
WHERE c.company_id = @company_id AND c.id = @checklist_id ORDER BY i.place;

-- name: RemoveItem :execrows
DELETE FROM checklist_items i USING checklists c
WHERE c.id = i.checklist_id AND c.company_id = @company_id AND i.checklist_id = @checklist_id AND i.place = @place;
`)
	s.generate()
	s.up()
	s.seed(`INSERT INTO checklist_items SELECT pg_temp.id(w, 1), 1, w || ' item' FROM both_w;`)
}

// makeGlobal is loud twice: the table still has a tenant; and then everybody sees its rows.
func makeGlobal(s *replay) {
	s.replace("sqlc.yaml", "      users: {global: true}", "      users: {global: true}\n      holidays: {global: true}")
	s.refused("holidays", "lint")
	s.migration("common_holidays", `
DROP TABLE holidays;
CREATE TABLE holidays (day date PRIMARY KEY, name text NOT NULL);`, `
DROP TABLE holidays;
CREATE TABLE holidays (
    company_id uuid NOT NULL REFERENCES companies ON DELETE CASCADE,
    day date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (company_id, day)
);`)
	s.refused("company_id", "lint")
	s.write("db/queries/holidays.sql", `-- name: HolidaysBetween :many
SELECT day, name FROM holidays WHERE day BETWEEN @first_day AND @last_day ORDER BY day;
`)
	s.generate()
	s.up()
	s.seed(`INSERT INTO holidays VALUES ('2026-01-02', 'some day')`)
}

func dropTable(s *replay) {
	s.migration("no_readings", "DROP TABLE readings;", `
CREATE TABLE readings (
    company_id uuid NOT NULL REFERENCES companies ON DELETE CASCADE,
    machine_id uuid NOT NULL,
    taken_at timestamptz NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (company_id, machine_id, taken_at),
    FOREIGN KEY (company_id, machine_id) REFERENCES machines (company_id, id) ON DELETE CASCADE
);`)
	s.refused("readings", "lint")
	s.remove("db/queries/readings.sql")
	s.generate()
	for _, gone := range []string{"repo/readings.go", "repo/internal/sqlcgen/readings.sql.go", "repo/internal/sqlcgen/copyfrom.go"} {
		if _, err := os.Stat(filepath.Join(s.dir, gone)); err == nil {
			s.Errorf("%s is still there", gone)
		}
	}
	s.up()
}

func growEnum(s *replay) {
	s.migration("sold", "ALTER TYPE machine_state ADD VALUE 'sold';", "SELECT 1;")
	s.add("db/queries/machines.sql", `
-- name: SellMachine :one
UPDATE machines SET state = 'sold', past = past || ARRAY[state] WHERE company_id = @company_id AND id = @id RETURNING state, past;

-- name: StatesOfSites :many
SELECT site_id, array_agg(state ORDER BY name)::machine_state[] AS states FROM machines WHERE company_id = @company_id GROUP BY site_id ORDER BY site_id;
`)
	s.generate()
	s.up()
}

func letRead(s *replay) {
	s.migration("shared", "ALTER TABLE checklists ADD COLUMN shared boolean NOT NULL DEFAULT false;", "ALTER TABLE checklists DROP COLUMN shared;")
	s.replace("sqlc.yaml", "      checklist_items:", "      checklists: {read_also: shared}\n      checklist_items:")
	s.add("db/queries/checklists.sql", `
-- name: ReadableChecklists :many
SELECT id, name FROM checklists WHERE company_id = @company_id OR shared ORDER BY name;

-- name: ShareChecklist :execrows
UPDATE checklists SET shared = @shared WHERE company_id = @company_id AND id = @id;
`)
	s.refusedUntil("widens table checklists: tenants may see rows", "--allow-widening")
	s.up()
}

// addLevel makes the sites tenants within a company.
func addLevel(s *replay) {
	s.replace("sqlc.yaml", "    tenant_column: company_id\n", `    levels:
      - {name: company, column: company_id, setting: app.company_id}
      - {name: site, column: site_id, setting: app.site_id}
`)
	s.replace("sqlc.yaml", "companies: {tenant_column: id}", "companies: {tenant_column: id, level: company}\n      sites: {tenant_column: id, level: site}")
	s.add("db/queries/machines.sql", `
-- name: MachinesOfSite :many
SELECT id, name, state FROM machines WHERE site_id = @site_id ORDER BY name;
`)
	s.says("CREATE INDEX ON machines (site_id)", "lint")
	s.migration("machines_of_site", "CREATE INDEX ON machines (site_id);", "DROP INDEX machines_site_id_idx;")
	s.refusedUntil("widens table machines", "--allow-widening")
	s.up()
}

// migration adds a file of the user's after those that there are, and returns its name.
func (s *replay) migration(name, up, down string) string {
	s.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "db/migrations/*.sql"))
	if err != nil {
		s.Fatal(err)
	}
	file := fmt.Sprintf("db/migrations/%05d_%s.sql", len(files)+1, name)
	s.write(file, "-- +goose Up\n"+strings.TrimSpace(up)+"\n\n-- +goose Down\n"+strings.TrimSpace(down)+"\n")
	return file
}

func (s *replay) read(name string) string {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func (s *replay) add(name, text string) {
	s.Helper()
	s.write(name, s.read(name)+text)
}

func (s *replay) replace(name, old, text string) {
	s.Helper()
	was := s.read(name)
	if strings.Count(was, old) != 1 {
		s.Fatalf("%s has %q %d times", name, old, strings.Count(was, old))
	}
	s.write(name, strings.Replace(was, old, text, 1))
}

func (s *replay) remove(name string) {
	s.Helper()
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
		s.Fatal(err)
	}
}

// says wants a command to succeed, and to say something.
func (s *replay) says(want string, args ...string) {
	s.Helper()
	if out := s.run(args...); !strings.Contains(out, want) {
		s.Fatalf("%s: tenantgen %s: want %q in\n%s", s.step, strings.Join(args, " "), want, out)
	}
}

// refusedUntil wants generate to be refused without a flag, and to do what it does with it.
func (s *replay) refusedUntil(want, flag string) {
	s.Helper()
	s.refused(want, "generate")
	s.generate(flag)
}
