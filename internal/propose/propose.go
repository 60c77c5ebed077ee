// Package propose looks at the tables of a schema and proposes whose rows they have:
// options.tenantgen for an application that has none. What the schema says by keys is
// proposed; what nothing says is a choice for whoever reads it, and no table is taken for
// nobody's that anything ties to a tenant. The outcome is plain data; words.go says it in
// comments, and render.go writes the block.
package propose

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// Input is what a proposal is made from.
type Input struct {
	Schemas []*catalog.Database
	// Column is the tenant's as somebody named it, "" to look for one.
	Column string
	// Levels asks for levels of tenancy, where the schema has some.
	Levels bool
}

// Proposal is options.tenantgen with reasons.
type Proposal struct {
	Tenants Tenants
	// Inner is the level within the tenants that the schema may have, nil when it has none;
	// Levels tells that it is proposed.
	Inner  *Tenants
	Levels bool
	Tables []*Table
	// Columned names the tables that have the tenant column, and so need no entry.
	Columned []string
	Settings Settings
	// Functions are those that something calls and nobody can read.
	Functions []string
	// Others are columns that look like a tenant's as well.
	Others []Tenants
}

// Tenants is what tells tenants of one level apart.
type Tenants struct {
	Noun string
	// Columns are the spellings of the tenant column, the most frequent first, each in so many tables.
	Columns []string
	Counts  []int
	Root    string // the table of the tenants, "" when there is none
	// Unlike names the tables where the column is of another type than in most.
	Unlike []string
}

// Tables is in how many tables the tenants are told apart by a column.
func (t Tenants) Tables() int {
	n := 0
	for _, c := range t.Counts {
		n += c
	}
	return n
}

// Table is what is proposed for one table.
type Table struct {
	Name string // as the configuration names it
	// Choices are declarations for it, the best first. It is the proposed one unless Open.
	Choices []Choice
	// Open tells that nobody but who knows the application can say, and Why what stands in
	// the way of proposing the first choice.
	Open bool
	Why  Reason
	// Tied tells that more than one choice is as good as the first by what the schema says.
	Tied bool
}

// Choice is a declaration with what speaks for it.
type Choice struct {
	Declared config.Table
	Why      Reason
}

// Reason is why something is proposed, or left open. Words are in words.go.
type Reason struct {
	Kind  ReasonKind
	Names []string
	// Unexplained are columns that refer to something, and nothing says to what.
	Unexplained []string
}

// ReasonKind tells reasons apart.
type ReasonKind int

// Make proposes. It returns nil when no column tells tenants apart, and what might be one.
func Make(in Input) (*Proposal, []Tenants) {
	f := &finder{in: in}
	for _, db := range in.Schemas {
		f.schemas = append(f.schemas, newSchema(db))
	}
	chosen, others := f.tenants()
	if chosen == nil {
		return nil, others
	}
	p := &Proposal{Tenants: chosen.said(), Others: others}
	inner := f.inner(chosen)
	if inner != nil {
		said := inner.said()
		p.Inner = &said
	}
	levels := []*candidate{chosen}
	if p.Levels = inner != nil && in.Levels; p.Levels {
		levels = append(levels, inner)
	}
	for _, s := range f.schemas {
		s.decide(levels)
		p.merge(s)
	}
	p.Settings = settings(in.Schemas)
	return p, others
}

// finder looks for the tenants of all schemas together.
type finder struct {
	in      Input
	schemas []*schema
}

// merge adds what is proposed for a schema. Entries of sqlc.yaml may have tables of one name
// that are not the same.
func (p *Proposal) merge(s *schema) {
	for _, t := range s.out {
		i := slices.IndexFunc(p.Tables, func(o *Table) bool { return o.Name == t.Name })
		if i < 0 {
			p.Tables = append(p.Tables, t)
			continue
		}
		if old := p.Tables[i]; !sameChoice(old, t) {
			old.Open, old.Why = true, Reason{Kind: DiffersByEntry}
			old.Choices = append(old.Choices, t.Choices...)
		}
	}
	for _, name := range s.columned {
		if !slices.Contains(p.Columned, name) {
			p.Columned = append(p.Columned, name)
		}
	}
}

func sameChoice(a, b *Table) bool {
	return a.Open == b.Open && len(a.Choices) == len(b.Choices) && (len(a.Choices) == 0 || sameTable(a.Choices[0].Declared, b.Choices[0].Declared))
}

func sameTable(a, b config.Table) bool {
	return a.TenantColumn == b.TenantColumn && a.Level == b.Level && a.Global == b.Global && slices.EqualFunc(a.Parents, b.Parents, func(x, y config.Parent) bool {
		return x.Table == y.Table && x.Where == y.Where && slices.Equal(x.On, y.On)
	})
}
