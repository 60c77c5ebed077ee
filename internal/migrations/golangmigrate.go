package migrations

import (
	"regexp"
	"strconv"
)

// golangMigrateName is the pattern of golang-migrate (source/parse.go): any extension.
var golangMigrateName = regexp.MustCompile(`^([0-9]+)_(.*)\.(down|up)\.(.*)$`)

func listGolangMigrate(names []string) ([]string, []Problem) {
	var up, down []numbered
	for _, name := range names {
		n, direction, ok := parseGolangMigrate(name)
		switch {
		case ok && direction == "up":
			up = append(up, numbered{name, n})
		case ok:
			down = append(down, numbered{name, n})
		}
	}
	run, ps := byNumber(up, "golang-migrate")
	_, more := byNumber(down, "golang-migrate")
	return run, append(ps, more...)
}

func parseGolangMigrate(name string) (n uint64, direction string, ok bool) {
	m := golangMigrateName.FindStringSubmatch(name)
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.ParseUint(m[1], 10, 64)
	return n, m[3], err == nil
}

func downGolangMigrate(name string) bool {
	_, direction, ok := parseGolangMigrate(name)
	return ok && direction == "down"
}
