package migrations

import (
	"regexp"
	"slices"
	"strings"
)

// dbmate's patterns (pkg/dbmate/db.go and migration.go).
var (
	dbmateName = regexp.MustCompile(`^(\d+).*\.sql$`)
	dbmateUp   = regexp.MustCompile(`(?m)^--\s*migrate:up(\s*$|\s+\S+)`)
	dbmateDown = regexp.MustCompile(`(?m)^--\s*migrate:down(\s*$|\s+\S+)`)
	// dbmateAlone is the option of a migration, whatever stands around it.
	dbmateAlone = regexp.MustCompile(`(?i)transaction\s*[:=]`)
	commentOr   = regexp.MustCompile(`^\s*(--|$)`)
)

// listDbmate picks files in the order of their names. What follows the number may
// decide: two of one number are run once only, since the number is what is noted.
func listDbmate(names []string) ([]string, []Problem) {
	var run []string
	var ps []Problem
	seen := map[string]string{}
	for _, name := range names {
		m := dbmateName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		if other, ok := seen[m[1]]; ok {
			ps = append(ps, Problem{File: name, Msg: "dbmate refuses two migrations of one number: " + other + " has it, too", Hint: "give one of them the next number"})
		}
		seen[m[1]] = name
		run = append(run, name)
	}
	return run, ps
}

// upDbmate keeps what stands between the first two markers (parseMigrationContents).
func upDbmate(text string) (string, []Problem) {
	up, down := dbmateUp.FindStringIndex(text), dbmateDown.FindStringIndex(text)
	refuse := func(at int, msg string) (string, []Problem) {
		return blank(text), []Problem{{Offset: at, Msg: "dbmate refuses the file: " + msg, Hint: "write -- migrate:up, the statements, -- migrate:down"}}
	}
	switch {
	case up == nil:
		return refuse(0, "it has no -- migrate:up at the start of a line")
	case down == nil:
		return refuse(len(text), "it has no -- migrate:down at the start of a line")
	case up[0] > down[0]:
		return refuse(down[0], "-- migrate:down comes first")
	}
	if slices.ContainsFunc(strings.Split(text[:up[0]], "\n"), func(line string) bool { return !commentOr.MatchString(line) }) {
		return refuse(0, "a statement precedes -- migrate:up")
	}
	return blank(text[:up[0]]) + text[up[0]:down[0]] + blank(text[down[0]:]), nil
}
