package treejson

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// number reads the digits of a whole number.
func (d *decoder) number() string {
	start := d.at
	d.take('-')
	for d.at < len(d.text) && d.text[d.at] >= '0' && d.text[d.at] <= '9' {
		d.at++
	}
	return d.text[start:d.at]
}

func (d *decoder) int64() int64 {
	n, err := strconv.ParseInt(d.number(), 10, 64)
	if err != nil {
		d.fail()
	}
	return n
}

func (d *decoder) int32() int32 {
	n := d.int64()
	if n < math.MinInt32 || n > math.MaxInt32 {
		d.fail()
	}
	return int32(n)
}

func (d *decoder) uint64() uint64 {
	n, err := strconv.ParseUint(d.number(), 10, 64)
	if err != nil {
		d.fail()
	}
	return n
}

func (d *decoder) uint32() uint32 {
	n := d.uint64()
	if n > math.MaxUint32 {
		d.fail()
	}
	return uint32(n)
}

func (d *decoder) bool() bool {
	yes := d.word("true")
	if !yes && !d.word("false") {
		d.fail()
	}
	return yes
}

// word reads a word, if it is the next one.
func (d *decoder) word(w string) bool {
	if !strings.HasPrefix(d.text[d.at:], w) {
		return false
	}
	d.at += len(w)
	return true
}

// enum reads a value of an enumeration by its name.
func enum[E ~int32](d *decoder, values map[string]int32) E {
	value, ok := values[d.string()]
	if !ok {
		d.fail()
	}
	return E(value)
}

// nodes reads a list of nodes.
func (d *decoder) nodes() []*pg.Node {
	d.want('[')
	if d.take(']') {
		return nil
	}
	start := len(d.stack)
	for more := true; more; more = d.take(',') {
		n := d.node()
		d.stack = append(d.stack, n)
	}
	d.want(']')
	list := slices.Clone(d.stack[start:])
	d.stack = d.stack[:start]
	return list
}

// list reads a list of messages of one kind.
func list[M any](d *decoder, read func(*M)) []*M {
	d.want('[')
	if d.take(']') {
		return nil
	}
	var all []*M
	for more := true; more; more = d.take(',') {
		m := new(M)
		read(m)
		all = append(all, m)
	}
	d.want(']')
	return all
}

// message reads a message of its own.
func message[M any](read func(*M)) *M {
	m := new(M)
	read(m)
	return m
}

// readInteger reads an Integer. pg_query writes its value if it is more than 0, and of all others nothing: whoever knows what stands in
// the text says which it is, or nobody is sure.
func (d *decoder) readInteger(m *pg.Integer) {
	for more := d.open(); more; more = d.more() {
		if d.key != "ival" {
			d.fail()
		}
		m.Ival = d.int32()
	}
	if m.Ival <= 0 {
		d.small = append(d.small, m)
	}
}

// readA_Const reads a constant; an integer that is not more than 0 stands where the constant does.
func (d *decoder) readA_Const(m *pg.A_Const) {
	before := len(d.small)
	for more := d.open(); more; more = d.more() {
		switch d.key {
		case "isnull":
			m.Isnull = d.bool()
		case "ival":
			m.Val = &pg.A_Const_Ival{Ival: message(d.readInteger)}
		case "fval":
			m.Val = &pg.A_Const_Fval{Fval: message(d.readFloat)}
		case "boolval":
			m.Val = &pg.A_Const_Boolval{Boolval: message(d.readBoolean)}
		case "sval":
			m.Val = &pg.A_Const_Sval{Sval: message(d.readString)}
		case "bsval":
			m.Val = &pg.A_Const_Bsval{Bsval: message(d.readBitString)}
		case "location":
			m.Location = d.int32()
		default:
			d.fail()
		}
	}
	if len(d.small) > before {
		d.small[before].Ival = d.written(int(m.Location))
		d.small = d.small[:before]
	}
}

// written reads the integer that stands in the statement at an offset: 0, or one below with its sign in front of it. Everything else, a sign in front
// of a parenthesis or of another sign, it leaves to pg_query.
func (d *decoder) written(at int) int32 {
	if at < 0 || at >= len(d.sql) {
		d.fail()
		return 0
	}
	start, end := at, at
	for end < len(d.sql) && (d.sql[end] >= '0' && d.sql[end] <= '9' || end == start && d.sql[end] == '-') {
		end++
	}
	if end < len(d.sql) && goesOn(d.sql[end]) {
		d.fail()
		return 0
	}
	n, err := strconv.ParseInt(d.sql[start:end], 10, 32)
	if err != nil || n > 0 {
		d.fail()
	}
	return int32(n)
}

// goesOn reports whether a number is more than its digits where such a byte follows them.
func goesOn(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// arrayType is the text of the type of an array, up to its bounds: names without quotes, numbers in parentheses.
var arrayType = regexp.MustCompile(`^[\w. ]+(?:\([0-9, ]*\)[\w ]*)?((?:\[\])+)`)

// readTypeName reads the name of a type. What its bounds are tells the text: -1 where nothing stands between the brackets.
func (d *decoder) readTypeName(m *pg.TypeName) {
	before := len(d.small)
	d.readTypeNameFields(m)
	small := d.small[before:]
	if len(small) == 0 || len(small) != len(m.ArrayBounds) || int(m.Location) >= len(d.sql) || m.Location < 0 {
		return
	}
	found := arrayType.FindStringSubmatch(d.sql[m.Location:])
	if len(found) == 0 || len(found[1]) != 2*len(small) {
		return
	}
	for i, bound := range small {
		if m.ArrayBounds[i].GetInteger() != bound {
			return
		}
	}
	for _, bound := range small {
		bound.Ival = -1
	}
	d.small = d.small[:before]
}
