package propose

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// weights are the words that applications call their tenants by, and how much each speaks for
// a tenant rather than for something that a tenant has.
var weights = map[string]int{
	"tenant": 6, "organization": 6,
	"company": 5, "workspace": 5, "account": 5, "enterprise": 5,
	"team": 4, "business": 4, "firm": 4, "agency": 4, "institution": 4, "corporation": 4, "association": 4, "community": 4,
	"merchant": 3, "shop": 3, "store": 3, "school": 3, "clinic": 3, "hospital": 3, "household": 3, "family": 3, "club": 3, "studio": 3, "brand": 3, "realm": 3,
	"customer": 2, "client": 2, "project": 2, "group": 2, "site": 2, "space": 2, "vendor": 2, "partner": 2, "publisher": 2,
	"user": 1, "owner": 1,
}

// places are the words for parts of a tenant that have rows of their own.
var places = strings.Fields(`project workspace team site store shop space environment branch location department division unit app application account brand clinic school`)

// personal is the weight of a word for one person, who is a tenant only where nothing else is.
const personal = 1

// candidate is a column, in its spellings, that may tell tenants apart.
type candidate struct {
	noun    string
	family  string
	columns map[string]int // in how many tables, by spelling
	tables  int
	unlike  []string // tables where such a column is of another type
	roots   []root
}

// root is a table whose rows are the tenants, by a key of it.
type root struct {
	s     *schema
	table *catalog.Table
	key   string
	named bool // by its name alone, no foreign key refers to it
	parts bool // the key is a part of one: there may be several rows of a tenant
	by    int  // foreign keys
}

func (c *candidate) spelt(column string) bool { return c.columns[column] > 0 }

// spellings are the columns, the most frequent first.
func (c *candidate) spellings() []string {
	return slices.SortedFunc(maps.Keys(c.columns), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.columns[b], c.columns[a]), cmp.Compare(a, b))
	})
}

func (c *candidate) said() Tenants {
	t := Tenants{Columns: c.spellings(), Unlike: c.unlike}
	said := words(t.Columns[0])
	if n := len(said) - 1; n > 0 && slices.Contains(keyWords, said[n]) {
		said = said[:n]
	}
	t.Noun = strings.Join(said, "_")
	for _, s := range t.Columns {
		t.Counts = append(t.Counts, c.columns[s])
	}
	if len(c.roots) > 0 && !c.roots[0].parts {
		t.Root = c.roots[0].s.name(c.roots[0].table)
	}
	return t
}

func (c *candidate) rootOf(t *catalog.Table) *root {
	i := slices.IndexFunc(c.roots, func(r root) bool { return r.table == t })
	if i < 0 {
		return nil
	}
	return &c.roots[i]
}

// tenants finds the column of the outermost tenants, and what else looks like one.
func (f *finder) tenants() (*candidate, []Tenants) {
	if f.in.Column != "" {
		c := f.candidate(strings.Join(referred(f.in.Column), " "), f.in.Column)
		if !c.spelt(f.in.Column) {
			return nil, nil
		}
		return c, nil
	}
	all := f.candidates()
	best, others := f.best(all)
	var also []Tenants
	for _, c := range others {
		also = append(also, c.said())
	}
	if best == nil {
		return nil, f.frequent()
	}
	return best, also
}

// candidates are the columns that are named after what tenants are called.
func (f *finder) candidates() []*candidate {
	var all []*candidate
	for _, noun := range slices.Sorted(maps.Keys(weights)) {
		if c := f.candidate(noun, ""); c.tables > 0 {
			all = append(all, c)
		}
	}
	return all
}

// candidate counts the columns of a noun, all of the type and with the ending that most of
// them have, foreign keys first: org_id and orgId, but not org_code. With named, the column
// of that name counts, too.
func (f *finder) candidate(noun, named string) *candidate {
	type kind struct{ family, ending string }
	kindOf := func(c *catalog.Column) kind { return kind{tenancy.Family(c), ending(c)} }
	each := func(do func(*schema, *catalog.Table, *catalog.Column)) {
		for _, s := range f.schemas {
			for _, t := range s.tables {
				for _, c := range t.Columns {
					if !c.Value.Array && (c.Name == named || noun != "" && strings.Join(referred(c.Name), " ") == noun) {
						do(s, t, c)
					}
				}
			}
		}
	}
	votes, order := map[kind]int{}, []kind{}
	each(func(s *schema, t *catalog.Table, c *catalog.Column) {
		k := kindOf(c)
		if votes[k] == 0 {
			order = append(order, k)
		}
		votes[k] += 2 + 3*btoi(s.refers(t, c.Name)) + 1000*btoi(c.Name == named) - btoi(k.family == "" || k.family == "bool")
	})
	c := &candidate{noun: noun, columns: map[string]int{}}
	if len(order) == 0 {
		return c
	}
	most := slices.MaxFunc(order, func(a, b kind) int { return cmp.Compare(votes[a], votes[b]) })
	c.family = most.family
	in := map[*catalog.Table]bool{}
	each(func(_ *schema, t *catalog.Table, column *catalog.Column) {
		if kindOf(column) == most {
			c.columns[column.Name]++
			in[t] = true
		}
	})
	c.tables = len(in)
	each(func(_ *schema, t *catalog.Table, column *catalog.Column) {
		if kindOf(column) != most && c.spelt(column.Name) {
			c.unlike = append(c.unlike, t.Name.String())
		}
	})
	f.roots(c)
	return c
}

// ending is what a column's name says the value is: a code, a slug, an id. That is any word for
// it, and none, where the value is no text.
func ending(c *catalog.Column) string {
	w := words(c.Name)
	last := ""
	if n := len(w); n > 0 && slices.Contains(keyWords, w[n-1]) {
		last = w[n-1]
	}
	if last == "uuid" || last == "uid" || last == "guid" || last == "" && tenancy.Family(c) != "text" {
		return "id"
	}
	return last
}

// roots finds the tables of the tenants: those that the columns refer to, or else the one that
// is named after them.
func (f *finder) roots(c *candidate) {
	for _, s := range f.schemas {
		for _, t := range s.tables {
			for _, fk := range t.Foreign {
				s.rootBy(c, fk)
			}
		}
		if !slices.ContainsFunc(c.roots, func(r root) bool { return r.s == s && !r.parts }) {
			s.rootByName(c)
		}
	}
	slices.SortStableFunc(c.roots, func(a, b root) int { return cmp.Or(cmp.Compare(btoi(a.parts), btoi(b.parts)), cmp.Compare(b.by, a.by)) })
}

func (s *schema) rootBy(c *candidate, fk *catalog.ForeignKey) {
	to := s.db.Table(fk.RefTable)
	for i, column := range fk.Columns {
		if to == nil || i >= len(fk.RefColumns) || !c.spelt(column) || c.spelt(fk.RefColumns[i]) {
			continue
		}
		if r := c.rootOf(to); r != nil {
			r.by++
			continue
		}
		c.roots = append(c.roots, root{s: s, table: to, key: fk.RefColumns[i], parts: !unique(to, fk.RefColumns[i]), by: 1})
	}
}

// rootByName takes the table that is called as the tenants are and has a key of their type, or
// else the only one whose name ends so.
func (s *schema) rootByName(c *candidate) {
	var exact, ending []root
	for _, t := range s.tables {
		name := strings.Join(nouns(t.Name.Name), " ")
		k := t.PrimaryKey()
		if k == nil || len(k.Columns) != 1 || c.noun == "" {
			continue
		}
		if key := t.Column(k.Columns[0]); key == nil || tenancy.Family(key) != c.family || c.spelt(key.Name) {
			continue
		}
		r := root{s: s, table: t, key: k.Columns[0], named: true}
		if name == c.noun {
			exact = append(exact, r)
		} else if strings.HasSuffix(name, " "+c.noun) {
			ending = append(ending, r)
		}
	}
	if len(exact) == 0 {
		exact = ending
	}
	if len(exact) == 1 {
		c.roots = append(c.roots, exact[0])
	}
}

// unique reports whether a column is a key by itself.
func unique(t *catalog.Table, column string) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return slices.Equal(k.Columns, []string{column}) && !k.Partial && !k.Expression
	})
}

// best is the candidate that most speaks for, and the others that could be meant.
func (f *finder) best(all []*candidate) (*candidate, []*candidate) {
	if slices.ContainsFunc(all, func(c *candidate) bool { return weights[c.noun] > personal }) {
		all = slices.DeleteFunc(all, func(c *candidate) bool { return weights[c.noun] == personal })
	}
	score := func(c *candidate) int { return weights[c.noun] * c.tables }
	outermost := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool {
		return slices.ContainsFunc(all, func(o *candidate) bool {
			return o != c && c.inside(o) && !o.inside(c) && (o.tables >= c.tables || weights[o.noun] >= weights[c.noun] && o.tables > 1)
		})
	})
	if len(outermost) == 0 {
		outermost = all
	}
	if len(outermost) == 0 {
		return nil, nil
	}
	best := slices.MaxFunc(outermost, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(score(a), score(b)), cmp.Compare(b.noun, a.noun))
	})
	var others []*candidate
	for _, c := range all {
		if c != best && !c.inside(best) && 2*score(c) >= score(best) {
			others = append(others, c)
		}
	}
	return best, others
}

// inside reports whether each of the tenants belongs to one of the outer ones: its row has
// their column.
func (c *candidate) inside(outer *candidate) bool {
	return slices.ContainsFunc(c.roots, func(r root) bool {
		return slices.ContainsFunc(r.table.Columns, func(col *catalog.Column) bool { return col.NotNull && outer.spelt(col.Name) })
	})
}

// inner is the level inside of the tenants that has most tables, nil when there is none.
func (f *finder) inner(outer *candidate) *candidate {
	var best *candidate
	for _, noun := range places {
		if noun == outer.noun {
			continue
		}
		c := f.candidate(noun, "")
		if c.tables > 0 && c.inside(outer) && (best == nil || c.tables > best.tables) {
			best = c
		}
	}
	return best
}

// frequent are columns that refer to one table from several others, for want of one with the
// name of a tenant.
func (f *finder) frequent() []Tenants {
	by := map[string]*Tenants{}
	for _, s := range f.schemas {
		for _, t := range s.tables {
			for _, fk := range t.Foreign {
				if len(fk.Columns) != 1 || fk.RefTable == t.Name {
					continue
				}
				if by[fk.Columns[0]] == nil {
					by[fk.Columns[0]] = &Tenants{Columns: fk.Columns, Counts: []int{0}, Root: fk.RefTable.String()}
				}
				by[fk.Columns[0]].Counts[0]++
			}
		}
	}
	var all []Tenants
	for _, name := range slices.Sorted(maps.Keys(by)) {
		all = append(all, *by[name])
	}
	slices.SortStableFunc(all, func(a, b Tenants) int { return cmp.Compare(b.Counts[0], a.Counts[0]) })
	return all[:min(len(all), 3)]
}
