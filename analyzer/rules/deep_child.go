package rules

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var deepChild = &Rule{
	Name:     "deep-child",
	Title:    "a table is a child of a child of a child",
	Severity: Warning,
	Kind:     Schema,
	Text: `Each level asks the next one for each row, and a query that joins the whole chain
asks for every table anew: with d levels, d (d + 1) / 2 look-ups more. At three
levels a joined look-up by key takes about twice as long as without policies, at
five about four times (docs/performance.md). That is the server's: a policy is kept
apart from the query's own joins (PostgreSQL manual, 5.8 and 41.5).

Give the first child of the chain the tenant column, then the next: tenantgen
advise --tenant-column <table> writes the migrations.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE comments (note_id uuid NOT NULL REFERENCES notes (id), id uuid UNIQUE, PRIMARY KEY (note_id, id));
CREATE TABLE reactions (comment_id uuid NOT NULL REFERENCES comments (id), id uuid UNIQUE, PRIMARY KEY (comment_id, id));`,
	Bad:  `CREATE TABLE reaction_views (reaction_id uuid NOT NULL REFERENCES reactions (id), id uuid, PRIMARY KEY (reaction_id, id));`,
	Good: `CREATE TABLE reports (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			if first, depth := p.depth(t); depth > deepest {
				p.report(t.Pos, t.Name.String(), "start with tenantgen advise --tenant-column "+first.Name.String(),
					fmt.Sprintf("%s is %d levels below the tenant column, and every level is asked for each row", t.Name, depth))
			}
		}
	},
}

// deepest is how many levels children are no finding for.
const deepest = 2

// depth is how many levels a table is below a tenant table, on its longest way, and the
// first child on it.
func (p *Pass) depth(t *catalog.Table) (first *catalog.Table, levels int) {
	return p.depthOf(t, nil)
}

func (p *Pass) depthOf(t *catalog.Table, below []*catalog.Table) (first *catalog.Table, levels int) {
	o := p.Own.Of(t)
	if o.Kind != tenancy.Child || slices.Contains(below, t) {
		return nil, 0
	}
	first, levels = t, 1
	for _, link := range o.Parents {
		if f, n := p.depthOf(link.Table, append(slices.Clip(below), t)); n+1 > levels && f != nil {
			first, levels = f, n+1
		}
	}
	return first, levels
}
