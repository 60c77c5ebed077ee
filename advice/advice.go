// Package advice plans the migrations that put right what the schema rules report:
// keys and foreign keys that include the tenant, an index led by it, a tenant
// column that is NOT NULL and does not change. What is weak is decided by package
// rules alone; here is decided how to change it while the application runs.
//
// No statement may hold a lock that stops reads or writes for longer than it takes
// to change the system catalogs (PostgreSQL manual, 13.3.2). So the work is cut
// into migrations:
//
//  1. indexes are built CONCURRENTLY, each in a file of its own outside of a
//     transaction (CREATE INDEX);
//  2. constraints are added NOT VALID, which looks at new rows only;
//  3. they are validated, under a lock that lets reads and writes pass (ALTER TABLE);
//  4. what they make superfluous is dropped, and NOT NULL is set, which the
//     validated CHECK spares the scan.
//
// Between 2 and 3, a column that is new gets its values, in batches, and its index.
//
// The migrations with transactions give up after lock_timeout instead of queueing
// behind a long query, where everybody else would queue behind them.
package advice

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

// LockTimeout is how long a step may wait for a lock. It is written into the migrations.
// It is shorter than PostgreSQL's deadlock_timeout, one second: a migration that locks two
// tables gives up before an application's statement that has locked them the other way
// round is taken for what closes the circle, and fails.
const LockTimeout = "500ms"

// Migration is one file of the migrations directory, or one pair of files.
type Migration struct {
	Name  string // without number and suffix
	Alone bool   // its one statement cannot run within a transaction
	Steps []migrate.Step
}

// Declined is a finding that no migration is written for.
type Declined struct {
	rules.Finding
	Why string
}

// Advice is what to do about a schema.
type Advice struct {
	Migrations []Migration // in the order in which to apply them
	Declined   []Declined
}

// Plan turns findings about db into migrations. Findings without a fix are left out.
func Plan(db *catalog.Database, findings []rules.Finding) (*Advice, error) {
	p := &planner{db: db, names: namesOf(db), keys: map[*catalog.Table][]*key{}, replaced: map[*catalog.ForeignKey]*foreign{}, successors: map[*catalog.Key]*key{}}
	p.decideForeign(findings)
	for _, phase := range []func(rules.Finding){p.notNull, p.replaceKey, p.replaceForeign, p.dropKey, p.addIndex, p.invokeView, p.keepTenant, p.childColumn, p.dropTrigger} {
		for _, f := range findings {
			phase(f)
		}
	}
	return &Advice{p.migrations(), p.declined}, p.err
}

// planner collects the steps of each phase.
type planner struct {
	printer
	db       *catalog.Database
	names    *names
	keys     map[*catalog.Table][]*key // that are made, or about to be
	replaced map[*catalog.ForeignKey]*foreign
	// successors are the keys that take the place of others.
	successors map[*catalog.Key]*key
	refusing   catalog.Name // the function that refuses a change, once there is one
	declined   []Declined
	looked     []catalog.Name // that the checks of foreign keys look through, and policies of their owners

	partitions, add, validate, finish []migrate.Step
	indexes, later                    []Migration // before what is added, and after it
}

func (p *planner) decline(f rules.Finding, why string) {
	p.declined = append(p.declined, Declined{f, why})
}

// cause names the finding that a step acts on.
func cause(f rules.Finding) string { return f.Rule.Name + ": " + f.Message }

// migrations puts the phases in order.
func (p *planner) migrations() []Migration {
	list := p.sees()
	phase := func(name, about string, steps []migrate.Step) {
		if len(steps) > 0 {
			list = append(list, Migration{Name: "tenant_advice_" + name, Steps: p.patient(about, steps)})
		}
	}
	phase("partitions", "Each index below is invalid until the migrations that follow have built the parts of it.", p.partitions)
	list = append(list, p.indexes...)
	phase("add", "Nothing here reads a table: new rows obey, old ones are looked at by a later migration.", p.add)
	list = append(list, p.later...)
	phase("validate", "Reads and writes go on while this looks at every row.", p.validate)
	phase("finish", "What is now superfluous goes.", p.finish)
	return list
}

// patient lets a migration give up instead of standing in the way. With row_security
// off it also fails where a policy hides rows: PostgreSQL checks a new foreign key by
// a query, and under FORCE ROW LEVEL SECURITY that finds nothing amiss in rows that
// the owner does not see (RI_Initial_Check in src/backend/utils/adt/ri_triggers.c).
// Down, the settings have to come before the first statement.
func (p *planner) patient(about string, steps []migrate.Step) []migrate.Step {
	settings := []string{p.print("lock timeout", map[string]string{"Timeout": LockTimeout}), p.print("all rows", nil)}
	for i := len(steps) - 1; i >= 0; i-- {
		if len(steps[i].Reverse) > 0 {
			steps[i].Reverse = append(slices.Clone(settings), steps[i].Reverse...)
			break
		}
	}
	first := migrate.Step{Comment: about + " Run again what gives up waiting for a lock. Where policies hide rows from whoever runs this, it fails instead of passing them over: then it needs a role with BYPASSRLS.",
		SQL: settings}
	return append([]migrate.Step{first}, steps...)
}

// concurrently builds an index outside of a transaction.
func (p *planner) concurrently(unique string, index string, t catalog.Name, columns []string, nulls, why string) {
	name := catalog.Name{Schema: t.Schema, Name: index}
	p.indexes = append(p.indexes, Migration{Name: "tenant_advice_" + fileName(index), Alone: true, Steps: []migrate.Step{{
		Comment: "Reads and writes go on while this builds an index. Should it fail, drop the invalid index that it leaves, with the statement of the way back, and run it again.",
		SQL:     []string{p.createIndex(unique, "CONCURRENTLY", "", index, t, columns, nulls)},
		Reverse: []string{p.dropIndex("CONCURRENTLY", name)},
		Cause:   why,
	}}})
}

// fileName makes a part of a file's name of a name.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// key is a unique index with the tenant in it.
type key struct {
	name    string
	columns []string
	// dropped lists the statements that let go of it, for when it has to give way.
	dropped []string
}

// sameColumns reports whether two keys are about the same columns, in any order.
func sameColumns(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
