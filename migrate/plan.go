package migrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Plan returns the steps that lead from what the migrations establish to what
// is wanted, ordered so that the application's role gets access to a table only
// after the table is protected. It returns none when nothing is missing.
func Plan(db *catalog.Database, w Wanted) ([]Step, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	if db == nil {
		db = &catalog.Database{}
	}
	if err := checkExistingRole(db, w.AppRole); err != nil {
		return nil, err
	}
	if err := w.checkCrossTenant(db); err != nil {
		return nil, err
	}
	if err := checkEquality(db); err != nil {
		return nil, err
	}
	p := newPlanner(db, w)
	p.role()
	for _, t := range p.protected {
		if err := p.protect(t); err != nil {
			return nil, err
		}
	}
	p.released()
	p.grants()
	p.crossTenant(w)
	if w.Citus {
		p.steps = oneConnection(p.steps)
	}
	return p.steps, p.err
}

// oneConnection makes Citus change the shards on each machine through one connection, in
// both directions: what has foreign keys to reference tables it refuses to change
// through several of them in one transaction.
func oneConnection(steps []Step) []Step {
	if len(steps) == 0 {
		return nil
	}
	sequential := []string{"SET LOCAL citus.multi_shard_modify_mode = 'sequential';"}
	first := Step{SQL: sequential, Cause: "scale is citus",
		Comment: "One connection to each machine, because the tables share reference tables. Means nothing to PostgreSQL without Citus."}
	return slices.Concat([]Step{first}, steps, []Step{{Reverse: sequential}})
}

// checkEquality refuses an operator = of the schema's own where policies would find it: for
// the types that it is declared for, it goes before PostgreSQL's own, which may need a
// conversion (PostgreSQL manual, 10.2), and would decide whose a row is.
func checkEquality(db *catalog.Database) error {
	paths := slices.Concat(append([][]string{db.SearchPath, {"public"}}, db.SessionPaths...)...)
	for _, o := range db.Operators {
		if o.Name.Name == "=" && slices.Contains(paths, o.Name.Schema) {
			return fmt.Errorf("policies would compare by the operator = that is declared at %s: put it into a schema that no search_path names", o.Pos)
		}
	}
	return nil
}

func checkExistingRole(db *catalog.Database, role string) error {
	for _, r := range db.Roles {
		if r.Name == role && (r.Superuser || r.BypassRLS) {
			return fmt.Errorf("app_role %s is created as SUPERUSER or BYPASSRLS (%s:%d), so no policy applies to it", role, r.Pos.File, r.Pos.Line)
		}
	}
	return nil
}

// planner collects the steps of one plan.
type planner struct {
	*conditions
	db        *catalog.Database
	appRole   string
	protected []*Target // all tables that need policies: the targets, their partitions and heirs
	granted   []access
	views     []access
	globals   []Global
	owners    []*catalog.View // views that read with the rights of their owner
	sequences []catalog.Name
	steps     []Step
	// setsSomewhere reports whether policies for sets of tenants are wanted for a target, or are there.
	setsSomewhere func() bool
}

// access is what the application's role needs of one table.
type access struct {
	table      *catalog.Table
	view       *catalog.View // in place of the table
	privileges []string
	cause      string
}

func (a access) name() catalog.Name {
	if a.view != nil {
		return a.view.Name
	}
	return a.table.Name
}

func newPlanner(db *catalog.Database, w Wanted) *planner {
	p := &planner{
		conditions: &conditions{printer: &printer{}, source: w.Source, targets: map[catalog.Name]*Target{}, flat: w.Citus},
		db:         db, appRole: w.AppRole, globals: slices.Clone(w.Globals), owners: w.OwnerViews,
	}
	for i := range w.Targets {
		p.targets[w.Targets[i].Table.Name] = &w.Targets[i]
	}
	for i := range w.Targets {
		t := &w.Targets[i]
		p.protected = append(p.protected, t)
		p.protected = append(p.protected, p.heirs(t)...)
		p.granted = append(p.granted, targetAccess(t))
	}
	for _, g := range w.Globals {
		p.granted = append(p.granted, globalAccess(g))
	}
	p.setsSomewhere = sync.OnceValue(func() bool {
		for _, t := range p.targets {
			if t.Set || findPolicy(t.Table, setName) != nil {
				return true
			}
		}
		return false
	})
	// A child's policies rest on those of its parents, which therefore come first.
	slices.SortFunc(p.protected, func(a, b *Target) int {
		return cmp.Or(cmp.Compare(p.depth(a, len(p.targets)), p.depth(b, len(p.targets))), a.Table.Name.Compare(b.Table.Name))
	})
	slices.SortFunc(p.globals, func(a, b Global) int { return a.Table.Name.Compare(b.Table.Name) })
	p.views, p.sequences = viewAccess(w.Views, w.OwnerViews), w.Sequences
	slices.SortFunc(p.granted, func(a, b access) int { return a.table.Name.Compare(b.table.Name) })
	return p
}

// depth is the number of tables between a target's rows and a tenant column, at most.
func (p *planner) depth(t *Target, most int) int {
	deepest := 0
	if most == 0 {
		return 0
	}
	for _, root := range t.Roots {
		deepest = max(deepest, 1+p.depth(p.targets[root.Table.Name], most-1))
	}
	for _, parent := range t.Parents {
		deepest = max(deepest, 1+p.depth(p.targets[parent.Table.Name], most-1))
	}
	return deepest
}

// heirs returns the partitions of a target, and the tables that inherit from
// it, that are no targets themselves: a statement that names one of them
// directly is subject to that one's policies, not to those of the parent.
func (p *planner) heirs(t *Target) []*Target {
	var list []*Target
	for _, name := range t.Table.Children {
		table := p.db.Table(name)
		if table == nil || p.targets[name] != nil {
			continue
		}
		heir := *t
		heir.Table = table
		heir.Why = fmt.Sprintf("part of %s, and reachable by its own name", t.Table.Name)
		p.targets[name] = &heir
		list = append(list, &heir)
		list = append(list, p.heirs(&heir)...)
	}
	return list
}

func (p *planner) add(s Step) { p.steps = append(p.steps, s) }

// role creates the application's role. The catalog does not see into the DO
// block that does it, but it sees the grants that follow.
func (p *planner) role() {
	nothing := !slices.ContainsFunc(slices.Concat(p.granted, p.views), func(a access) bool { return len(a.privileges) > 0 }) && len(p.sequences) == 0
	if p.appRole == "" || nothing || p.roleEstablished() {
		return
	}
	comment := fmt.Sprintf("Create the role %s, which the application's queries run as, where it is missing. "+
		"It cannot log in: grant it to the role that does, and give that one ALTER ROLE … SET jit = off, because a setting counts for the role that logs in only. Undoing this migration keeps it, because other databases may use it.", p.appRole)
	if others := p.otherRoles(); len(others) > 0 {
		comment += fmt.Sprintf(" What other roles may do stays as it is (%s): a role that is not used any more should lose it.", strings.Join(others, ", "))
	}
	p.add(Step{Comment: comment, SQL: []string{p.createRole(p.appRole)}, Cause: "app_role is " + p.appRole})
}

// otherRoles lists who else may use the tables. One of them may have been the
// application's role before; the catalog cannot tell.
func (p *planner) otherRoles() []string {
	var names []string
	for _, g := range p.db.Grants {
		if g.Kind == "table" && slices.ContainsFunc(p.granted, func(a access) bool { return a.table.Name == g.On }) {
			names = append(names, g.Role)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *planner) roleEstablished() bool { return p.established(p.appRole) }

// protect brings a table's policies and its row-level security into force.
// Policies come first: without them row-level security hides every row.
func (p *planner) protect(t *Target) error {
	wanted, err := p.policiesFor(t)
	if err != nil {
		return err
	}
	before, wider := len(p.steps), p.widening(t, wanted)
	defer func() {
		if wider != nil && len(p.steps) > before {
			p.steps[before].Widens = wider
			p.steps[before].Comment += " This widens it: " + wider.What + "."
		}
	}()
	for _, want := range wanted {
		p.policy(t, want)
	}
	for _, have := range t.Table.Policies {
		if ours(have) && !slices.ContainsFunc(wanted, func(want policy) bool { return want.name == have.Name }) {
			p.retire(t, have)
		}
	}
	p.enable(t)
	return nil
}

func (p *planner) policy(t *Target, want policy) {
	name := t.Table.Name
	have := findPolicy(t.Table, want.name)
	if have != nil && samePolicy(have, want) {
		return
	}
	step := Step{
		Comment: fmt.Sprintf("%s: %s %s.", name, want.name, want.purpose),
		SQL:     []string{p.dropPolicy(name, want.name), p.createPolicy(name, want.catalog())},
		Reverse: []string{p.dropPolicy(name, want.name)},
		Cause:   t.Why,
	}
	if have != nil {
		step.Comment += " It replaces one that differs from what is wanted."
		step.Reverse = p.restorePolicy(t.Table, have)
	} else if other := renamedPolicy(t.Table, want); other != nil {
		step.Comment += fmt.Sprintf(" It was renamed to %s.", other.Name)
		step.SQL = append([]string{p.dropPolicy(name, other.Name)}, step.SQL...)
		step.Reverse = append(step.Reverse, p.restorePolicy(t.Table, other)...)
	}
	p.add(step)
}

// retire drops a policy that an earlier plan made and this one does without.
func (p *planner) retire(t *Target, have *catalog.Policy) {
	p.add(Step{
		Comment: fmt.Sprintf("%s: %s is not wanted any more.", t.Table.Name, have.Name),
		SQL:     []string{p.dropPolicy(t.Table.Name, have.Name)},
		Reverse: p.restorePolicy(t.Table, have),
		Cause:   t.Why,
	})
}

func findPolicy(t *catalog.Table, name string) *catalog.Policy {
	for _, pol := range t.Policies {
		if pol.Name == name {
			return pol
		}
	}
	return nil
}

// renamedPolicy returns the wanted policy under a name that is not ours. Left
// alone, it would still be in force when what is wanted changes.
func renamedPolicy(t *catalog.Table, want policy) *catalog.Policy {
	for _, pol := range t.Policies {
		if !ours(pol) && samePolicy(pol, want) {
			return pol
		}
	}
	return nil
}

func (p *planner) enable(t *Target) {
	var on, off []string
	if !t.Table.RLS {
		on, off = append(on, "ENABLE ROW LEVEL SECURITY"), append(off, "DISABLE ROW LEVEL SECURITY")
	}
	if !t.Table.ForceRLS {
		on, off = append(on, "FORCE ROW LEVEL SECURITY"), append(off, "NO FORCE ROW LEVEL SECURITY")
	}
	if len(on) == 0 {
		return
	}
	p.add(Step{
		Comment: fmt.Sprintf("%s: policies apply, to the table's owner too.", t.Table.Name),
		SQL:     []string{p.alterTable(t.Table.Name, on...)},
		Reverse: []string{p.alterTable(t.Table.Name, off...)},
		Cause:   t.Why,
	})
}
