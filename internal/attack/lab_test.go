package attack

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// words are replaced in statements.
var words = map[string]string{
	"$A": "a0000000-0000-0000-0000-000000000001", "$B": "b0000000-0000-0000-0000-000000000002",
	"$MINE": "a0000000-0000-0000-0000-0000000000a1", "$THEIRS": "b0000000-0000-0000-0000-0000000000b1",
	"$MAYBE": "b0000000-0000-0000-0000-0000000000b2",
}

// states differ only in what Globex has.
var states = []map[string]string{
	{"$S": "alpha", "$MANY": "1", "$SOME": "b0000000-0000-0000-0000-0000000000b2"},
	{"$S": "omicron", "$MANY": "40", "$SOME": "b0000000-0000-0000-0000-0000000000b3"},
}

// wordPattern is any of them.
var wordPattern = regexp.MustCompile(`\$[A-Z]+\b`)

func fill(sql string, state map[string]string) string {
	return wordPattern.ReplaceAllStringFunc(sql, func(word string) string {
		if text, ok := words[word]; ok {
			return text
		}
		if text, ok := state[word]; ok {
			return text
		}
		return word
	})
}

// roles are the application's, the tables' owner's, and those of attackers with more power than the application should have.
const roles = `
do $$ begin create role app_tenant nologin; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_bypass nologin bypassrls in role app_tenant; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_owner login password 'attack'; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_app login password 'attack' in role app_tenant; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_member login password 'attack' in role app_tenant, attack_bypass; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_spare nologin in role app_tenant; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_cross nologin bypassrls; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_clerk login password 'attack' in role attack_cross; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_exempt login bypassrls password 'attack' in role attack_cross; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role attack_super login superuser password 'attack'; exception when duplicate_object or unique_violation then null; end $$;`

// cleanUp drops what an attack created. What it fails to drop shows in the digest.
const cleanUp = `do $$ declare r record; begin
	for r in
		select format('drop extension %%I cascade', extname) as it from pg_extension where oid > %[1]d
		union all select format('drop publication %%I', pubname) from pg_publication
		union all select format('select lo_unlink(%%s)', oid) from pg_largeobject_metadata
		union all select format('drop %%s %%I cascade', case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, relname)
			from pg_class where relkind in ('r', 'p', 'v', 'm') and relnamespace = 'public'::regnamespace and oid > %[1]d
		union all select format('drop routine %%s cascade', oid::regprocedure) from pg_proc where pronamespace = 'public'::regnamespace and oid > %[1]d
	loop
		begin execute r.it; exception when others then null; end;
	end loop; end $$`

// lab makes databases in both states.
type lab struct {
	ground    *ground
	server    *pgserver.Server
	templates []string // one for each state
	version   int

	mu    sync.Mutex
	idle  []*database
	count int
}

func newServer(t *testing.T) *pgserver.Server {
	t.Helper()
	pgserver.Long(t)
	server, err := pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"wal_level": "logical"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func newLab(t *testing.T, server *pgserver.Server, g *ground) *lab {
	t.Helper()
	l := &lab{ground: g, server: server}
	migrations := g.migrations(t)
	major, _, _ := strings.Cut(strings.Fields(l.server.Version())[0], ".")
	l.version, _ = strconv.Atoi(major)
	for _, state := range states {
		databaseURL, err := server.NewDatabase(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		super := connect(t, databaseURL, "")
		dblab.Exec(t, super, roles)
		dblab.Exec(t, super, `do $$ begin execute format('alter database %I owner to attack_owner', current_database()); end $$`)
		if err := applied.Migrate(t.Context(), as(t, databaseURL, "attack_owner"), migrations); err != nil {
			t.Fatal(err)
		}
		dblab.Exec(t, super, g.tools)
		dblab.Exec(t, super, fill(g.seed, state))
		dblab.Exec(t, super, "vacuum analyze")
		super.Close(t.Context())
		l.templates = append(l.templates, databaseURL)
	}
	t.Cleanup(func() { l.close(t) })
	return l
}

// skipWithout skips what the server does not have.
func (l *lab) skipWithout(t *testing.T, a attack) {
	t.Helper()
	if l.version < a.since {
		t.Skipf("PostgreSQL %d does not have it", l.version)
	}
	if a.needs == "" {
		return
	}
	var available bool
	conn := connect(t, l.server.URL("postgres"), "")
	if err := conn.QueryRow(t.Context(), `select exists (select from pg_available_extensions where name = $1)
		or $1 = 'wal_level=' || current_setting('wal_level')`, a.needs).Scan(&available); err != nil {
		t.Fatal(err)
	}
	if !available {
		t.Skipf("the server is without %s", a.needs)
	}
}

// database is a copy of a template, which attacks that change nothing use one after the other.
type database struct {
	url   string
	name  string
	super *pgx.Conn // the superuser's, for all attacks on it
	state int
	bare  bool   // without policies
	fresh string // its digest
	// newest is the last of the objects that it came with.
	newest uint32
}

// borrow returns a database in a state, with or without policies.
func (l *lab) borrow(t *testing.T, state int, bare bool) *database {
	t.Helper()
	l.mu.Lock()
	i := slices.IndexFunc(l.idle, func(d *database) bool { return d.state == state && d.bare == bare })
	if i >= 0 {
		d := l.idle[i]
		l.idle = slices.Delete(l.idle, i, i+1)
		l.mu.Unlock()
		return d
	}
	l.count++
	l.mu.Unlock()
	d := &database{state: state, bare: bare}
	var err error
	if d.url, err = l.server.CopyDatabase(t.Context(), l.templates[state]); err == nil {
		d.super, err = pgx.Connect(context.Background(), d.url) // which outlives the test
	}
	if err != nil {
		t.Fatal(err)
	}
	d.name = d.super.Config().Database
	dblab.Exec(t, d.super, "alter database "+d.name+" owner to attack_owner")
	if bare {
		dblab.Exec(t, d.super, policies.sql)
	}
	d.fresh = digest(t, d.super)
	if err := d.super.QueryRow(t.Context(), "select greatest((select max(oid) from pg_class), (select max(oid) from pg_proc))").Scan(&d.newest); err != nil {
		t.Fatal(err)
	}
	return d
}

// giveBack keeps a database for the next attack if it is as it was.
func (l *lab) giveBack(t *testing.T, d *database) {
	t.Helper()
	same := digest(t, d.super) == d.fresh
	if !same {
		d.super.PgConn().Exec(t.Context(), fmt.Sprintf(cleanUp, d.newest)).Close()
		d.super.PgConn().Exec(t.Context(), fill(l.ground.empty+l.ground.seed, states[d.state])).Close()
		same = digest(t, d.super) == d.fresh
	}
	if !t.Failed() && same {
		if err := d.super.DeallocateAll(t.Context()); err != nil { // what pgx remembers, too
			t.Error(err)
		}
		dblab.Exec(t, d.super, "discard all")
		l.mu.Lock()
		defer l.mu.Unlock()
		l.idle = append(l.idle, d)
		return
	}
	l.drop(t, d)
}

func (l *lab) drop(t *testing.T, d *database) {
	t.Helper()
	d.super.Close(context.Background())
	if err := l.server.DropDatabase(context.Background(), d.url); err != nil {
		t.Error(err)
	}
}

// close drops the databases that are left.
func (l *lab) close(t *testing.T) {
	t.Logf("%d databases were copied", l.count)
	for _, d := range l.idle {
		l.drop(t, d)
	}
}

// digest changes with every row, table, policy, function and publication.
func digest(t *testing.T, super *pgx.Conn) string {
	t.Helper()
	var sum string
	if err := super.QueryRow(t.Context(), `select md5(
		(select string_agg(concat(relname, relkind, relrowsecurity, relforcerowsecurity, relowner, relacl), ',' order by relname) from pg_class where relnamespace = 'public'::regnamespace)
		|| (select string_agg(query_to_xml(format('select t::text from %s t order by 1', oid::regclass), true, false, '')::text, ',' order by relname)
		    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace)
		|| (select coalesce(string_agg(p::text, ',' order by tablename, policyname), '') from pg_policies p) || (select count(*) from pg_trigger)
		|| (select count(*) from pg_proc where pronamespace = 'public'::regnamespace)
		|| (select count(*) from pg_extension) || (select count(*) from pg_publication) || (select count(*) from pg_largeobject_metadata)
		|| (select count(*) from pg_db_role_setting))`).Scan(&sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// run tells what an attack achieves, without a defence.
func (l *lab) run(t *testing.T, a attack, without control) effect {
	t.Helper()
	var seen []string
	for i := range states {
		d := l.borrow(t, i, without == policies)
		saw, did := l.try(t, d, a, without)
		l.giveBack(t, d)
		if did != nothing {
			return did
		}
		seen = append(seen, strings.ReplaceAll(saw, d.name, "database"))
	}
	if seen[0] != seen[1] {
		t.Logf("Acme sees:\n%s\nor else:\n%s", seen[0], seen[1])
		return reads
	}
	t.Logf("all that Acme sees:\n%s", seen[0])
	return nothing
}

// try makes the attack in one state, and tells what Acme saw and what became of Globex.
func (l *lab) try(t *testing.T, d *database, a attack, without control) (string, effect) {
	t.Helper()
	super := d.super
	state, owner := states[d.state], super
	var usual map[string]int
	if a.report.verify != "" {
		usual = verified(t, d.url)
	}
	if a.schema != "" {
		if !a.super {
			owner = connect(t, d.url, "attack_owner")
		}
		dblab.Exec(t, owner, fill(a.schema, state))
	}
	for _, table := range a.tables {
		dblab.Exec(t, super, "select lab.protect('"+table+"')")
	}
	dblab.Exec(t, super, fill(a.seed, state))
	if without != policies {
		dblab.Exec(t, super, fill(without.sql, state))
		defer without.cut.outOf(t, super)()
	} else if len(a.tables) > 0 {
		dblab.Exec(t, super, policies.sql)
	}
	if a.report.verify != "" {
		if got := verified(t, d.url); got[a.report.verify] <= usual[a.report.verify] {
			t.Errorf("verify does not report it by %s, but %v, and without it %v", a.report.verify, got, usual)
		}
	}
	acme := newSession(t, d.url, cmp.Or(without.as, a.as, "attack_app"), "$A")
	globex := newSession(t, d.url, "attack_app", "$B")
	defer acme.close()
	defer globex.close()
	before := l.ground.theirs(t, super)
	did := nothing
	for _, step := range a.steps {
		step = fill(step, state)
		if sql, ok := strings.CutPrefix(step, "globex: "); ok {
			if globex.run(t, sql); globex.failed {
				did = disturbs
			}
		} else if sql, ok := strings.CutPrefix(step, "next: "); ok {
			acme.lend(t, sql)
		} else {
			acme.run(t, step)
		}
	}
	if l.ground.theirs(t, super) != before {
		did = changes
	}
	return acme.seen.String(), did
}

// connect connects as a role, or as the superuser.
func connect(t *testing.T, databaseURL, role string) *pgx.Conn {
	t.Helper()
	return dblab.Connect(t, as(t, databaseURL, role), "")
}

func as(t *testing.T, databaseURL, role string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	if role != "" {
		u.User = url.UserPassword(role, "attack")
	}
	return u.String()
}
