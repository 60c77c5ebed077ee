package web_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/example/internal/web"
)

var wildcard = regexp.MustCompile(`\{[a-z.]+\}`)

// Whatever a viewer sends is refused by its route, before it is looked at: what it names does not matter. Their own tokens are the exception.
func TestViewerChangesNothing(t *testing.T) {
	s := newSite(t)
	vera := s.signIn(s.Vera)
	asked := 0
	for _, pattern := range web.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		if method != "POST" || strings.Contains(path, "/tokens") {
			continue
		}
		path = wildcard.ReplaceAllString(strings.Replace(path, "{org}", s.Acme.ID.String(), 1), "nothing")
		vera.post(path).want(t, 403, "This is not for your role")
		asked++
	}
	if asked < 15 {
		t.Errorf("%d routes change something", asked)
	}
}
