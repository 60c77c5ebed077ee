package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/spelling"
)

// suggest returns the hint for a word that is none of known: the nearest one,
// or all of them when none is near and they are few enough to read.
func suggest(word string, known []string) string {
	slices.Sort(known)
	best := spelling.Nearest(word, known)
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) <= 20:
		return "known here: " + strings.Join(known, ", ")
	}
	return ""
}

// Suggest is the hint for a word that is none of known, for names that this package
// does not know itself.
func Suggest(word string, known []string) string {
	return suggest(word, slices.Clone(known))
}
