package sqlc

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// Message is what sqlc says of a place in a file.
type Message struct {
	File         string // relative to Options.Dir, with slashes
	Line, Column int
	Text         string
}

var placed = lazyre.New(`^(.+?):(\d+):(\d+): (.+)$`)

// Messages returns what sqlc said of places in files when it failed, and what else it
// printed but for headings; no messages for any other error.
func Messages(err error) (list []Message, rest string) {
	var pe *processError
	if !errors.As(err, &pe) {
		return nil, ""
	}
	for line := range strings.Lines(pe.stderr) {
		line = strings.TrimRight(line, "\r\n")
		m := placed().FindStringSubmatch(line)
		switch {
		case m != nil:
			at := Message{File: m[1], Text: m[4]}
			at.Line, _ = strconv.Atoi(m[2])
			at.Column, _ = strconv.Atoi(m[3])
			list = append(list, at)
		case line != "" && !strings.HasPrefix(line, "# package"):
			rest += line + "\n"
		}
	}
	return list, strings.TrimSpace(rest)
}
