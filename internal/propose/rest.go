package propose

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// rest declares the tables that nothing ties to a tenant as nobody's, and leaves open those
// of which that is not sure.
func (s *schema) rest(declared map[*catalog.Table]*Table) {
	open := map[*catalog.Table]*Table{}
	var left []*catalog.Table
	for _, t := range s.tables {
		if _, tenants := s.own[t]; tenants || declared[t] != nil {
			if declared[t] != nil && declared[t].Open {
				open[t] = declared[t]
			}
			continue
		}
		left = append(left, t)
	}
	for again := true; again; { // who refers to a table that is open may be a tenant's by it
		again = false
		for _, t := range left {
			if open[t] == nil {
				if d := s.doubtful(t, open); d != nil {
					open[t], declared[t], again = d, d, true
				}
			}
		}
	}
	for _, t := range left {
		if open[t] == nil {
			declared[t] = &Table{Choices: []Choice{{config.Table{Global: true}, s.whyGlobal(t)}}}
		}
	}
}

// doubtful leaves a table open of which something says that it may be a tenant's.
func (s *schema) doubtful(t *catalog.Table, open map[*catalog.Table]*Table) *Table {
	d := &Table{Open: true}
	global := Choice{config.Table{Global: true}, Reason{Kind: IfNobodys}}
	switch column, noun := s.tenantLike(t), s.polymorphic(t); {
	case t.External:
		d.Why = Reason{Kind: IsForeign}
		if column != "" {
			global.Declared.NoTenant = "<why>"
		}
	case t.Temporary:
		d.Why = Reason{Kind: IsTemporary}
	case t.Unsure != "":
		d.Why = Reason{Kind: UnsureTable, Names: []string{t.Unsure}}
	case column != "":
		d.Why = Reason{Kind: LooksLikeTenant, Names: []string{column}}
		d.Choices = append(d.Choices, Choice{config.Table{TenantColumn: column, Level: s.level(0)}, Reason{Kind: IfTenant, Names: []string{column}}})
		global.Declared.NoTenant = "<why>"
	case t.RLS || len(t.Policies) > 0:
		d.Why = Reason{Kind: HasPolicies}
	case noun != nil:
		d.Why = Reason{Kind: IsPolymorphic, Names: noun}
	case s.calledLikeTenants(t):
		d.Why = Reason{Kind: CalledLikeTenants}
		if k := t.PrimaryKey(); k != nil && len(k.Columns) == 1 {
			d.Choices = append(d.Choices, Choice{config.Table{TenantColumn: k.Columns[0], Level: s.level(0)}, Reason{Kind: IfTenant, Names: k.Columns}})
		}
	case s.heir(t, open) != nil:
		d.Why = Reason{Kind: HasHeir, Names: []string{s.heir(t, open).Name.String()}}
	default:
		var unsure bool
		if d, unsure = s.halfTied(t, open); !unsure {
			return nil
		}
	}
	d.Choices = append(d.Choices, global)
	return d
}

// tenantLike is a column that is named after the tenants and is not their column: of another
// type, or one of several.
func (s *schema) tenantLike(t *catalog.Table) string {
	for _, c := range t.Columns {
		for _, l := range s.levels {
			if within(nouns(c.Name), strings.Fields(l.noun)) >= 0 || endsIn(referred(c.Name), l.noun) {
				return c.Name
			}
		}
	}
	return ""
}

// endsIn reports whether the last word ends in a noun, as actororg does where nobody quoted
// actorOrg.
func endsIn(said []string, noun string) bool {
	return len(said) > 0 && noun != "" && slices.ContainsFunc(spellings(noun), func(w string) bool { return strings.HasSuffix(said[len(said)-1], w) })
}

// polymorphic are columns that say together what a row belongs to: owner_type and owner_id.
func (s *schema) polymorphic(t *catalog.Table) []string {
	for _, c := range t.Columns {
		w := words(c.Name)
		n := len(w) - 1
		if n < 1 || w[n] != "type" && w[n] != "kind" {
			continue
		}
		for _, o := range t.Columns {
			if v := words(o.Name); len(v) == n+1 && slices.Equal(v[:n], w[:n]) && slices.Contains(keyWords, v[n]) && !s.refers(t, o.Name) {
				return []string{c.Name, o.Name}
			}
		}
	}
	return nil
}

func (s *schema) refers(t *catalog.Table, column string) bool {
	return slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return slices.Contains(f.Columns, column) })
}

// heir is a table that inherits from t, or a partition of it, and has what ties it to tenants.
func (s *schema) heir(t *catalog.Table, open map[*catalog.Table]*Table) *catalog.Table {
	for _, n := range t.Children {
		heir := s.db.Table(n)
		if heir == nil {
			continue
		}
		_, half := s.halfTied(heir, open)
		if level, _ := s.byColumn(heir); level >= 0 || half || heir.External || heir.RLS || s.tenantLike(heir) != "" || s.polymorphic(heir) != nil || len(s.foreign(heir)) > 0 {
			return heir
		}
		if h := s.heir(heir, open); h != nil {
			return h
		}
	}
	return nil
}

// calledLikeTenants reports whether a table is called as the tenants are, though nothing
// refers to it as to theirs.
func (s *schema) calledLikeTenants(t *catalog.Table) bool {
	name := nouns(t.Name.Name)
	return slices.ContainsFunc(s.levels, func(c *candidate) bool {
		noun := strings.Fields(c.noun)
		return len(noun) > 0 && len(name) >= len(noun) && slices.Equal(name[len(name)-len(noun):], noun)
	})
}

// halfTied leaves a table open that something may tie to a tenant's: a foreign key to a table
// that is open itself, or that no schema file creates, and a column that is called after a
// table of tenants, or after a part of its name.
func (s *schema) halfTied(t *catalog.Table, open map[*catalog.Table]*Table) (*Table, bool) {
	why := func(kind ReasonKind, names ...string) (*Table, bool) {
		return &Table{Open: true, Why: Reason{Kind: kind, Names: names}}, true
	}
	for _, fk := range t.Foreign {
		switch to := s.db.Table(fk.RefTable); {
		case to == nil:
			return why(RefersToUnknown, fk.Columns[0], fk.RefTable.String())
		case open[to] != nil && to != t:
			return why(RefersToOpen, fk.Columns[0], to.Name.String())
		}
	}
	if by := s.partOf(t); by != nil {
		return why(PartOfTenants, by.Columns[0], s.ownerOf(by).Name.String())
	}
	if like := s.resembled(t); len(like) > 0 {
		d, _ := why(EndsLikeParent, like[0].on[0].Child, like[0].to.Name.String())
		d.Choices = []Choice{{config.Table{Parents: []config.Parent{s.parent(like[0])}}, Reason{Kind: IfParent, Names: d.Why.Names}}}
		return d, true
	}
	for _, c := range t.Columns {
		for _, to := range s.tables {
			_, tenants := s.own[to]
			if to == t || s.refers(t, c.Name) || !calledAfter(c, to) {
				continue
			}
			if open[to] != nil {
				return why(RefersToOpen, c.Name, to.Name.String())
			}
			if tenants {
				d, _ := why(EndsLikeParent, c.Name, to.Name.String())
				d.Choices = s.asParent(c, to)
				return d, true
			}
		}
	}
	if leads := s.leading(t); leads != "" {
		return why(LookedUpBy, leads)
	}
	return &Table{}, false
}

// unexplained are the columns of a table that are ids of something else by their names or
// their type, and nothing says of what.
func (s *schema) unexplained(t *catalog.Table) []string {
	var all []string
	for _, c := range t.Columns {
		w := words(c.Name)
		id := len(w) > 1 && slices.Contains([]string{"id", "uuid", "guid"}, w[len(w)-1]) || familyOf(c) == "uuid" && len(w) > 0 && !slices.Equal(w, []string{"id"})
		known := slices.ContainsFunc(s.tables, func(to *catalog.Table) bool { return calledAfter(c, to) })
		if id && !known && !unique(t, c.Name) && !s.refers(t, c.Name) {
			all = append(all, c.Name)
		}
	}
	return all
}

// leading is an unexplained column by which rows of a table are looked up: it leads a key or
// an index; keys have one.
func (s *schema) leading(t *catalog.Table) string {
	for _, c := range s.unexplained(t) {
		if slices.ContainsFunc(t.Indexes, func(i *catalog.Index) bool { return len(i.Columns) > 0 && i.Columns[0] == c }) {
			return c
		}
	}
	return ""
}

// partOf is a foreign key by which each row of t is of one row of a tenant's at most: that it
// is a tenant's as well is likely, though it does not say whose.
func (s *schema) partOf(t *catalog.Table) *catalog.ForeignKey {
	for _, o := range s.tables {
		if _, tenants := s.own[o]; !tenants {
			continue
		}
		for _, fk := range o.Foreign {
			if fk.RefTable == t.Name && len(fk.Columns) == 1 && unique(o, fk.Columns[0]) {
				return fk
			}
		}
	}
	return nil
}

// ownerOf is the table that has a foreign key.
func (s *schema) ownerOf(fk *catalog.ForeignKey) *catalog.Table {
	return s.tables[slices.IndexFunc(s.tables, func(t *catalog.Table) bool { return slices.Contains(t.Foreign, fk) })]
}

// asParent is the choice that a column refers to a table by its primary key, where it can.
func (s *schema) asParent(c *catalog.Column, to *catalog.Table) []Choice {
	k := to.PrimaryKey()
	if k == nil || len(k.Columns) != 1 || familyOf(c) == "" || familyOf(c) != familyOf(to.Column(k.Columns[0])) {
		return nil
	}
	l := link{to: to, on: []config.Pair{{Child: c.Name, Parent: k.Columns[0]}}}
	return []Choice{{config.Table{Parents: []config.Parent{s.parent(l)}}, Reason{Kind: IfParent, Names: []string{c.Name, to.Name.String()}}}}
}

// calledAfter reports whether the name of a column ends in that of a table: parent_note_id
// in notes, or actor_note, when it has the type of their key.
func calledAfter(c *catalog.Column, to *catalog.Table) bool {
	w := words(c.Name)
	said, name := referred(c.Name), nouns(to.Name.Name)
	if len(said) < len(name) || !slices.Equal(said[len(said)-len(name):], name) {
		return false
	}
	if slices.Contains(keyWords, w[len(w)-1]) {
		return true
	}
	k := to.PrimaryKey()
	return k != nil && len(k.Columns) == 1 && to.Column(k.Columns[0]) != nil && familyOf(c) == familyOf(to.Column(k.Columns[0]))
}

// whyGlobal says that nothing ties a table to a tenant, and who refers to it.
func (s *schema) whyGlobal(t *catalog.Table) Reason {
	if m := s.membership(t); m != nil {
		return Reason{Kind: InSeveral, Names: []string{m.Name.String()}, Unexplained: s.unexplained(t)}
	}
	var by []string
	for _, o := range s.tables {
		if _, tenants := s.own[o]; tenants && slices.ContainsFunc(o.Foreign, func(f *catalog.ForeignKey) bool { return f.RefTable == t.Name }) {
			by = append(by, o.Name.String())
		}
	}
	return Reason{Kind: NothingTies, Names: by, Unexplained: s.unexplained(t)}
}
