// Package attack tries, as the application's role and on a real server, to get past the row-level security that tenantgen
// generates for the example.
//
// What an attack achieves is not stated but found out: it is run in two states of the database that differ only in what
// Globex has. If Acme, which attacks, sees any difference, it has read something of Globex's; if Globex's rows differ
// afterwards, it has changed something; if Globex's own work fails in the meantime, it has disturbed it.
//
// An attack that is stopped is run again without what is said to stop it, and must succeed then: an attack that is
// misspelled proves nothing. One that gets through names what reports it, and that is checked too. docs/security.md has
// the table, which a test keeps true.
package attack

import (
	"slices"
	"testing"
)

// attack is something that Acme tries.
//
// In its statements $A and $B are the ids of Acme and Globex, $MINE a note of Acme's, $THEIRS one of Globex's and $MAYBE
// one that Globex has in one state only; $S is Globex's secret, which differs. A step that begins with "globex: " is
// Globex at work on a connection of its own, with "next: " on the same connection as Acme, as the pool hands it out.
type attack struct {
	name   string
	does   effect // if it gets through
	since  int    // the major version of PostgreSQL that has it
	needs  string // an extension or a setting of the server, without which the attack is skipped
	schema string // what the application's schema has for it
	super  bool   // a superuser made that schema, instead of the tables' owner
	tables []string
	seed   string // what is done by a superuser then
	as     string // who attacks, if not the usual role
	steps  []string

	stop    string  // what stops it; empty if it gets through
	without control // what takes that away
	report  report  // of what gets through
}

// effect is what an attack achieves.
type effect string

const (
	nothing  effect = "nothing"
	reads    effect = "reads"    // sees something that depends on another tenant's rows
	changes  effect = "changes"  // changes another tenant's rows
	disturbs effect = "disturbs" // makes another tenant's own work fail
)

// control takes a defence away.
type control struct {
	sql string // run by a superuser
	as  string // who attacks instead
	cut cut
}

// Ways to take a defence away.
var policies = control{sql: `do $$ declare t regclass; begin
	for t in select oid from pg_class where relrowsecurity loop execute format('alter table %s disable row level security', t); end loop; end $$`}

func owning(table string) control {
	return control{sql: "alter table " + table + " owner to attack_app"}
}

func granting(sql string) control { return control{sql: "grant " + sql + " to attack_app"} }

// groups are all attacks, in the order of the table.
var groups = []struct {
	title   string
	attacks []attack
	ground  *ground
}{
	{"Reading", reading, example},
	{"Writing", writing, example},
	{"Gaining powers", powers, example},
	{"Views, functions, partitions", objects, example},
	{"Sharing a connection", connections, example},
	{"Keys and side channels", channels, example},
	{"The cross-tenant role", crossing, forms},
	{"Clauses of policies: children", children, forms},
	{"Clauses of policies: read_also and restrict", shared, forms},
	{"Clauses of policies: levels", levels, forms},
	{"Clauses of policies: a set of tenants", several, sets},
	{"Clauses of policies: the comparison", comparisons, casts},
	{"Clauses of policies: a claim as the tenant", claimed, claims},
}

func TestAttacks(t *testing.T) {
	server := newServer(t)
	for _, g := range []*ground{example, forms, casts, claims, sets} {
		t.Run(g.name, func(t *testing.T) {
			lab := newLab(t, server, g)
			for _, group := range groups {
				for _, a := range group.attacks {
					if group.ground == g {
						t.Run(a.name, func(t *testing.T) { lab.holds(t, a) })
					}
				}
			}
		})
	}
}

// holds makes an attack with and without what is said to stop it.
func (l *lab) holds(t *testing.T, a attack) {
	t.Parallel()
	l.skipWithout(t, a)
	want := a.does
	if a.stop != "" {
		want = nothing
	}
	if got := l.run(t, a, control{}); got != want {
		t.Errorf("it %s, want: it %s", got, want)
	}
	if a.stop == "" || t.Failed() {
		return
	}
	if got := l.run(t, a, a.without); got != a.does {
		t.Errorf("without what stops it (%s), it %s, want: it %s; so it is no attack", a.stop, got, a.does)
	}
}

func TestAttacksAreDistinct(t *testing.T) {
	var names []string
	for _, group := range groups {
		for _, a := range group.attacks {
			names = append(names, a.name)
			if len(a.steps) == 0 || (a.stop == "") != (a.without == control{}) || (a.stop == "") == (a.report == report{}) {
				t.Errorf("%s: an attack has steps, and is either stopped, with a control, or reported", a.name)
			}
		}
	}
	slices.Sort(names)
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
		t.Errorf("%d names for %d attacks", n, len(names))
	}
}
