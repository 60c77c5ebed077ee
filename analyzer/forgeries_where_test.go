package analyzer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"golang.org/x/tools/txtar"
)

func whereCase(t testing.TB) *testCase {
	return newCase(t, "where", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, slug text);
CREATE TABLE projects (org_id int NOT NULL, slug text NOT NULL, deleted_at date, live bool, kind text);
CREATE UNIQUE INDEX ON projects (slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX ON projects (slug) WHERE live AND kind = 'a' AND deleted_at IS NOT NULL;
CREATE TABLE tasks (slug text NOT NULL, body text);
CREATE TABLE cards (slug text NOT NULL, body text);
-- tenancy --
parent tasks projects slug=slug where deleted_at IS NULL
parent cards projects slug=slug where live AND kind = 'a' AND deleted_at IS NOT NULL
-- queries.sql --
`)))
}

const (
	ofLive    = "SELECT t.body FROM tasks t JOIN projects p ON p.slug = t.slug AND p.deleted_at IS NULL JOIN projects q ON q.slug = p.slug AND q.deleted_at IS NULL WHERE p.org_id = $1 AND q.org_id = $1"
	ofTests   = "SELECT c.body FROM cards c JOIN projects p ON p.slug = c.slug WHERE p.live AND p.kind = 'a' AND p.deleted_at IS NOT NULL AND p.org_id = $1"
	ofNotLive = "SELECT n.id FROM notes n LEFT JOIN (projects p JOIN tasks t ON t.slug = p.slug AND p.org_id = $1) ON p.slug = n.slug WHERE n.org_id = $1 AND p.deleted_at IS NULL"
	ofInner   = "SELECT t.body FROM tasks t JOIN (SELECT p.slug FROM projects p WHERE p.org_id = $1 AND p.deleted_at IS NULL) x ON x.slug = t.slug"
	ofArms    = "SELECT t.body FROM tasks t JOIN (SELECT p.slug FROM projects p WHERE p.org_id = $1 AND p.deleted_at IS NULL UNION ALL SELECT q.slug FROM projects q WHERE q.org_id = $1 AND q.deleted_at IS NULL) x ON x.slug = t.slug"
	undelete  = "UPDATE projects SET deleted_at = NULL WHERE org_id = $1"
	ofRight   = "SELECT n.id FROM (projects p JOIN tasks t ON t.slug = p.slug AND p.org_id = $1) RIGHT JOIN notes n ON p.slug = n.slug WHERE n.org_id = $1 AND p.deleted_at IS NULL"
	ofPair    = "SELECT n.id FROM notes n LEFT JOIN projects p ON p.org_id = $1 AND EXISTS (SELECT 1 FROM tasks t WHERE t.slug = p.slug) WHERE n.org_id = $1 AND p.deleted_at IS NULL"
	ofShown   = "SELECT x.slug FROM (SELECT n.org_id, p.slug, p.deleted_at FROM notes n LEFT JOIN (projects p JOIN tasks t ON t.slug = p.slug AND p.org_id = $1) ON p.slug = n.slug) x WHERE x.org_id = $1 AND x.deleted_at IS NULL"
)

// isNull is the test of a column that stands in the statement.
func (x *forger) isNull(of term) certificate.Step {
	op := find(x, "IS NULL", func(o *query.Op) bool {
		c, ok := o.Args, len(o.Args) == 1
		col, column := (*query.Col)(nil), false
		if ok {
			col, column = c[0].(*query.Col)
		}
		return column && o.Text == "IS NULL" && (certificate.Column(col.Rel, col.Index)) == of
	})
	return certificate.Step{A: of, B: certificate.Null(), Kind: certificate.Tested, Node: op}
}

// byProject writes a proof that t belongs to its row of projects, because of what.
func (x *forger) byProject(test ...certificate.Step) {
	parent := &tenancy.Parent{Table: x.table("projects"), On: []tenancy.Pair{{Child: 0, Parent: 1}}, Where: []tenancy.Test{{Column: 2, Kind: catalog.IsNull}}}
	if i := slices.IndexFunc(x.c.Pins, func(p certificate.Pin) bool { return p.Base.Alias == "t" }); i < 0 {
		x.c.Pins = append(x.c.Pins, certificate.Pin{Base: x.base("t")})
	}
	x.c.Assumes = []certificate.Premise{certificate.Link(x.table("tasks"), *parent)}
	x.related("t", certificate.Step{Kind: certificate.ParentRow, Parent: parent}, "p", certificate.Chain{x.by("t.slug = p.slug", x.at("t", 0), x.at("p", 1))}, test)
}

var wheres = []forgery{
	{"no test", ofLive, func(x *forger) { x.parentStep().Premises = x.parentStep().Premises[:1] }, holdsNot},
	{"an empty test", ofLive, func(x *forger) { x.parentStep().Premises[1] = nil }, holdsNot},
	{"a test too many", ofLive, func(x *forger) { x.parentStep().Premises = append(x.parentStep().Premises, nil) }, holdsNot},
	{"the test of another row", ofLive, func(x *forger) { x.parentStep().Premises[1] = certificate.Chain{x.isNull(x.at("q", 2))} }, holdsNot},
	{"another row's condition", ofLive, func(x *forger) { x.parentStep().Premises[1][0].Node = x.isNull(x.at("q", 2)).Node }, holdsNot},
	{"a condition that says something else", ofLive, func(x *forger) { x.parentStep().Premises[1][0].Node = x.eq("q.slug = p.slug") }, holdsNot},
	{"not null for null", ofLive, func(x *forger) { x.parentStep().Premises[1][0].B = certificate.NotNull() }, holdsNot},
	{"a parameter for null", ofLive, func(x *forger) { x.parentStep().Premises[1][0].B = param(1) }, holdsNot},
	{"a parent under no condition", ofLive, func(x *forger) {
		p := *x.parentStep().Parent
		p.Where = nil
		x.parentStep().Parent, x.parentStep().Premises = &p, x.parentStep().Premises[:1]
	}, holdsNot},
	{"no premise", ofLive, func(x *forger) { x.c.Assumes = nil }, "parent-link"},
	{"the premise of another condition", ofLive, func(x *forger) { x.c.Assumes[0].Constraint = "projects" }, "parent-link"},
	{"a foreign key for the premise", ofLive, func(x *forger) {
		x.c.Assumes = nil
		x.table("tasks").Foreign = []*catalog.ForeignKey{{Name: "f", Columns: []string{"slug"}, RefTable: x.table("projects").Name, RefColumns: []string{"slug"}}}
	}, "parent-link"},
	{"a live that is not", ofTests, func(x *forger) {
		find(x, "AND", func(*query.And) bool { return true }).Args[0] = &query.Not{Arg: x.parentStep().Premises[1][0].Node.(query.Expr)}
	}, holdsNot},
	{"a live that is false", ofTests, func(x *forger) { x.parentStep().Premises[1][0].B = x.literal("a") }, holdsNot},
	{"the kind for live", ofTests, func(x *forger) { x.parentStep().Premises[1] = x.parentStep().Premises[2] }, holdsNot},
	{"another kind", ofTests, func(x *forger) { x.constant("a").Literal = x.literal("true").Number() }, holdsNot},
	{"a kind under a collation", ofTests, func(x *forger) { x.table("projects").Column("kind").Value.Nondeterministic = true }, holdsNot},
	{"null for not null", ofTests, func(x *forger) { x.parentStep().Premises[3][0].B = certificate.Null() }, holdsNot},
	{"the row of nulls", ofNotLive, func(x *forger) { x.byProject(x.isNull(x.at("p", 2))) }, holdsNot},
	{"the row of nulls to the left", ofRight, func(x *forger) { x.byProject(x.isNull(x.at("p", 2))) }, holdsNot},
	{"the row of nulls in a subquery of ON", ofPair, func(x *forger) { x.byProject(x.isNull(x.at("p", 2))) }, holdsNot},
	{"the row of nulls outside", ofShown, func(x *forger) {
		x.proves("n", 1, x.filtered(x.at("n", 0), "x", 0), x.by("x.org_id = $1", x.outer("x", 0), param(1)))
		x.byProject(x.filtered(x.at("p", 2), "x", 2), x.isNull(x.outer("x", 2)))
	}, holdsNot},
	{"a row that is said to pass", ofInner, func(x *forger) { x.behind().Passes = nil }, "a test is not known"},
	{"a row that is said to pass another test", ofInner, func(x *forger) {
		for _, r := range x.c.Rows {
			r.Claim.Tests[0].Kind = catalog.IsNotNull
		}
	}, "a test is not known"},
	{"a row of which no test is said", ofInner, func(x *forger) { x.behind().Tests = nil }, holdsNot},
	{"an arm of which no test is said", ofArms, func(x *forger) { x.behind().Arms[1].Tests = nil }, "arm 2 does not know a test"},
	{"a first arm of which no test is said", ofArms, func(x *forger) { x.behind().Arms[0].Tests = nil }, "arm 1 does not know a test"},
	{"children who come back", undelete, func(x *forger) { x.c.Assumes = x.c.Assumes[:1] }, "parent-link"},
	{"other children who come back", undelete, func(x *forger) { x.c.Assumes = x.c.Assumes[1:] }, "parent-link"},
}

func TestCheckerRefusesForgedTests(t *testing.T) { checkerRefuses(t, wheres, whereCase) }

// The same proof is accepted where no row of nulls is in the way, too.
func TestTestsAreProved(t *testing.T) {
	checkerAccepts(t, whereCase(t), ofLive, ofTests, ofInner, ofArms, undelete)
	c := whereCase(t)
	a := c.analysis()
	st, cert := a.Certify(t, "-- name: Plain :exec\n"+strings.Replace(ofNotLive, "LEFT JOIN", "JOIN", 1)+";\n")
	x := &forger{t: t, db: c.db, st: st, c: cert}
	x.byProject(x.isNull(x.at("p", 2)))
	if err := a.Check(st, cert); err != nil {
		t.Error(err)
	}
}
