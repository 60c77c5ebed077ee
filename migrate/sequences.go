package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// draws gives a role the sequences that it takes numbers from: those that queries name, and
// those of the defaults of columns of tables that it inserts into, serial ones among them.
// Identity columns need no right (PostgreSQL manual, 5.7 and 9.17). What an earlier plan gave
// and nothing needs any more is taken back; grants that somebody else wrote stay, since a
// sequence holds no rows.
func (p *planner) draws(role string, list []access, named []catalog.Name) {
	wanted := slices.Clone(named)
	for _, a := range list {
		if a.table != nil && slices.Contains(a.privileges, "insert") {
			for _, c := range a.table.Columns {
				wanted = append(wanted, c.Draws...)
			}
		}
	}
	slices.SortFunc(wanted, catalog.Name.Compare)
	wanted = slices.Compact(wanted)
	for _, name := range wanted {
		if !p.hasSequence(role, name) {
			p.drawStep(role, name, true)
		}
	}
	for _, g := range slices.Clone(p.db.Grants) {
		if g.Kind == "sequence" && g.Role == role && g.Privilege == "usage" && strings.Contains(g.Pos.File, PolicyName) && !slices.Contains(wanted, g.On) && !p.db.Answered(g.Pos) {
			p.drawStep(role, g.On, false)
		}
	}
}

func (p *planner) drawStep(role string, name catalog.Name, may bool) {
	on := "SEQUENCE " + QuoteName(name)
	grant, revoke := p.grant([]string{"usage"}, on, role), p.revoke([]string{"usage"}, on, role)
	step := Step{Comment: fmt.Sprintf("%s: %s may take numbers from it.", name, role), SQL: []string{grant}, Reverse: []string{revoke}, Cause: "a query, or the default of a column that one inserts, calls nextval"}
	if !may {
		step = Step{Comment: fmt.Sprintf("%s: %s may not take numbers from it any more.", name, role), SQL: []string{revoke}, Reverse: []string{grant}, Cause: "nothing needs it"}
	}
	p.add(step)
}

// hasSequence reports whether migrations let a role call nextval: USAGE or UPDATE is enough.
func (p *planner) hasSequence(role string, name catalog.Name) bool {
	return slices.ContainsFunc(p.db.Grants, func(g *catalog.Grant) bool {
		return g.Role == role && g.Kind == "sequence" && !g.Default && g.On == name && slices.Contains([]string{"usage", "update", "all"}, g.Privilege)
	})
}
