package checker

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// handSchema is what the certificates below are about.
const handSchema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text, author_id int, public bool, UNIQUE (org_id, id));
CREATE TABLE tasks (org_id int NOT NULL, id int PRIMARY KEY, note_id int NOT NULL, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes (id), body text);
CREATE TABLE plans (id int PRIMARY KEY, org int);
CREATE TABLE projects (org_id int NOT NULL, slug text NOT NULL, deleted_at date);
CREATE UNIQUE INDEX ON projects (slug) WHERE deleted_at IS NULL;
CREATE TABLE cards (slug text NOT NULL, body text);
CREATE TABLE bills (org_id int NOT NULL DEFAULT current_setting('app.org_id')::int, id int);
`

// hand is a statement with a certificate that is written by hand, as no prover did.
type hand struct {
	*checker
	t *testing.T
	c *certificate.Certificate
}

// newRow is an inserted row, body stands for the rows of a WITH query, behindRow for a row
// behind others.
const (
	newRow    query.RelID = 900
	bodyRows  query.RelID = 901
	behindRow query.RelID = 902
)

func write(t *testing.T, sql string) *hand {
	t.Helper()
	project := of("projects", "slug=slug")
	project.Where = "deleted_at IS NULL"
	k := world(t, handSchema, global("plans"), child("comments", of("notes", "note_id=id")), child("cards", project))
	k.own.SetByCalls = "app.org_id"
	k.own.Allow(k.table("notes"), [][]string{{"public"}})
	l := &lower.Lowerer{DB: k.db, Forms: true, Literals: k.own.Literals}
	k.st = l.Lower(sqltext.Split(sql)[0], sql)
	for _, o := range k.st.Opaque {
		t.Fatalf("%s: %s", sql, o.Reason)
	}
	return &hand{k, t, &certificate.Certificate{Tenants: []int{1}}}
}

// part is the n-th part of the statement that is a T.
func part[T query.Node](x *hand, n int, is func(T) bool) T {
	x.t.Helper()
	var all []T
	var walk func(query.Node)
	walk = func(p query.Node) {
		if v, ok := p.(T); ok && is(v) {
			all = append(all, v)
		}
		if o, ok := any(p).(*query.Op); ok && o.Implies != nil {
			walk(o.Implies)
		}
		if o, ok := any(p).(*query.Op); ok && o.Filter != nil && !slices.Contains(o.Args, o.Filter) {
			walk(o.Filter)
		}
		query.Children(p, walk)
	}
	walk(x.st.Root)
	if len(all) <= n {
		x.t.Fatalf("the statement has %d such parts", len(all))
	}
	return all[n]
}

func any1[T query.Node](x *hand) T { return part(x, 0, func(T) bool { return true }) }

func (x *hand) base(alias string) *query.Base {
	return part(x, 0, func(b *query.Base) bool { return b.Alias == alias })
}

// col is a column of a table, by its alias, out one of the sub-select x.
func (x *hand) col(alias string, i int) certificate.Term {
	return certificate.Column(x.base(alias).ID, i)
}

func (x *hand) out(i int) certificate.Term { return certificate.Column(any1[*query.Derived](x).ID, i) }

func (x *hand) inner() *query.Select { return any1[*query.Derived](x).Query.(*query.Select) }

func (x *hand) eq(text string, n int) *query.Eq {
	return part(x, n, func(e *query.Eq) bool { return e.Text == text })
}

// by is a step by the n-th equality that is written so.
func (x *hand) by(text string, n int) certificate.Step {
	e := x.eq(text, n)
	a, _ := certificate.ValueOf(e.L)
	b, _ := certificate.ValueOf(e.R)
	return certificate.Step{A: a, B: b, Kind: certificate.Condition, Node: e, Text: text}
}

// owned is the step from a row of notes, tasks or projects to its tenant column.
func owned(row query.RelID) certificate.Step {
	return certificate.Step{A: certificate.Owner(row), B: certificate.Column(row, 0), Kind: certificate.Tenant}
}

func (x *hand) step(kind certificate.Kind, node any, a, b certificate.Term) certificate.Step {
	return certificate.Step{A: a, B: b, Kind: kind, Node: node}
}

// pins writes the proof of an occurrence that goes by alias.
func (x *hand) pins(alias string, steps ...certificate.Step) *hand {
	b := x.base(alias)
	x.c.Pins = append(x.c.Pins, certificate.Pin{Base: b, Row: b.ID, Chain: steps})
	return x
}

// plainly pins it by its tenant column, which a condition says is the tenant.
func (x *hand) plainly(alias string) *hand {
	return x.pins(alias, owned(x.base(alias).ID), x.by(alias+".org_id = $1", 0))
}

// any is the = ANY by which a column of the table that goes by alias is an element of an array.
func (x *hand) any(alias string) *query.Op {
	return part(x, 0, func(o *query.Op) bool {
		if o.Text != "= ANY" || len(o.Args) == 0 {
			return false
		}
		c, ok := o.Args[0].(*query.Col)
		return ok && c.Rel == x.base(alias).ID
	})
}

// among pins n by the array of which its tenant column is an element.
func (x *hand) among() *hand {
	x.c.Set = true
	return x.pins("n", owned(x.base("n").ID), x.step(certificate.Among, x.any("n"), x.col("n", 0), certificate.Element(1)))
}

// last is the step of the last pin at a place.
func (x *hand) last(i int) *certificate.Step { return &x.c.Pins[len(x.c.Pins)-1].Chain[i] }

// assigned is the step by what SET assigns, which a claim rests on.
func (x *hand) assigned() *certificate.Step { return &x.last(2).Claim.Arms[0].Proof[0][0] }

// inserts pins the new row of an INSERT by its first value.
func (x *hand) inserts() *hand {
	w := x.st.Root.(*query.Write)
	x.c.Pins = append(x.c.Pins, certificate.Pin{Base: w.Target, Role: certificate.Inserted, Row: newRow, Chain: append(certificate.Chain{owned(newRow)}, x.given(w, newRow)...)})
	return x
}

// byDefault pins the new row of an INSERT by the default of its tenant column.
func (x *hand) byDefault() *hand {
	w := x.st.Root.(*query.Write)
	x.c.Tenants[0] = query.BySetting
	x.c.Pins = append(x.c.Pins, certificate.Pin{Base: w.Target, Role: certificate.Inserted, Row: newRow, Chain: certificate.Chain{owned(newRow),
		x.step(certificate.ByDefault, w, certificate.Column(newRow, 0), certificate.Param(query.BySetting))}})
	return x
}

func (x *hand) root() *query.Write { return x.st.Root.(*query.Write) }

// given leads from the first column of a row that INSERT proposes to the tenant.
func (x *hand) given(w *query.Write, row query.RelID) certificate.Chain {
	value := certificate.Column(w.SourceID, 0)
	claim := &certificate.Claim{Of: w.Source, Col: 0, Is: certificate.Param(1), Proof: []certificate.Chain{nil}}
	return certificate.Chain{x.step(certificate.Given, w, certificate.Column(row, 0), value), {A: value, B: certificate.Param(1), Kind: certificate.Guaranteed, Claim: claim}}
}

// relatedBy is a step from the owner of one row to that of another.
func relatedBy(kind certificate.Kind, from, to query.RelID, premises ...certificate.Chain) certificate.Step {
	return certificate.Step{A: certificate.Owner(from), B: certificate.Owner(to), Kind: kind, Premises: premises}
}

func (x *hand) parent(table string) *tenancy.Parent { return &x.own.Of(x.table(table)).Parents[0] }

// A certificate by hand for each kind of step is accepted, and refused in each way in which
// it is forged. The prover has no part in it.
func TestCertificatesByHand(t *testing.T) {
	for _, c := range byHand {
		x := c.good(write(t, c.query))
		if err := Check(x.db, x.st, x.own, x.c); err != nil {
			t.Errorf("%s: %s\nthe good one is refused: %v", c.kind, c.query, err)
			continue
		}
		for name, forge := range c.forged {
			x := c.good(write(t, c.query))
			forge(x)
			if err := Check(x.db, x.st, x.own, x.c); err == nil || strings.Contains(err.Error(), "internal") {
				t.Errorf("%s %s: %s\nthe forged one is accepted (%v)", c.kind, name, c.query, err)
			}
		}
	}
}

// Each kind has a good certificate that rests on it, and two that are forged at least.
func TestEveryKindIsCertifiedByHand(t *testing.T) {
	for _, kind := range certificate.Kinds() {
		good, forged := 0, 0
		for _, c := range byHand {
			if c.kind == kind && restsOn(c.good(write(t, c.query)).c, kind) {
				good, forged = good+1, forged+len(c.forged)
			}
		}
		if good < 1 || forged < 2 {
			t.Errorf("%s has %d good certificates and %d forged ones", kind, good, forged)
		}
	}
}

// restsOn reports whether a step of a pin, or of what it rests on, is of a kind.
func restsOn(c *certificate.Certificate, kind certificate.Kind) bool {
	var in func(certificate.Chain) bool
	in = func(chain certificate.Chain) bool {
		for _, s := range chain {
			if s.Kind == kind {
				return true
			}
			for _, p := range append(s.Premises, proofs(s.Claim)...) {
				if in(p) {
					return true
				}
			}
		}
		return false
	}
	for _, p := range c.Pins {
		if in(p.Chain) {
			return true
		}
	}
	return false
}

// proofs are the chains of a claim and its arms.
func proofs(c *certificate.Claim) []certificate.Chain {
	if c == nil {
		return nil
	}
	all := c.Proof
	for _, arm := range c.Arms {
		all = append(all, proofs(arm)...)
	}
	return all
}
