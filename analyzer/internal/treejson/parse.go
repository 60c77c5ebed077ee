// Package treejson parses SQL as pg_query.Parse does, and returns the same tree, in a third of its time: PostgreSQL's tree comes
// out of C as JSON, which takes a fifth of what packing it as protobuf takes, and each node of it is one allocation in
// place of three. What this package is not sure of, pg_query.Parse reads: a key, a value of an enumeration or a form of a number that the
// messages do not have, and integers of which pg_query's JSON does not tell whether they are zero.
package treejson

//go:generate go run ./generate

import (
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// mostText bounds what is read so: JSON has up to a hundred times as many bytes as the text, and C's buffers have an end.
const mostText = 1 << 20

// Parse is pg_query.Parse: the same tree, the same error.
func Parse(text string) (*pg.ParseResult, error) {
	if len(text) > mostText || !utf8.ValidString(text) {
		return pg.Parse(text)
	}
	tree, err := pg.ParseToJSON(text)
	if err != nil {
		return nil, err
	}
	if result, ok := decode(text, tree); ok {
		return result, nil
	}
	return pg.Parse(text)
}

// decode reads the JSON of a tree; ok is false where it is not sure of all of it.
func decode(text, tree string) (result *pg.ParseResult, ok bool) {
	d := &decoder{sql: text, text: tree, known: map[string]string{}}
	result = new(pg.ParseResult)
	d.readParseResult(result)
	return result, !d.unsure && len(d.small) == 0 && d.at == len(d.text)
}

// box is a node with what it wraps, in one piece of memory.
type box[W, M any] struct {
	node    pg.Node
	wrapper W
	message M
}

// decoder reads one tree. Once it is unsure, it reads nothing more: every loop over the text ends.
type decoder struct {
	sql    string // what was parsed
	text   string // JSON
	at     int
	key    string // of the field that is read
	unsure bool
	known  map[string]string // strings that the tree has, each once
	stack  []*pg.Node        // of lists that are not complete yet
	small  []*pg.Integer     // of which nobody has said yet what they are
}

func (d *decoder) fail() { d.unsure, d.at = true, len(d.text) }

// take reads one character, if it is the next one. The JSON has no blanks.
func (d *decoder) take(c byte) bool {
	if d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

// want reads a character that has to be there.
func (d *decoder) want(c byte) {
	if !d.take(c) {
		d.fail()
	}
}

// open begins an object, and reads the key of its first field; false where it has none.
func (d *decoder) open() bool {
	d.want('{')
	return !d.take('}') && d.field()
}

// more goes on to the key of the next field; false at the end of the object.
func (d *decoder) more() bool {
	if d.take(',') {
		return d.field()
	}
	d.want('}')
	return false
}

// field reads a key, which has no escapes.
func (d *decoder) field() bool {
	d.want('"')
	end := strings.IndexByte(d.text[d.at:], '"')
	if end < 0 {
		d.fail()
		return false
	}
	d.key = d.text[d.at : d.at+end]
	d.at += end + 1
	d.want(':')
	return !d.unsure
}

// string reads a string.
func (d *decoder) string() string {
	d.want('"')
	for i := d.at; i < len(d.text); i++ {
		switch d.text[i] {
		case '"':
			raw := d.text[d.at:i]
			d.at = i + 1
			return d.keep(raw)
		case '\\':
			return d.escaped()
		}
	}
	d.fail()
	return ""
}

// keep is a string apart from the text, which nothing has to hold on to for a name.
func (d *decoder) keep(raw string) string {
	s, ok := d.known[raw]
	if !ok {
		if !utf8.ValidString(raw) {
			d.fail()
		}
		s = strings.Clone(raw)
		d.known[s] = s
	}
	return s
}

// escaped reads a string with escapes, behind its quote.
func (d *decoder) escaped() string {
	var b strings.Builder
	for d.at < len(d.text) {
		c := d.text[d.at]
		d.at++
		switch c {
		case '"':
			if !utf8.ValidString(b.String()) {
				d.fail()
			}
			return b.String()
		case '\\':
			b.WriteByte(d.escape())
		default:
			b.WriteByte(c)
		}
	}
	d.fail()
	return ""
}

// escape reads one of the escapes that pg_query writes, behind its backslash.
func (d *decoder) escape() byte {
	for from, to := range map[string]byte{`"`: '"', `\`: '\\', "b": '\b', "f": '\f', "n": '\n', "r": '\r', "t": '\t'} {
		if strings.HasPrefix(d.text[d.at:], from) {
			d.at++
			return to
		}
	}
	if rest := d.text[d.at:]; len(rest) >= 5 && rest[:3] == "u00" {
		high, low := strings.IndexByte(digits, rest[3]), strings.IndexByte(digits, rest[4])
		if high >= 0 && high < 8 && low >= 0 {
			d.at += 5
			return byte(high<<4 | low)
		}
	}
	d.fail()
	return 0
}

// digits are hexadecimal, as C's %x has them.
const digits = "0123456789abcdef"
