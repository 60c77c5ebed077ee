package web

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/tenantgen/tenantgen/tenant"
)

// color is that of a setting: it is looked at once more where it becomes part of a style sheet.
var color = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// serveBrand is GET …/brand.css: the organization's own color, as a style sheet, because pages have no styles of their own. No text is
// written in it or on it, so that whichever it is, everything can be read.
func (w *Web) serveBrand(rw http.ResponseWriter, r *http.Request) {
	t, err := tenant.Current(r.Context())
	if err != nil {
		w.problem(rw, r, err)
		return
	}
	rw.Header().Set("Content-Type", "text/css; charset=utf-8")
	rw.Header().Set("Cache-Control", "private, no-cache")
	if c := t.Metadata["color"]; color.MatchString(c) {
		fmt.Fprintf(rw, ":root { --brand: %s; }\n", c)
	}
}
