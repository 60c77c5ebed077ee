package schemagen

import (
	"fmt"
	"slices"
	"strings"
)

// on compares the columns of a link and mostly says what else is declared of it.
func (g *stmt) on(l *Link, from, to string) string {
	return join(append([]string{l.on(from, to)}, g.besides(l, from, to)...), " AND ")
}

// besides is what a declared link says besides its columns, mostly, and seldom something else.
func (g *stmt) besides(l *Link, from, to string) []string {
	var out []string
	for _, c := range l.conditions(from, to) {
		switch g.newer.weighted(84, 10, 3, 3) {
		case 0:
			out = append(out, c)
		case 2:
			out = append(out, "NOT ("+c+")")
		case 3:
			out = append(out, "("+c+") IS NOT FALSE")
		}
	}
	return out
}

// ofSet is a query for a set of tenants.
func (g *stmt) ofSet() *Statement {
	switch g.newer.weighted(45, 20, 20, 15) {
	case 0:
		return g.finished(g.query(nil).text)
	case 1:
		return g.finished(g.setOperation(nil))
	case 2:
		return g.finished(g.derived())
	}
	return g.finished(g.outerAggregate())
}

// among pins a tenant column by a set, in one of many ways.
func (g *stmt) among(own, p string, c *Column) string {
	typ := g.s.root.name
	if c.Type != "" && g.newer.chance(12) {
		typ = bare(c.Type)
	}
	if g.newer.chance(3) {
		typ = bare(pick(g.newer, g.s.root.nearly...))
	}
	switch g.newer.weighted(80, 5, 4, 4, 3, 4) {
	case 1:
		return fmt.Sprintf("%s IN (SELECT unnest(%s::%s[]))", own, p, typ)
	case 2:
		return fmt.Sprintf("%s <> ALL (%s::%s[])", own, p, typ)
	case 3:
		return fmt.Sprintf("%s::%s = ANY (%s::%s[])", own, typ, p, typ)
	case 4:
		return fmt.Sprintf("%s = ANY (%s::%s[] || %s)", own, p, typ, own)
	case 5:
		return fmt.Sprintf("NOT (%s <> ALL (%s::%s[]))", own, p, typ)
	}
	return fmt.Sprintf("%s = ANY (%s::%s[])", own, p, typ)
}

// choose is for a pair of states in which the rows of several tenants stay.
func (p *Pair) choose(r *rng, s *Schema) {
	p.Set = []string{p.Tenant}
	if !s.Sets || r.chance(40) {
		return
	}
	others := slices.DeleteFunc(slices.Clone(s.Tenants), func(t string) bool { return t == p.Tenant })
	p.Set = append(p.Set, pick(r, others...))
}

// Array is the set as the value of a parameter.
func (p *Pair) Array() string {
	var ids []string
	for _, id := range p.Set {
		ids = append(ids, `"`+id+`"`)
	}
	return "{" + strings.Join(ids, ",") + "}"
}

// Among reports whether somebody's rows are those of a tenant of the set.
func (p *Pair) Among(owner string) bool { return slices.Contains(p.Set, owner) }
