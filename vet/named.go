package vet

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// rewritten is a statement with numbers in the place of @names, as pgx sends it.
type rewritten struct {
	text  string
	names []string // by number, from one
	sigil string   // with which names are written
	// shifts are where the two texts have come apart, as offsets behind a parameter in both.
	shifts [][2]int
}

var atName = regexp.MustCompile(`@([A-Za-z_][A-Za-z0-9_]*)`)

// rewrite has pgx write a statement that it is given with pgx.NamedArgs.
func rewrite(text string) rewritten {
	args := pgx.NamedArgs{}
	for _, m := range atName.FindAllStringSubmatch(text, -1) {
		args[m[1]] = m[1]
	}
	sent, values, err := args.RewriteQuery(context.Background(), nil, text, nil)
	if err != nil {
		return rewritten{text: text} // with names that nothing replaces
	}
	r := rewritten{text: sent, sigil: "@"}
	for _, v := range values {
		name, _ := v.(string)
		r.names = append(r.names, name)
	}
	for i, j := 0, 0; i < len(text) && j < len(sent); {
		name := atName.FindStringSubmatch(text[i:])
		if text[i] == '@' && sent[j] == '$' && name != nil && strings.HasPrefix(text[i:], name[0]) {
			i += len(name[0])
			for j++; j < len(sent) && sent[j] >= '0' && sent[j] <= '9'; j++ {
			}
			r.shifts = append(r.shifts, [2]int{j, i})
			continue
		}
		i, j = i+1, j+1
	}
	return r
}

// before is the offset in the text as it is written of one in the text that is sent.
func (r rewritten) before(at int) int {
	shift := 0
	for _, s := range r.shifts {
		if s[0] > at {
			break
		}
		shift = s[1] - s[0]
	}
	return at + shift
}

// param is how a parameter is written.
func (r rewritten) param(number int) string {
	if number >= 1 && number <= len(r.names) {
		return r.sigil + r.names[number-1]
	}
	return "$" + strconv.Itoa(number)
}

// name is the name of a parameter, false where it has none.
func (r rewritten) name(number int) (string, bool) {
	if number < 1 || number > len(r.names) {
		return "", false
	}
	return r.names[number-1], true
}

// rewriteColons writes numbers in the place of :names as sqlx does (named.go there, compileNamedQuery), wherever they are: in quotes, too. A
// name has the same number everywhere, because it gets the same value. Two colons make one.
func rewriteColons(text string) rewritten {
	r := rewritten{sigil: ":"}
	var sent strings.Builder
	for i := 0; i < len(text); {
		if text[i] != ':' || strings.HasPrefix(text[i:], ":=") {
			sent.WriteByte(text[i])
			i++
			continue
		}
		if strings.HasPrefix(text[i:], "::") {
			sent.WriteByte(':')
			i += 2
			r.shifts = append(r.shifts, [2]int{sent.Len(), i})
			continue
		}
		name := colonName.FindString(text[i+1:])
		number := 1 + slices.Index(r.names, name)
		if number == 0 {
			r.names = append(r.names, name)
			number = len(r.names)
		}
		sent.WriteString("$" + strconv.Itoa(number))
		i += 1 + len(name)
		r.shifts = append(r.shifts, [2]int{sent.Len(), i})
	}
	r.text = sent.String()
	return r
}

var colonName = regexp.MustCompile(`^[\pL\pN_.]*`)
