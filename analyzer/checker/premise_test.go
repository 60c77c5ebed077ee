package checker

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
)

// A premise that a proof needs must be named, and each part of its name counts.
func TestNeeds(t *testing.T) {
	p := certificate.Premise{Kind: certificate.ForeignKeyPremise, Table: catalog.Name{Schema: "public", Name: "tags"}, Constraint: "tags_note_fkey", Columns: []string{"note_id"}}
	c := &certificate.Certificate{}
	c.Assume(p)
	c.Assume(p)
	if len(c.Assumes) != 1 {
		t.Errorf("one premise stands there %d times", len(c.Assumes))
	}
	other := []certificate.Premise{p, p, p, p, p}
	other[1].Kind, other[2].Table.Name, other[3].Constraint, other[4].Columns = "parent-link", "files", "tags_file_fkey", []string{"file_id"}
	for i, q := range other {
		if refused := needs(c, q); (refused != "") != (i > 0) {
			t.Errorf("%d: %v is refused: %q", i, q, refused)
		}
	}
}

func needs(c *certificate.Certificate, p certificate.Premise) (refused string) {
	defer func() {
		if r := recover(); r != nil {
			refused = string(r.(refusal))
		}
	}()
	(&checker{cert: c}).needs(p)
	return strings.TrimSpace(refused)
}
