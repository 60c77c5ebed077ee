package tenantgen

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

// A finding of the second reader about a statement in a part of a file is at its place in the file.
func TestPlaceInPart(t *testing.T) {
	text := "SELECT 1;\nSELECT 'é', 2;\n"
	p := &Project{Config: &config.Config{}}
	u := &judged{Unit: &Unit{Entry: config.SQL{QueryFiles: []config.File{{Path: "q.sql", Text: text}}}}}
	d := analyzer.Diagnostic{File: "q.sql"}
	origin, at := len("SELECT 1;"), strings.Index(text, "2;")
	p.place(u, &d, query.Span{Start: at - origin, End: at + 1 - origin}, origin)
	if d.Line != 2 || d.Column != 13 || d.EndColumn != 14 {
		t.Errorf("%d:%d to %d", d.Line, d.Column, d.EndColumn)
	}
}
