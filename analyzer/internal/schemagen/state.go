package schemagen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Row is a row of a state. A value is nil for NULL; columns without one take their default.
type Row struct {
	Table  *Table
	Owner  string // who it was made for, "" for everybody's and nobody's
	Values map[string]*string
	kept   bool // rows that stay refer to it
	refs   []*Row
	text   string // of statements in place of a row
}

// SQL returns the statement that makes the row.
func (r *Row) SQL() string {
	if r.text != "" {
		return r.text
	}
	var cols, vals []string
	for _, c := range r.Table.Columns {
		v, ok := r.Values[c.Name]
		if !ok || c.Generated != "" {
			continue
		}
		cols = append(cols, c.Name)
		if v == nil {
			vals = append(vals, "NULL")
		} else {
			vals = append(vals, Quote(*v))
		}
	}
	if len(cols) == 0 {
		return "INSERT INTO " + r.Table.Name + " DEFAULT VALUES"
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", r.Table.Name, strings.Join(cols, ", "), strings.Join(vals, ", "))
}

// Quote returns a literal.
func Quote(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }

// Pair is two states that differ in rows that are not the tenant's.
type Pair struct {
	Tenant, Project string   // whom statements are run for
	Set             []string // whom queries for a set of tenants are run for: Tenant, and one more, maybe
	Inner           bool     // other projects of the same organization differ too
	Crossing        bool     // rows refer to rows of other tenants
	Unsettled       bool     // deferred keys are not checked: the middle of a transaction of the tenant
	States          [2][]*Row
}

// Mine reports whether somebody's rows are the tenant's, by the names that owners have.
func (p *Pair) Mine(owner string, inner bool) bool {
	org, project, deep := strings.Cut(owner, "/")
	if org == "?" { // the project's own row is gone
		return inner && project == p.Project
	}
	return org == p.Tenant && (!deep || !inner || project == p.Project)
}

// filler makes the rows of a pair.
type filler struct {
	*rng
	s        *Schema
	p        *Pair
	rows     []*Row
	projects map[string]string // the organization of each
	levels   *rng              // for rows that go astray: the others draw as they did before
	deeds    []*Row
}

// Pair returns the n-th pair of states.
func (s *Schema) Pair(seed uint64, n int) *Pair {
	f := &filler{rng: newRNG(seed, 2, uint64(n)), s: s, projects: map[string]string{}, levels: newRNG(seed, 5, uint64(n))}
	p := &Pair{Tenant: s.Tenants[n%len(s.Tenants)], Crossing: f.chance(40)}
	p.Unsettled = s.has("deferrable") && f.chance(35)
	f.p = p
	for i, project := range s.Projects {
		f.projects[project] = s.Tenants[(i+n)%len(s.Tenants)]
		if i == 0 {
			p.Project = project
		}
	}
	p.Inner = s.Levels && f.chance(50)
	p.choose(newRNG(seed, 8, uint64(n)), s)
	f.base()
	f.deeds = p.happens(newRNG(seed, 10, uint64(n)), s)
	for i := range p.States {
		p.States[i] = f.state(i)
	}
	return p
}

// base makes the rows of everybody, of which one state has all.
func (f *filler) base() {
	for _, t := range f.s.Tables {
		if t.Kind == Global {
			for range 1 + f.IntN(3) {
				f.row(t, "")
			}
			continue
		}
		for _, owner := range f.owners(t) {
			for range f.some() {
				f.row(t, owner)
			}
		}
	}
	for _, r := range f.rows {
		if f.stays(r) {
			r.keep()
		}
	}
}

// stays reports rows that are the same in both states.
func (f *filler) stays(r *Row) bool {
	return r.Table.Kind == Global || r.Owner != "" && (f.p.Mine(r.Owner, f.p.Inner) || f.p.Among(r.Owner)) || f.shows(r)
}

func (r *Row) keep() {
	if r.kept {
		return
	}
	r.kept = true
	for _, x := range r.refs {
		x.keep()
	}
}

func (f *filler) some() int {
	if f.IntN(4) == 0 {
		return f.IntN(2)
	}
	return 1 + f.IntN(3)
}

// owners are those that rows of t can have.
func (f *filler) owners(t *Table) []string {
	if !f.s.Levels || t.Level == "org" || t.Tenant == "org_id" {
		return f.s.Tenants
	}
	var out []string
	for _, p := range f.s.Projects {
		out = append(out, f.projects[p]+"/"+p)
	}
	return out
}

// state returns the rows of a state: those that stay, then the others' with changes.
func (f *filler) state(n int) []*Row {
	var first, rest []*Row
	for _, r := range f.rows {
		switch {
		case r.kept:
			first = append(first, r)
		case n == 0 && f.chance(85) || f.chance(30):
			rest = append(rest, r)
		case n == 1 && f.chance(50):
			changed := &Row{Table: r.Table, Owner: r.Owner, Values: map[string]*string{}}
			for c, v := range r.Values {
				changed.Values[c] = v
			}
			for _, c := range r.Table.Columns {
				if c.Name != r.Table.Tenant && c.json == nil && !c.ref && f.chance(40) {
					changed.Values[c.Name] = f.value(c)
				}
			}
			f.hide(changed)
			rest = append(rest, changed)
		}
	}
	if n == 1 {
		had := len(f.rows)
		for _, t := range f.s.Tables {
			for _, owner := range f.owners(t) {
				if t.Kind != Global && !f.p.Mine(owner, f.p.Inner) && !f.p.Among(owner) && f.chance(50) {
					f.row(t, owner)
				}
			}
			if t.Kind == Child && f.chance(40) {
				f.row(t, "")
			}
		}
		for _, r := range f.rows[had:] {
			f.hide(r)
		}
		rest = append(rest, f.rows[had:]...)
		f.rows = f.rows[:had]
	}
	slices.SortStableFunc(rest, func(a, b *Row) int { return f.order(a.Table) - f.order(b.Table) })
	return slices.Concat(first, f.deeds, rest)
}

func (f *filler) order(t *Table) int { return slices.Index(f.s.Tables, t) }

func (f *filler) value(c *Column) *string {
	if len(c.values) == 0 || !c.NotNull && c.Name != "id" && f.chance(15) {
		return nil
	}
	v := pick(f.rng, c.values...)
	return &v
}

// row makes a row for an owner.
func (f *filler) row(t *Table, owner string) {
	r := &Row{Table: t, Owner: owner, Values: map[string]*string{}}
	org, project, deep := strings.Cut(owner, "/")
	docs := map[string]map[string]any{}
	for _, c := range t.Columns {
		switch {
		case c.json != nil:
			docs[c.Name] = map[string]any{}
		case c.Name == t.Tenant && t.Kind == Root && t.Name == "orgs", c.Name == t.Tenant && t.Kind == Tenant && !deep, c.Name == t.Outer:
			v := org // a row of an inner level says the organization of its project
			if f.astray(t, c) {
				v = pick(f.levels, f.s.Tenants...)
				r.Owner = v + "/" + project
			}
			r.Values[c.Name] = &v
		case c.Name == t.Tenant && deep:
			r.Values[c.Name] = &project
		case c.ref:
		case c.Default != "" && f.chance(20):
		default:
			r.Values[c.Name] = f.value(c)
		}
	}
	if t.Kind == Tenant && !t.column(t.Tenant).NotNull && f.chance(6) && !f.stays(r) {
		r.Values[t.Tenant], r.Owner = nil, ""
	}
	for _, l := range t.Links {
		f.refer(r, l)
	}
	f.documents(r, docs)
	f.fresh(r)
	f.rows = append(f.rows, r)
}

// astray reports whether a row is to name any organization beside its project.
func (f *filler) astray(t *Table, c *Column) bool {
	return t.Level == "project" && t.Kind == Tenant && c.Name == t.Outer && f.p.Crossing && f.levels.chance(25)
}

// refer lets a row refer to another: mostly one of its owner's, sometimes somebody
// else's, where a pair may have that, or to none.
func (f *filler) refer(r *Row, l *Link) {
	var near, far []*Row
	for _, x := range f.rows {
		if x.Table != l.Table && !slices.Contains(x.Table.Parents, l) && !(x.Table.Heir && false) {
			continue
		}
		if x.Table.Kind == Global || r.Table.Kind == Global || x.Owner == r.Owner || org(x.Owner) == org(r.Owner) && x.Owner == org(x.Owner) {
			near = append(near, x)
		} else {
			far = append(far, x)
		}
	}
	if l.When != nil && !l.When.holds(r) {
		f.unsaid(r, l)
		return
	}
	near, far = f.living(near, l), f.living(far, l)
	parent := slices.Contains(r.Table.Parents, l)
	var to *Row
	switch {
	case f.p.Crossing && len(far) > 0 && (!parent || r.Table.Parents[0] != l) && f.chance(35):
		to = pick(f.rng, far...)
	case r.Owner == "" && r.Table.Kind == Child || !parent && f.chance(15):
	case len(near) > 0:
		to = pick(f.rng, near...)
	}
	for i, name := range l.Columns {
		c := r.Table.column(name)
		if c == nil || !c.ref && r.Values[name] != nil { // the tenant column, which says whose the row is
			continue
		}
		switch {
		case to != nil:
			r.Values[name] = to.Values[l.Refs[i]]
		case l.FK == "" && f.chance(80) || !f.chance(80):
			r.Values[name] = f.value(c)
		default:
			r.Values[name] = nil
		}
	}
	if to != nil {
		r.refs = append(r.refs, to)
	}
}

func org(owner string) string {
	o, _, _ := strings.Cut(owner, "/")
	return o
}

// documents fills in those that generated columns are made of.
func (f *filler) documents(r *Row, docs map[string]map[string]any) {
	for _, c := range r.Table.Columns {
		doc, ok := docs[c.Name]
		if !ok {
			continue
		}
		for key, what := range c.json {
			name := key
			if what == "tenant" {
				name = r.Table.Tenant
			}
			if v := r.Values[name]; v != nil {
				doc[key] = json.Number(*v)
			}
		}
		text, _ := json.Marshal(doc)
		v := string(text)
		r.Values[c.Name] = &v
	}
}

// fresh gives a row an id that no other row of its table has, where there is one.
func (f *filler) fresh(r *Row) {
	c := r.Table.column("id")
	if c == nil || r.Table.Kind == Root || f.chance(15) {
		return
	}
	var free []string
	for _, v := range append(slices.Clone(c.values), more(c.class)...) {
		used := slices.ContainsFunc(f.rows, func(x *Row) bool {
			return x.Table == r.Table && x.Values["id"] != nil && *x.Values["id"] == v && (f.chance(70) || x.Owner == r.Owner)
		})
		if !used {
			free = append(free, v)
		}
	}
	if len(free) > 0 {
		v := free[f.IntN(min(len(free), 4))]
		r.Values["id"] = &v
	}
}

// more are further values of a class, so that there are enough.
func more(class string) []string {
	switch class {
	case "int":
		return []string{"7", "8", "9", "10", "11", "12"}
	case "text":
		return []string{"c", "d", "e", "B", "b "}
	case "uuid":
		return []string{fmt.Sprintf("%032x", 4), fmt.Sprintf("%032x", 5), fmt.Sprintf("%032x", 6)}
	case "numeric", "float":
		return []string{"3", "4", "5", "2.5"}
	}
	return nil
}

// Settle are statements by which constraints are checked at once, but for keys in the
// middle of a transaction: others' rows refer to rows that are there.
func (s *Schema) Settle(p *Pair) string {
	if !p.Unsettled {
		return "SET CONSTRAINTS ALL IMMEDIATE"
	}
	sql := "SET CONSTRAINTS ALL DEFERRED"
	for _, t := range s.Tables {
		for _, item := range t.Items {
			if name, rest, ok := strings.Cut(strings.TrimPrefix(item, "CONSTRAINT "), " FOREIGN KEY "); ok && strings.Contains(rest, "DEFERRABLE") {
				sql += "; SET CONSTRAINTS " + name + " IMMEDIATE"
			}
		}
	}
	return sql
}

// Load is a statement that makes the rows, without those that the schema does not take.
func (s *Schema) Load(rows []*Row) string {
	var b strings.Builder
	b.WriteString("DO $load$ BEGIN\n")
	for _, r := range rows {
		if !slices.Contains(s.Tables, r.Table) {
			continue
		}
		b.WriteString("BEGIN " + r.SQL() + "; EXCEPTION WHEN OTHERS THEN NULL; END;\n")
	}
	b.WriteString("END $load$")
	return b.String()
}
