package analyzer_test

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"golang.org/x/tools/txtar"
)

func whenCase(t testing.TB) *testCase {
	return newCase(t, "when", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text);
CREATE TABLE cards (org_id int NOT NULL, id int PRIMARY KEY, title text);
CREATE TABLE files (id int, kind text NOT NULL, owner_id int NOT NULL, UNIQUE (kind, owner_id));
CREATE TABLE pins (kind varchar(9) NOT NULL, note_id int, card_id int, UNIQUE (kind, note_id, card_id));
-- tenancy --
parent files notes owner_id=id when kind=note
parent files cards owner_id=id when kind=card
parent pins notes note_id=id when kind=note
parent pins cards card_id=id when kind=card
-- queries.sql --
`)))
}

const (
	ofNote  = "SELECT f.id FROM files f JOIN notes n ON n.id = f.owner_id AND f.kind = 'note' WHERE n.org_id = $1"
	shown   = "SELECT x.id FROM (SELECT f.id, f.kind, f.owner_id FROM files f WHERE f.kind = 'note') x JOIN notes n ON n.id = x.owner_id AND n.title = 'card' WHERE n.org_id = $1"
	addNote = "INSERT INTO files (id, kind, owner_id) SELECT 1, 'note', n.id FROM notes n WHERE n.org_id = $1 ON CONFLICT (kind, owner_id) DO NOTHING"
	addPin  = "INSERT INTO pins (kind, card_id, note_id) SELECT 'card', c.id, $2 FROM cards c WHERE c.org_id = $1"
	keep    = "UPDATE files f SET kind = 'note' FROM notes n WHERE n.id = f.owner_id AND f.kind = 'note' AND n.org_id = $1"
)

// parentStep is the step of a pin to a parent row.
func (x *forger) parentStep() *certificate.Step {
	for i := range x.c.Pins {
		for j := range x.c.Pins[i].Chain {
			if s := &x.c.Pins[i].Chain[j]; s.Kind == certificate.ParentRow {
				return s
			}
		}
	}
	x.t.Fatal("there is no step to a parent")
	return nil
}

// literals of the statement, by their values.
func (x *forger) literal(value string) term {
	return certificate.Literal(slices.Index(x.st.Literals, value) + 1)
}

func (x *forger) constant(value string) *query.Const {
	return find(x, value, func(c *query.Const) bool { return x.literal(value).Number() == c.Literal })
}

// whens are what the checker looks at where a column tells by which parent a row belongs.
var whens = []forgery{
	{"no proof of the kind", ofNote, func(x *forger) { x.parentStep().Premises = x.parentStep().Premises[:1] }, holdsNot},
	{"an empty proof of the kind", ofNote, func(x *forger) { x.parentStep().Premises[1] = nil }, holdsNot},
	{"a proof of the key for one of the kind", ofNote, func(x *forger) { x.parentStep().Premises[1] = x.parentStep().Premises[0] }, holdsNot},
	{"a proof too many", ofNote, func(x *forger) { x.parentStep().Premises = append(x.parentStep().Premises, nil) }, holdsNot},
	{"another literal in the condition", ofNote, func(x *forger) { x.constant("note").Literal = x.literal("card").Number() }, holdsNot},
	{"another literal in condition and proof", ofNote, func(x *forger) {
		x.constant("note").Literal = x.literal("card").Number()
		x.parentStep().Premises[1][0].B = x.literal("card")
	}, holdsNot},
	{"another value of the literal", ofNote, func(x *forger) { x.st.Literals = slices.Clone(x.st.Literals); x.st.Literals[0] = "other" }, holdsNot},
	{"a literal that there is not", ofNote, func(x *forger) {
		x.constant("note").Literal = 9
		x.parentStep().Premises[1][0].B = certificate.Literal(9)
	}, holdsNot},
	{"a parameter for the literal", ofNote, func(x *forger) { x.parentStep().Premises[1][0].B = param(1) }, holdsNot},
	{"no literal in the condition", ofNote, func(x *forger) { x.constant("note").Literal = 0 }, holdsNot},
	{"a parent that asks for nothing", ofNote, func(x *forger) {
		p := *x.parentStep().Parent
		p.When = nil
		x.parentStep().Parent, x.parentStep().Premises = &p, x.parentStep().Premises[:1]
	}, holdsNot},
	{"a nondeterministic collation", ofNote, func(x *forger) { x.table("files").Column("kind").Value.Nondeterministic = true }, holdsNot},
	{"a premise of another kind", ofNote, func(x *forger) {
		for i := range x.c.Assumes {
			x.c.Assumes[i].Constraint = "notes when kind = 'card'"
		}
	}, "parent-link"},
	{"no premise", ofNote, func(x *forger) { x.c.Assumes = nil }, "parent-link"},
	{"an owner by way of a literal", "SELECT n.id FROM notes n WHERE n.org_id = 'note' AND n.title = 'note' AND n.title = $1", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = 'note'", x.at("n", 0), x.literal("note")), x.by("n.title = 'note'", x.literal("note"), x.at("n", 2)), x.by("n.title = $1", x.at("n", 2), param(1)))
	}, "goes by a literal"},
	{"a new row of another kind", addNote, func(x *forger) { x.constant("note").Literal = x.literal("card").Number() }, "a chain ends at"},
	{"a new row of no kind", addNote, func(x *forger) { x.constant("note").Literal = 0 }, "output column 2 is computed"},
	{"a conflict by the id alone", addNote, func(x *forger) { x.write().Conflict.Columns = x.write().Conflict.Columns[1:] }, "omits the owner"},
	{"a conflict by the kind alone", addNote, func(x *forger) { x.write().Conflict.Columns = x.write().Conflict.Columns[:1] }, "omits the owner"},
	{"a new row of the other parent", addPin, func(x *forger) { x.constant("card").Literal = x.literal("note").Number() }, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a new row of nobody knows which kind", addPin, func(x *forger) { x.constant("card").Literal = 0 }, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a new row of a kind that no parent has", addPin, func(x *forger) {
		x.st.Literals = append(slices.Clone(x.st.Literals), "cards")
		x.constant("card").Literal = len(x.st.Literals)
	}, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a kind that is computed", addPin, func(x *forger) { x.table("pins").Column("kind").Generated = true }, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a kind that is drawn", addPin, func(x *forger) { x.table("pins").Column("kind").Identity = true }, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a kind under a collation", addPin, func(x *forger) { x.table("pins").Column("kind").Value.Nondeterministic = true }, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a kind of another type in a partition", addPin, func(x *forger) {
		part := *x.table("pins")
		part.Name, part.IsPartition = catalog.Name{Schema: "public", Name: "part"}, true
		part.Columns = slices.Clone(part.Columns)
		kind := *part.Columns[0]
		kind.Value.Type.Name = "bpchar"
		part.Columns[0] = &kind
		x.db.Tables = append(x.db.Tables, &part)
		x.table("pins").Children, x.table("pins").PartitionBy = []catalog.Name{part.Name}, "list"
	}, "nothing shows that the new row of pins is the tenant's by its row of notes"},
	{"a kind that varchar(n) cuts", "INSERT INTO pins (kind, note_id) SELECT 'note', n.id FROM notes n WHERE n.org_id = $1", func(x *forger) {
		x.write().Source.(*query.Select).Out[0].Expr = &query.Op{Text: "'note'"}
	}, ""},
	{"another kind by SET", keep, func(x *forger) { x.write().Sets[0].Value.(*query.Const).Literal = x.literal("card").Number() }, "starts at"},
	{"an unknown kind by SET", keep, func(x *forger) { x.write().Sets[0].Value.(*query.Const).Literal = 0 }, "SET computes the owner"},
	{"SET of the kind without a proof", keep, func(x *forger) { x.c.Sets = nil }, "a chain ends at"},
	{"a claim of another literal", shown, func(x *forger) { x.constant("note").Literal = x.literal("card").Number() }, holdsNot},
}

func TestCheckerRefusesForgedKinds(t *testing.T) { checkerRefuses(t, whens, whenCase) }

func TestKindsAreProved(t *testing.T) {
	checkerAccepts(t, whenCase(t), ofNote, shown, addNote, addPin, keep)
}
