package checker

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/config"
)

const adoptSchema = `
CREATE TABLE top (org_id int NOT NULL, id int NOT NULL, slug text, PRIMARY KEY (org_id, id)) PARTITION BY LIST (org_id);
CREATE TABLE part PARTITION OF top DEFAULT PARTITION BY LIST (org_id);
CREATE TABLE deep PARTITION OF part DEFAULT;
CREATE TABLE files (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text, slug text, deleted_at timestamptz, half int, twice int GENERATED ALWAYS AS (half * 2) STORED UNIQUE);
CREATE UNIQUE INDEX ON notes (slug) WHERE deleted_at IS NULL;
`

// Which effects can give a row to another parent row where no foreign key keeps the two
// together. A generated column follows from any change.
func TestAdopted(t *testing.T) {
	ofTop, byID, byTwice, bySlug := of("top", "o=org_id", "i=id"), of("notes", "id=id"), of("notes", "id=twice"), of("notes", "slug=slug")
	bySlug.Where = "deleted_at IS NULL"
	const link = "does not say that parent-link"
	for _, c := range []adoption{
		{"id int", byID, "notes", "", link},
		{"id int", byID, "files", "", ""},
		{"id int REFERENCES notes", byID, "notes", "", ""},
		{"id int", byID, "notes", "id", link},
		{"id int", byID, "notes", "title", ""},
		{"id int", byID, "notes", "nothing", ""},
		{"id int", byTwice, "notes", "half", link},
		{"id int", byTwice, "notes", "nothing", ""},
		{"slug text", bySlug, "notes", "slug", link},
		{"slug text", bySlug, "notes", "deleted_at", link},
		{"slug text", bySlug, "notes", "title", ""},
		{"o int, i int", ofTop, "top", "", link},
		{"o int, i int", ofTop, "deep", "", link},
		{"o int, i int", ofTop, "deep", "id", link},
		{"o int, i int", ofTop, "deep", "slug", ""},
		{"o int, i int) PARTITION BY LIST (o); CREATE TABLE leaf PARTITION OF child DEFAULT; CREATE TABLE more (org_id int", ofTop, "deep", "id", link},
	} {
		k := world(t, adoptSchema+"CREATE TABLE child ("+c.child+");", c.declared()...)
		changed := map[string]bool{}
		if c.changed != "" && c.changed != "nothing" {
			changed[c.changed] = true
		}
		run := func() { k.adopted(k.table(c.table), c.changed == "", changed) }
		expectRefusal(t, c.child+", "+c.table+" "+c.changed, refused(run), c.want)
		k.cert.Assume(certificate.Link(k.table("child"), k.own.Of(k.table("child")).Parents[0])) // for its partitions, too
		expectRefusal(t, c.child+", "+c.table+" "+c.changed+", assumed", refused(run), "")
	}
}

// adoption is an effect on a table, and a child of one.
type adoption struct {
	child   string // its columns
	parent  config.Parent
	table   string
	changed string // "" for rows that come or go, "nothing" for an update that changes none
	want    string
}

func (a adoption) declared() []config.Table {
	all := []config.Table{child("child", a.parent)}
	if strings.Contains(a.child, "TABLE leaf") {
		all = append(all, child("leaf", a.parent))
	}
	return all
}

// A table that inherits may lack a column, or have one that it computes.
func TestAdoptedByHeirs(t *testing.T) {
	for _, generated := range []bool{false, true} {
		k := world(t, adoptSchema+"CREATE TABLE child (o int, i int);", child("child", of("top", "o=org_id", "i=id")))
		part := k.table("part")
		part.Columns[1] = &catalog.Column{Name: "id", Generated: generated}
		part.Columns[0] = &catalog.Column{Name: "renamed"}
		want := ""
		if generated {
			want = "parent-link"
		}
		expectRefusal(t, "computed in a partition", refused(func() { k.adopted(k.table("top"), false, map[string]bool{"slug": true}) }), want)
	}
}

// Above a table are those that it inherits from, none twice.
func TestAbove(t *testing.T) {
	k := world(t, adoptSchema)
	k.table("top").Parents = []catalog.Name{k.table("deep").Name, {Name: "nowhere"}} // a circle
	all := map[catalog.Name]*catalog.Table{}
	k.above(k.table("deep"), all)
	if len(all) != 3 || all[k.table("top").Name] == nil || all[k.table("part").Name] == nil {
		t.Error(all)
	}
}

// The premise about a table is one about its heirs, where it is owned in that way.
func TestWithItsParent(t *testing.T) {
	k := world(t, adoptSchema+"CREATE TABLE child (o int, i int) PARTITION BY LIST (o); CREATE TABLE leaf PARTITION OF child DEFAULT;", child("child", of("top", "o=org_id", "i=id")))
	for name, want := range map[string]bool{"leaf": true, "child": false, "deep": false} {
		if k.withItsParent(k.table(name)) != want {
			t.Error(name)
		}
	}
	if k.table("leaf").Parents[0].Name = "nowhere"; k.withItsParent(k.table("leaf")) {
		t.Error("nothing is known of what it inherits from")
	}
}
