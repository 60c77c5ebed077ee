package soak_test

import (
	"fmt"

	"github.com/jackc/pgx/v5"
)

// judge looks at what is left, as the owner of the database, who sees all tenants.
func (s *soak) judge() {
	s.t.Helper()
	// What is 0 at the end of every run.
	for name, sql := range map[string]string{
		"jobs that ran for another tenant": `select count(*) from runs r left join requests q on q.id = r.request where q.org_id is distinct from r.org_id or r.mark <> r.org_id`,
		"jobs whose record names another tenant": `select count(*) from river_job j left join requests q on q.id = j.args->'args'->>'request'
			where q.org_id is distinct from j.args->'tenant'->>'app.org_id' or q.org_id <> j.args->'labels'->>'mark'`,
		"requests without a job": `select count(*) from requests q where not exists (select from river_job j where j.args->'args'->>'request' = q.id)`,
		"lost jobs": `select count(*) from river_job j where state <> 'cancelled'
			and not (state = 'completed' and exists (select from runs r where r.request = j.args->'args'->>'request'))`,
		"foreign notes":          `select count(*) from notes where text not like org_id || '%'`,
		"numbers without a note": `select count(*) from counters c where last <> (select count(*) from notes n where n.org_id = c.org_id)`,
	} {
		if n := s.number(sql); n != 0 {
			s.t.Errorf("%d %s", n, name)
		}
		s.count.plus(name, 0)
	}
	s.count.plus("foreign events", 0)
	s.count.plus("foreign answers", 0)
	// What is not 0, or the run has tried nothing.
	for name, sql := range map[string]string{
		"jobs done": `select count(distinct request) from runs`, "attempts": `select count(*) from runs`,
		"cancelled jobs": `select count(*) from river_job where state = 'cancelled'`, "notes kept": `select count(*) from notes`,
	} {
		s.count.plus(name, s.number(sql))
	}
	s.promises()
	for _, name := range s.untried() {
		s.t.Errorf("no %s: this run has shown nothing about them", name)
	}
}

// untried are things that have not happened yet.
func (s *soak) untried() (none []string) {
	for _, name := range []string{"events", "resumptions", "lists read", "notes", "jobs", "own jobs", "lists of jobs", "files written", "files read", "files deleted", "lists of files",
		"refused", "failed by faults", "killed backends", "stopped and started instances", "restarts of PostgreSQL"} {
		if s.count.of(name) == 0 {
			none = append(none, name)
		}
	}
	return none
}

// promises: what clients were told is there.
func (s *soak) promises() {
	s.t.Helper()
	kept := map[string]bool{}
	err := s.asOwner(s.t.Context(), func(conn *pgx.Conn) error {
		rows, err := conn.Query(s.t.Context(), `select org_id || seq from notes union all select id from requests`)
		if err != nil {
			return err
		}
		var what string
		_, err = pgx.ForEachRow(rows, []any{&what}, func() error { kept[what] = true; return nil })
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for own, seqs := range s.saw.notes {
		for _, seq := range seqs {
			if !kept[fmt.Sprintf("%s%d", own, seq)] {
				s.t.Errorf("note %d of %s was promised, and is not there", seq, own)
			}
		}
	}
	for request := range s.saw.requests {
		if !kept[request] {
			s.t.Errorf("the job %s was promised, and is not there", request)
		}
	}
}

func (s *soak) number(sql string) (n int) {
	s.t.Helper()
	err := s.asOwner(s.t.Context(), func(conn *pgx.Conn) error { return conn.QueryRow(s.t.Context(), sql).Scan(&n) })
	if err != nil {
		s.t.Fatalf("%v: %s", err, sql)
	}
	return n
}
