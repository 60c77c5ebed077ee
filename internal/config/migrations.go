package config

import (
	"regexp"
	"strings"
)

// rollbacks start the part of a migration that undoes it. sqlc compares the
// start of the line, in lower case, and ignores everything from there on.
var rollbacks = []string{
	"-- +goose down",
	"-- +migrate down",                    // sql-migrate
	"---- create above / drop below ----", // tern
	"-- migrate:down",                     // dbmate
}

// psqlCommand matches what pg_dump writes for psql alone, e.g. \restrict KEY.
var psqlCommand = regexp.MustCompile(`^\\[A-Za-z!?;]`)

// SchemaText returns what sqlc reads of a schema file with the given text: the rest
// is blanked, as it is in [File.Text].
func SchemaText(text string) string { return blankUnread(text) }

// blankUnread blanks what sqlc leaves out of a schema file. Lines and byte
// offsets stay those of the file, so that a diagnostic points into it.
func blankUnread(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	down := false
	for line := range strings.Lines(text) {
		down = down || startsRollback(line)
		if down || psqlCommand.MatchString(line) {
			line = blank(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

func startsRollback(line string) bool {
	line = strings.ToLower(line)
	for _, marker := range rollbacks {
		if strings.HasPrefix(line, marker) {
			return true
		}
	}
	return false
}

// blank turns every byte but line ends into a space.
func blank(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c != '\n' && c != '\r' {
			b[i] = ' '
		}
	}
	return string(b)
}
