package prove

import (
	"regexp"
	"strings"
	"testing"
)

// TestMatching writes texts that patterns of checks accept, and that PostgreSQL can hold: the first
// character of [^@] is a zero, of which no text is made.
func TestMatching(t *testing.T) {
	for _, pattern := range []string{`^[^@]+@[^@]+\.[^@]+$`, `^[^\s@]+@[^\s@]+$`, `^\S+@\S+$`, `^[a-z0-9-]{3,}$`, `^[A-Z]{2}\d{3}$`, `^\D+$`, `^[[:alpha:]_]\w*$`, `^[^a-zA-Z0-9 +/._-]$`, `^\+?[0-9]{7,15}$`, `^(draft|sent)$`} {
		seen := map[string]bool{}
		for seed := range 3 {
			s := matching(pattern, seed)
			if !regexp.MustCompile(pattern).MatchString(s) || strings.ContainsRune(s, 0) {
				t.Errorf("%s: %q", pattern, s)
			}
			seen[s] = true
		}
		if len(seen) < 2 {
			t.Errorf("%s: one text only: %v", pattern, seen)
		}
	}
}
