package sqltext

import (
	"strings"
	"testing"
)

// Parts lie one behind the other, end behind a semicolon, and hold the statements of the whole text.
func TestCut(t *testing.T) {
	const atomic = "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;"
	for text, want := range map[string]string{
		"SELECT 1; SELECT 2;":                      "SELECT 1;|SELECT 2;",
		"SELECT 1; SELECT 2":                       "SELECT 1;|SELECT 2",
		"SELECT 1;; ; /* ; */ SELECT 2; -- ;":      "SELECT 1;|;|;|/* ; */ SELECT 2;|-- ;",
		";SELECT 1":                                ";|SELECT 1",
		"SELECT ';' ; SELECT $$;$$; SELECT \";\";": "SELECT ';' ;|SELECT $$;$$;|SELECT \";\";",
		atomic + "SELECT 1;":                       "",
		"SELECT 1; SELECT FROM WHERE;":             "",
		"SELECT 1; SELECT 'open;":                  "",
		"SELECT 1;\x00 SELECT 2;":                  "",
		"":                                         "",
		"SELECT 1; SELECT " + strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000): "",
	} {
		var parts []string
		at := 0
		for _, p := range Cut(text, 1) {
			if p.Start != at {
				t.Errorf("%.60q: a part starts at %d, not %d", text, p.Start, at)
			}
			at = p.End
			parts = append(parts, strings.TrimSpace(text[p.Start:p.End]))
		}
		if at != len(text) {
			t.Errorf("%.60q: the parts end at %d", text, at)
		}
		if want == "" {
			want = strings.TrimSpace(text)
		}
		if got := strings.Join(parts, "|"); got != want {
			t.Errorf("%.60q: %q, not %q", text, got, want)
		}
	}
	if n := len(Cut(strings.Repeat("SELECT 1; ", 100), 250)); n != 4 {
		t.Errorf("1,000 bytes are %d parts of 250", n)
	}
}
