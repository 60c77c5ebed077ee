package tenantgen

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// needs is what a role does for its queries, by names, which stay when the schema is read
// again: with tables and views, by the privileges that it takes (PostgreSQL manual, 5.7), and
// with the sequences that they or what they run take numbers from.
type needs struct {
	unknown    bool // there are no queries, so that others use the database
	privileges map[catalog.Name][]string
	sequences  []catalog.Name
	sets       []catalog.Name // that queries for a set of tenants read
}

// of returns what a role does with a table or view; nil means that it is not known.
func (n *needs) of(name catalog.Name) []string {
	if n.unknown {
		return nil
	}
	return append([]string{}, n.privileges[name]...)
}

// add reports whether something is new.
func (n *needs) add(name catalog.Name, privileges ...string) bool {
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(n.privileges[name], privileges))))
	more := len(all) > len(n.privileges[name])
	n.privileges[name] = all
	return more
}

func (n *needs) draw(name catalog.Name) {
	if !slices.Contains(n.sequences, name) {
		n.sequences = append(n.sequences, name)
	}
}

// needs collects what the queries of an entry need of their role: that of cross-tenant
// queries, or the application's.
func (u *Unit) needs(results []*analyzer.Result, crossing bool) *needs {
	n := &needs{unknown: len(results) == 0, privileges: map[catalog.Name][]string{}}
	var calls []*catalog.Function
	for _, r := range results {
		if crossing != (r.Verdict == analyzer.CrossTenant) {
			continue
		}
		for _, use := range r.Uses {
			n.add(use.Name(), u.earned(r, use)...)
			if r.Verdict == analyzer.OfTenants {
				n.sets = append(n.sets, use.Name())
			}
		}
		for _, d := range r.Draws {
			if d.Sequence.Name != "" && r.Verdict != analyzer.Rejected {
				n.draw(d.Sequence)
			}
		}
		calls = append(calls, r.Calls...)
	}
	c := &code{needs: n, db: u.Schema, own: u.Tenancy, seen: map[*catalog.Function]bool{}, read: map[string]bool{}}
	for _, f := range calls {
		c.body(f)
	}
	if !crossing {
		for _, inner := range nesting(u.Tenancy) { // what the runtime asks itself
			n.add(inner.root.Name, "select")
		}
	}
	for more := true; more; { // what triggers write fires others
		more = c.runs(!crossing)
	}
	slices.SortFunc(n.sequences, catalog.Name.Compare)
	return n
}

// written are the tables that queries of the application's role write, those of other entries, too: the role is one.
func (r *Report) written(u *Unit) map[*catalog.Table]bool {
	written := map[*catalog.Table]bool{}
	for _, t := range u.Schema.Tables {
		written[t] = slices.ContainsFunc(r.units, func(o *judged) bool {
			return slices.ContainsFunc(o.app.of(t.Name), func(p string) bool { return p != "select" })
		})
	}
	return written
}

// earned are the privileges that a query gets its role. One that the baseline excuses is not
// proved: the policies hold it on tenant tables, and nothing holds back what it writes of
// those that all share.
func (u *Unit) earned(r *analyzer.Result, use analyzer.Use) []string {
	if r.Verdict != analyzer.Rejected {
		return use.Privileges
	}
	if use.Table != nil {
		if kind := u.Tenancy.Of(use.Table).Kind; kind == tenancy.Column || kind == tenancy.Child {
			return use.Privileges
		}
	}
	return slices.DeleteFunc(slices.Clone(use.Privileges), func(p string) bool { return p != "select" })
}

// code adds what functions do that run with the rights of who runs a query, as far as their
// text names it. Nobody proves them: somebody vouches for them.
type code struct {
	*needs
	db   *catalog.Database
	own  *tenancy.Map
	seen map[*catalog.Function]bool
	read map[string]bool // the texts so far: what they name stays the same
}

// runs adds what runs for the privileges so far, beside the queries: triggers, defaults,
// checks and policies. It reports whether that took more privileges.
func (c *code) runs(policies bool) bool {
	before := c.count()
	for _, t := range c.db.Tables {
		have := c.privileges[t.Name]
		if len(have) > 0 && policies {
			c.policies(t)
		}
		if c.written(t) {
			c.writes(t)
		}
	}
	return c.count() > before
}

func (c *code) count() int {
	n := len(c.sequences) + len(c.seen)
	for _, p := range c.privileges {
		n += len(p)
	}
	return n
}

// policies adds what the policies of a table read, with the rights of who runs the query:
// the tables of asked, what the conditions of the configuration name, and what others do that
// the application made itself.
func (c *code) policies(t *catalog.Table) {
	o := c.own.Of(t)
	for _, other := range asked(c.own, t) {
		c.add(other.Name, "select")
	}
	c.text(o.ReadAlso)
	c.text(o.Restrict)
	for _, p := range t.Policies {
		c.text(p.Using)
		c.text(p.Check)
	}
	c.named(t.PolicyCalls)
}

// asked are the tables whose rows say, in the policies of t, whose a row of t is: its parents,
// and where those of inner levels lie. Their own policies ask on.
func asked(m *tenancy.Map, t *catalog.Table) []*catalog.Table {
	var list []*catalog.Table
	for _, p := range m.Of(t).Parents {
		list = append(list, p.Table)
	}
	for _, root := range roots(m, t) {
		list = append(list, root.Table)
	}
	return list
}

// written reports whether rows of a table are written: its own, those of a table that it is a
// part of, or those of one whose foreign keys carry a change on to it.
func (c *code) written(t *catalog.Table) bool {
	return c.changes(t.Name, map[catalog.Name]bool{})
}

func (c *code) changes(name catalog.Name, seen map[catalog.Name]bool) bool {
	t := c.db.Table(name)
	if t == nil || seen[name] {
		return false
	}
	seen[name] = true
	if slices.ContainsFunc(c.privileges[name], func(p string) bool { return p != "select" }) {
		return true
	}
	return slices.ContainsFunc(t.Parents, func(p catalog.Name) bool { return c.changes(p, seen) }) ||
		slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
			acts := f.OnDelete != "" && f.OnDelete != "no action" && f.OnDelete != "restrict" || f.OnUpdate != "" && f.OnUpdate != "no action" && f.OnUpdate != "restrict"
			return acts && c.changes(f.RefTable, seen)
		})
}

// writes adds what writing rows of a table runs.
func (c *code) writes(t *catalog.Table) {
	for _, tr := range t.Triggers {
		c.named(append(slices.Clone(tr.Calls), tr.Function))
	}
	c.named(t.Calls)
	for _, column := range t.Columns {
		c.named(column.DefaultCalls)
	}
}

func (c *code) named(names []catalog.Name) {
	for _, f := range c.db.Functions {
		if slices.Contains(names, f.Name) {
			c.body(f)
		}
	}
}

// body adds what a function does. One that is SECURITY DEFINER does it with its owner's rights.
func (c *code) body(f *catalog.Function) {
	if !c.seen[f] && !f.SecurityDefiner {
		c.seen[f] = true
		c.text(f.Body)
	}
}

// text adds what a text names. A name without a schema may be that of any.
func (c *code) text(text string) {
	if c.read[text] {
		return
	}
	c.read[text] = true
	for _, m := range analyzer.Mentions(text) {
		is := func(n catalog.Name) bool {
			return n.Name == m.Name.Name && (m.Name.Schema == "" || m.Name.Schema == n.Schema)
		}
		for _, t := range c.db.Tables {
			if is(t.Name) && len(m.Privileges) > 0 {
				c.add(t.Name, m.Privileges...)
			}
		}
		for _, v := range c.db.Views {
			if is(v.Name) && len(m.Privileges) > 0 {
				c.add(v.Name, m.Privileges...)
				if v.SecurityInvoker && !v.Materialized {
					c.text(v.Query)
				}
			}
		}
		for _, s := range c.db.Sequences {
			if is(s) {
				c.draw(s)
			}
		}
		for _, f := range c.db.Functions {
			if is(f.Name) {
				c.body(f)
			}
		}
	}
}
