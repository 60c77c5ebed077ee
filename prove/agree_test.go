package prove

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
)

// Each kind of premise is broken by rows of its own: a file hangs on a note and a board,
// which may be gone or another tenant's.
func TestBrokenBy(t *testing.T) {
	text := func(s string) *string { return &s }
	notes, boards := &table{columns: []*column{{name: "id"}}}, &table{columns: []*column{{name: "id"}}}
	files := &table{columns: []*column{{name: "note_id"}, {name: "board_id"}, {name: "copy_of"}}}
	files.refs = []*ref{
		{table: notes, kind: parentRow, columns: []int{0}, to: []int{0}},
		{table: boards, kind: parentRow, columns: []int{1}, to: []int{0}},
		{table: notes, kind: foreignKey, name: "copies", columns: []int{2}, to: []int{0}},
	}
	state := []*row{
		{table: notes, who: []int{0}, values: []*string{text("1")}}, {table: notes, who: []int{1}, values: []*string{text("2")}},
		{table: boards, who: []int{0}, values: []*string{text("1")}}, {table: boards, who: []int{1}, values: []*string{text("2")}},
	}
	premises := map[string]*Premise{
		"note":   {Kind: analyzer.LinkPremise, Columns: []string{"note_id"}},
		"board":  {Kind: analyzer.LinkPremise, Columns: []string{"board_id"}},
		"agree":  {Kind: analyzer.AgreementPremise, Columns: []string{"note_id", "board_id"}},
		"copies": {Kind: analyzer.ForeignKeyPremise, Constraint: "copies"},
	}
	for _, c := range []struct {
		name   string
		values []*string
		broken []string
	}{
		{"all the tenant's", []*string{text("1"), text("1"), text("1")}, nil},
		{"one parent", []*string{text("1"), nil, nil}, nil},
		{"no parents", []*string{nil, nil, nil}, nil},
		{"another's board", []*string{text("1"), text("2"), nil}, []string{"agree"}},
		{"another's note", []*string{text("2"), text("1"), nil}, []string{"agree"}},
		{"no note", []*string{text("9"), text("1"), nil}, []string{"note"}},
		{"no board", []*string{text("1"), text("9"), nil}, []string{"board"}},
		{"a copy of another's", []*string{text("1"), text("1"), text("2")}, []string{"copies"}},
	} {
		r := &row{table: files, who: []int{0}, values: c.values}
		for name, p := range premises {
			if got := p.brokenBy(r, state); got != slices.Contains(c.broken, name) {
				t.Errorf("%s: it breaks %s: %t", c.name, name, got)
			}
		}
	}
}
