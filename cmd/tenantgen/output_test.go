package main

import (
	"strings"
	"testing"
	"unicode"
)

// Names, labels, paths and text of files reach the output of every command in every format:
// none may move a cursor, turn a line round, or give a runner of GitHub Actions a command.
func TestOutputDoesNothing(t *testing.T) {
	project(t, "uuid")
	evil := "a\x1b[2Jb\u202ec\u200bd\u0085e ##[add-path]x"
	put(t, "db/queries/evil.sql", "-- name: Evil :many\nSELECT id AS \""+evil+"\n::error::forged\n   ::warning::forged\" FROM notes;\n\n-- name: Other :many\nSELECT id FROM \"x"+evil+"\n::error::forged\";\n")
	for _, args := range [][]string{
		{"lint"}, {"lint", "--format", "json"}, {"lint", "--format", "sarif"}, {"lint", "--format", "github"}, {"generate"}, {"audit"}, {"advise"},
		{"lint", evil}, {"-f", "no\n::error::" + evil, "lint"}, {evil}, {"explain", evil}, {"lint", "--" + evil}, {"--" + evil},
	} {
		code, out, errOut := cli(args...)
		for _, text := range []string{out, errOut} {
			for _, r := range text {
				if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
					t.Errorf("%q: code %d: %U in %q", args, code, r, text)
					break
				}
			}
			for line := range strings.Lines(text) {
				own := args[len(args)-1] == "github" && strings.HasPrefix(line, "::error file=db/queries/evil.sql,")
				if strings.HasPrefix(strings.TrimSpace(line), "::") && !own || strings.Contains(line, "##[") && !own {
					t.Errorf("%q: %q", args, line)
				}
			}
		}
	}
}
