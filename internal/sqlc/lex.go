package sqlc

import (
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

var placeholder = lazyre.New(`\$([0-9]+)`)

// numbers returns the numbers of the placeholders in text.
func numbers(text string) map[int]bool {
	set := map[int]bool{}
	for _, m := range placeholder().FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			set[n] = true
		}
	}
	return set
}

// code blanks out what is not code in a statement: literals, quoted names and
// comments, any of which may hold something that looks like a placeholder.
func code(sql string) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		t := sqllex.Next(sql, i)
		switch {
		case t.Kind == sqllex.Quoted || t.Kind == sqllex.Dollar || t.Kind == sqllex.Comment:
			b.WriteByte(' ')
		case t.Kind == sqllex.Word && sqllex.StartsWord(sql[i]):
			b.WriteString(strings.ReplaceAll(t.Text(sql), "$", "_")) // as in a$1
		default:
			b.WriteString(t.Text(sql))
		}
		i = t.End
	}
	return b.String()
}
