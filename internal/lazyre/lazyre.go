// Package lazyre has regular expressions that are compiled when they are first used: compiling all of them took a quarter
// of the start of every command, most of which need few.
package lazyre

import (
	"regexp"
	"sync"
	"testing"
)

// New is regexp.MustCompile, later; in tests at once, so that a wrong one does not go unnoticed there.
func New(text string) func() *regexp.Regexp {
	r := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
	if testing.Testing() {
		r()
	}
	return r
}
