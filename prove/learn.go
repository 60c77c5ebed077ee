package prove

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// learn reads from constraints which values they speak of, so that random rows have a
// chance: what IN lists and comparisons name, lengths, patterns.
func (w *world) learn() {
	for _, t := range w.tables {
		for _, c := range t.columns {
			for _, def := range t.checks {
				if mentions(def, c.name) || strings.HasPrefix(def, "FOR VALUES") && mentions(t.partKeys, c.name) {
					c.learned = append(c.learned, w.learned(def, w.base(c.typ))...)
				}
			}
			for d := c.typ; d.kind == "d" && w.types[d.base] != nil; d = w.types[d.base] {
				for _, def := range d.checks {
					c.learned = append(c.learned, w.learned(def, w.base(d))...)
				}
				c.notNull = c.notNull || d.notNull
				if c.length == 0 {
					c.length = d.length
				}
			}
			slices.Sort(c.learned)
			c.learned = slices.Compact(c.learned)
		}
	}
}

// mentions reports whether an expression names a column.
func mentions(def, column string) bool {
	for i := strings.Index(def, column); i >= 0; {
		end := i + len(column)
		if (i == 0 || !wordByte(def[i-1])) && (end == len(def) || !wordByte(def[end])) {
			return true
		}
		next := strings.Index(def[end:], column)
		if next < 0 {
			return false
		}
		i = end + next
	}
	return false
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

var (
	stringLiteral = lazyre.New(`(~\*?\s*)?'((?:[^']|'')*)'`)
	numberLiteral = lazyre.New(`\b\d+(?:\.\d+)?\b`)
)

// learned are values for a type that an expression as PostgreSQL prints it names.
func (w *world) learned(def string, t *typ) []string {
	var out []string
	for _, m := range stringLiteral().FindAllStringSubmatch(def, -1) {
		s := strings.ReplaceAll(m[2], "''", "'")
		if m[1] == "" {
			out = append(out, s)
			continue
		}
		for seed := range 3 {
			if example := matching(s, seed); example != "" {
				out = append(out, example)
			}
		}
	}
	for _, s := range numberLiteral().FindAllString(stringLiteral().ReplaceAllString(def, ""), -1) {
		n, err := strconv.ParseFloat(s, 64)
		switch {
		case err != nil:
		case t.category == "N":
			for _, x := range []float64{n - 1, n, n + 1} {
				out = append(out, strconv.FormatFloat(x, 'f', -1, 64))
			}
		case t.category == "S" && n > 0 && n <= 256: // a length
			for _, letter := range []string{"a", "b", "c"} {
				out = append(out, strings.Repeat(letter, int(n)))
			}
		case t.name == "bytea" && n > 0 && n <= 256:
			out = append(out, `\x`+strings.Repeat("0a", int(n)), `\x`+strings.Repeat("0b", int(n)))
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return t.category == "N" && !numberText().MatchString(s) })
}

var numberText = lazyre.New(`^-?\d+(\.\d+)?$`)

// matching writes a text that a regular expression accepts, as far as Go's syntax and
// PostgreSQL's agree; "" when it cannot.
func matching(pattern string, seed int) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	example(&b, re.Simplify(), seed)
	return b.String()
}

// preferred are the characters that people write: a class such as [^@] has those that no text can
// hold, too.
const preferred = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+/ "

// member is a character of a class, which is a list of ranges.
func member(ranges []rune, seed int) rune {
	var in []rune
	for _, r := range preferred {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				in = append(in, r)
			}
		}
	}
	if len(in) > 0 {
		return in[seed%len(in)]
	}
	i := 2 * (seed % (len(ranges) / 2))
	return max(1, min(ranges[i]+rune(seed%3), ranges[i+1])) // no text of PostgreSQL's holds a zero
}

func example(b *strings.Builder, re *syntax.Regexp, seed int) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			b.WriteRune(member(re.Rune, seed))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + seed%3))
	case syntax.OpPlus, syntax.OpCapture:
		for range 1 + seed%2 {
			example(b, re.Sub[0], seed)
			if re.Op == syntax.OpCapture {
				break
			}
		}
	case syntax.OpRepeat:
		for range re.Min {
			example(b, re.Sub[0], seed)
		}
	case syntax.OpConcat:
		for _, s := range re.Sub {
			example(b, s, seed)
		}
	case syntax.OpAlternate:
		example(b, re.Sub[seed%len(re.Sub)], seed)
	}
}
