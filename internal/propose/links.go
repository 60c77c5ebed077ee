package propose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// link is a way from a row to a row of another table.
type link struct {
	to    *catalog.Table
	on    []config.Pair
	where string              // of a key among some rows
	fk    *catalog.ForeignKey // nil when the names of columns alone say so
	set   bool                // it is never NULL
	// Of a link without a foreign key: how much of the table's name its columns have, and
	// they and the name of their own table, in percent; and how many words that is.
	near, alike, shared int
}

// link finds which tables belong to tenants by way of others: by foreign keys, and where
// there is none, by what columns are called. It asks of the tables that are free.
func (s *schema) link(free func(*catalog.Table) bool) {
	for depth, again := 1, true; again; depth++ {
		again = s.reach(free, s.foreign, depth)
		if !again {
			again = s.reach(free, s.called, depth)
		}
	}
	for _, t := range s.tables { // also to tables that were reached later
		if len(s.links[t]) > 0 && s.links[t][0].fk != nil {
			s.links[t] = s.foreign(t)
		}
	}
}

// reach gives the tables that are free and have links a depth.
func (s *schema) reach(free func(*catalog.Table) bool, find func(*catalog.Table) []link, depth int) bool {
	found := map[*catalog.Table][]link{}
	for _, t := range s.tables {
		if free(t) {
			found[t] = find(t)
		}
	}
	again := false
	for t, links := range found {
		if len(links) > 0 {
			level := 0
			for _, l := range links {
				level = max(level, s.own[l.to].level)
			}
			s.links[t], s.own[t], again = links, owned{level: level, depth: depth}, true
		}
	}
	return again
}

// foreign are the foreign keys of a table to tables of tenants.
func (s *schema) foreign(t *catalog.Table) []link {
	var all []link
	for _, fk := range t.Foreign {
		to := s.db.Table(fk.RefTable)
		if _, tenants := s.own[to]; !tenants || len(fk.Columns) != len(fk.RefColumns) {
			continue
		}
		l := link{to: to, fk: fk, set: true}
		for j, c := range fk.Columns {
			l.on = append(l.on, config.Pair{Child: c, Parent: fk.RefColumns[j]})
			column := t.Column(c)
			l.set = l.set && column != nil && column.NotNull
		}
		if !slices.ContainsFunc(all, func(o link) bool { return o.to == to && slices.Equal(o.on, l.on) }) {
			all = append(all, l)
		}
	}
	s.rank(t, all)
	return all
}

// rank puts first what a row is a part of: a key that is always set, that takes the row along
// when the other is deleted, and to a table after which this one is called.
func (s *schema) rank(t *catalog.Table, all []link) {
	name := nouns(t.Name.Name)
	called := func(l link) int {
		of := nouns(l.to.Name.Name)
		at := within(name, of)
		return btoi(at >= 0)*len(of) + btoi(at == 0)*len(name)
	}
	slices.SortStableFunc(all, func(a, b link) int {
		return cmp.Or(cmp.Compare(btoi(b.set), btoi(a.set)), cmp.Compare(btoi(b.cascades()), btoi(a.cascades())), cmp.Compare(b.alike, a.alike), cmp.Compare(b.shared, a.shared),
			cmp.Compare(b.near, a.near), cmp.Compare(called(b), called(a)), cmp.Compare(t.ColumnIndex(a.on[0].Child), t.ColumnIndex(b.on[0].Child)))
	})
}

func (l link) cascades() bool { return l.fk != nil && l.fk.OnDelete == "cascade" }

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// called are the tables of tenants that columns of t are called after: note_id after notes
// and their id, task_id with task_inserted_at after tasks with a key of both. What is left
// of the table's name is in that of t.
func (s *schema) called(t *catalog.Table) []link {
	return slices.DeleteFunc(s.resembled(t), func(l link) bool { return l.alike < 100 })
}

// resembled are the tables of tenants of whose name columns of t have a part.
func (s *schema) resembled(t *catalog.Table) []link {
	var all []link
	for _, to := range s.tables {
		if _, tenants := s.own[to]; tenants && to != t {
			for _, k := range to.Keys {
				l, ok := s.calledBy(t, to, k)
				if ok && !slices.ContainsFunc(all, func(o link) bool { return o.to == to && slices.Equal(o.on, l.on) }) {
					all = append(all, l)
				}
			}
		}
	}
	s.rank(t, all)
	return all
}

// calledBy is the link by a key of another table, whose columns t has under its name.
func (s *schema) calledBy(t, to *catalog.Table, k *catalog.Key) (link, bool) {
	where, ok := whereOf(k)
	if k.Expression || k.Deferrable || !ok || k.Partial && hasWhole(to, k.Columns) {
		return link{}, false
	}
	l := link{to: to, where: where, set: true}
	name, about := nouns(to.Name.Name), nouns(t.Name.Name)
	for _, key := range k.Columns {
		of := to.Column(key)
		i := slices.IndexFunc(t.Columns, func(c *catalog.Column) bool {
			near := nearness(name, words(c.Name), words(key))
			if near == 0 || of == nil || s.refers(t, c.Name) || familyOf(c) == "" || familyOf(c) != familyOf(of) {
				return false
			}
			l.near, about = near, append(about, referred(c.Name)...)
			return true
		})
		if i < 0 {
			return link{}, false
		}
		l.on = append(l.on, config.Pair{Child: t.Columns[i].Name, Parent: key})
		l.set = l.set && t.Columns[i].NotNull
	}
	for _, w := range name {
		l.shared += btoi(slices.Contains(about, w))
	}
	l.alike = 100 * l.shared / max(len(name), 1)
	slices.SortFunc(l.on, func(a, b config.Pair) int { return cmp.Compare(t.ColumnIndex(a.Child), t.ColumnIndex(b.Child)) })
	return l, len(l.on) > 0
}

// hasWhole reports whether columns are a key of all rows.
func hasWhole(t *catalog.Table, columns []string) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool { return !k.Partial && !k.Expression && slices.Equal(k.Columns, columns) })
}

// nearness is how much of a table's name stands before the key's in the name of a column, in
// percent: note_id has all of notes and their id, task_id half of batch_tasks. It is 0 where
// something else stands there. A key that has the name itself, as note_id of notes, is that.
func nearness(table, column, key []string) int {
	n := len(column) - len(key)
	if n < 0 || !slices.Equal(column[n:], key) {
		return 0
	}
	said := referredBy(column[:n])
	if n == 0 {
		said = referredBy(key[:len(key)-1])
	}
	if within(table, said) < 0 {
		return 0
	}
	return 100 * len(said) / len(table)
}

// whereOf is the condition of a partial key as the configuration writes it.
func whereOf(k *catalog.Key) (string, bool) {
	var parts []string
	for _, w := range k.Where {
		parts = append(parts, catalog.QuoteIdent(w.Column)+tenancy.Test{Kind: w.Kind, Value: w.Value}.Text())
	}
	return strings.Join(parts, " AND "), k.Partial == (len(parts) > 0)
}

func familyOf(c *catalog.Column) string { return tenancy.Family(c) }

// child declares a table by its links.
func (s *schema) child(t *catalog.Table) *Table {
	links := s.acyclic(t)
	if first := links[0]; first.set { // what need not be there tells less
		links = slices.DeleteFunc(links, func(l link) bool {
			return l.set != first.set || l.cascades() != first.cascades() || l.near < first.near
		})
	}
	var choices []Choice
	for _, l := range links {
		choices = append(choices, Choice{config.Table{Parents: []config.Parent{s.parent(l)}}, s.whyParent(t, l)})
	}
	d := &Table{Choices: choices, Tied: len(links) > 1}
	if links[0].set || len(links) == 1 || links[0].fk == nil {
		return d
	}
	var either config.Table
	var names []string
	for _, l := range links {
		either.Parents = append(either.Parents, s.parent(l))
		names = append(names, l.on[0].Child)
	}
	kind := OneOfParents
	if !exclusive(t, names) {
		kind = AnyOfParents
	}
	d.Choices = append([]Choice{{either, Reason{Kind: kind, Names: names}}}, d.Choices...)
	d.Tied = false
	return d
}

// exclusive reports whether a CHECK lets one of the columns be set only.
func exclusive(t *catalog.Table, columns []string) bool {
	return slices.ContainsFunc(t.OneOf, func(set []string) bool {
		return !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(set, c) })
	})
}

// acyclic are the links of a table that do not lead back to it by way of what is reached
// before it.
func (s *schema) acyclic(t *catalog.Table) []link {
	ok := slices.DeleteFunc(slices.Clone(s.links[t]), func(l link) bool { return s.leadsTo(l.to, t, map[*catalog.Table]bool{}) })
	if len(ok) == 0 { // a table that was reached before is always there
		ok = slices.DeleteFunc(slices.Clone(s.links[t]), func(l link) bool { return s.own[l.to].depth >= s.own[t].depth })
	}
	return ok
}

// leadsTo reports whether some way from a table to its tenant passes another table.
func (s *schema) leadsTo(from, to *catalog.Table, seen map[*catalog.Table]bool) bool {
	if from == to {
		return true
	}
	if seen[from] || s.own[from].depth == 0 {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(s.links[from], func(l link) bool { return s.leadsTo(l.to, to, seen) })
}

func (s *schema) parent(l link) config.Parent {
	return config.Parent{Table: s.name(l.to), On: l.on, Where: l.where}
}

func (s *schema) whyParent(t *catalog.Table, l link) Reason {
	to := l.to.Name.String()
	switch {
	case l.fk == nil && l.near < 100:
		return Reason{Kind: ResemblesParent, Names: []string{l.on[0].Child, to}}
	case l.fk == nil:
		return Reason{Kind: CalledAfterParent, Names: []string{l.on[0].Child, to}}
	case !l.set:
		return Reason{Kind: MayHaveParent, Names: []string{l.fk.Name, l.on[0].Child}}
	}
	return Reason{Kind: ByForeignKey, Names: []string{l.fk.Name}}
}
