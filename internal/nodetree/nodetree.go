// Package nodetree reads the text in which PostgreSQL writes its trees of nodes, as
// debug_print_parse has it sent and pg_proc.prosqlbody holds it: {NAME :field value …}. It knows
// no node and no field: what a newer server adds is read like all else, and who reads a tree asks
// for what it knows. The source of the form is outfuncs.c and read.c of PostgreSQL 14 to 18.
package nodetree

import (
	"fmt"
	"strconv"
	"strings"
)

// Value is what a field holds or a list consists of: a *Node, a List, or a Text.
type Value interface{ value() }

// Node is one node with its fields, in their order.
type Node struct {
	Name   string // as PostgreSQL 16 and later call it
	Fields []Field
}

// Field is one field of a node. It has several values where a datum is written out byte by byte.
type Field struct {
	Name   string
	Values []Value
}

// List is a list of nodes, or of numbers after the letter that says of which kind.
type List []Value

// Text is what stands for itself: a number, a name, true or false. Null says that nothing is there,
// Quoted that it is a string node, not a field's own text.
type Text struct {
	S            string
	Null, Quoted bool
}

func (*Node) value() {}
func (List) value()  {}
func (Text) value()  {}

// older are the names of PostgreSQL 14 and 15, where they are others.
var older = map[string]string{
	"RTE": "RANGETBLENTRY", "CASE": "CASEEXPR", "WHEN": "CASEWHEN", "ARRAY": "ARRAYEXPR", "ROW": "ROWEXPR",
	"ROWCOMPARE": "ROWCOMPAREEXPR", "COALESCE": "COALESCEEXPR", "MINMAX": "MINMAXEXPR", "COLLATE": "COLLATEEXPR",
}

// Parse reads one value: the tree of a statement, or the list of those that a rule made of it.
func Parse(text string) (Value, error) {
	p := &parser{text: text}
	v, err := p.read(0)
	if err != nil {
		return nil, err
	}
	if tok, _ := p.next(); tok != "" {
		return nil, p.fail("%q behind the end", tok)
	}
	return v, nil
}

// maxDepth is how deep nodes may be in one another.
const maxDepth = 10000

type parser struct {
	text string
	at   int
}

func (p *parser) fail(format string, args ...any) error {
	return fmt.Errorf("node tree, at byte %d: %s", p.at, fmt.Sprintf(format, args...))
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// next cuts off a token as pg_strtok does: it ends at a blank, a parenthesis or a brace that no
// backslash stands before. It is "" at the end.
func (p *parser) next() (token string, at int) {
	for p.at < len(p.text) && blank(p.text[p.at]) {
		p.at++
	}
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if blank(c) || strings.IndexByte("(){}", c) >= 0 {
			break
		}
		p.at++
		if c == '\\' && p.at < len(p.text) {
			p.at++
		}
	}
	if p.at == start && p.at < len(p.text) {
		p.at++
	}
	return p.text[start:p.at], start
}

// peek is the token that next returns.
func (p *parser) peek() string {
	at := p.at
	token, _ := p.next()
	p.at = at
	return token
}

func (p *parser) read(depth int) (Value, error) {
	if depth > maxDepth {
		return nil, p.fail("nodes are too deep in one another")
	}
	switch token, _ := p.next(); token {
	case "":
		return nil, p.fail("the text ends")
	case "{":
		return p.node(depth)
	case "(":
		list := List{}
		for {
			switch p.peek() {
			case "":
				return nil, p.fail("a list does not end")
			case ")":
				p.next()
				return list, nil
			}
			v, err := p.read(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	case ")", "}":
		return nil, p.fail("%s closes nothing", token)
	default:
		return text(token), nil
	}
}

func (p *parser) node(depth int) (Value, error) {
	name, _ := p.next()
	if name == "" || strings.Contains("(){}", name) || name[0] == ':' {
		return nil, p.fail("a node has no name")
	}
	n := &Node{Name: name}
	if now := older[name]; now != "" {
		n.Name = now
	}
	for {
		field, _ := p.next()
		switch {
		case field == "}":
			return n, nil
		case field == "":
			return nil, p.fail("node %s does not end", name)
		case field[0] != ':':
			return nil, p.fail("node %s has %q in the place of a field", name, field)
		}
		f := Field{Name: field[1:]}
		// A name may begin with a colon, so that the first value is never the next field.
		for first := true; first || p.peek() != "" && p.peek() != "}" && p.peek()[0] != ':'; first = false {
			if first && p.peek() == "}" {
				break // a field without a value
			}
			v, err := p.read(depth + 1)
			if err != nil {
				return nil, err
			}
			f.Values = append(f.Values, v)
		}
		n.Fields = append(n.Fields, f)
	}
}

// text reads a token. Blanks in one may have become line ends, where the server breaks lines.
func text(token string) Text {
	if token == "<>" {
		return Text{Null: true}
	}
	t := Text{}
	if len(token) >= 2 && token[0] == '"' && token[len(token)-1] == '"' {
		token, t.Quoted = token[1:len(token)-1], true
	}
	var b strings.Builder
	for i := 0; i < len(token); i++ {
		if token[i] == '\\' && i+1 < len(token) {
			if i++; token[i] == '\n' {
				b.WriteByte(' ')
				continue
			}
		}
		b.WriteByte(token[i])
	}
	t.S = b.String()
	return t
}

// field is the first value of a field, nil without one.
func (n *Node) field(name string) Value {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Name == name && len(f.Values) > 0 {
			return f.Values[0]
		}
	}
	return nil
}

// Has reports whether the node has a field, of whatever value.
func (n *Node) Has(name string) bool {
	for _, f := range n.Fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

// Node is a field that holds a node, else nil.
func (n *Node) Node(name string) *Node {
	child, _ := n.field(name).(*Node)
	return child
}

// Nodes are those of a field that holds a list of nodes.
func (n *Node) Nodes(name string) []*Node {
	list, _ := n.field(name).(List)
	var nodes []*Node
	for _, v := range list {
		if child, ok := v.(*Node); ok {
			nodes = append(nodes, child)
		}
	}
	return nodes
}

// Values are the elements of a field that holds a list, those that are no nodes too.
func (n *Node) Values(name string) []Value {
	list, _ := n.field(name).(List)
	return list
}

// Text is a field that holds a text, "" for one that holds nothing.
func (n *Node) Text(name string) string {
	t, _ := n.field(name).(Text)
	return t.S
}

// Int is a field that holds a number, and without one the number that is given.
func (n *Node) Int(name string, without int) int {
	i, err := strconv.Atoi(n.Text(name))
	if err != nil {
		return without
	}
	return i
}

// OID is a field that holds the number of an object, 0 without one.
func (n *Node) OID(name string) uint32 {
	i, err := strconv.ParseUint(n.Text(name), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(i)
}

// Bool is a field that holds true or false.
func (n *Node) Bool(name string) bool { return n.Text(name) == "true" }

// Bytes are those of a datum, such as constvalue, which is written as how many there are and then each.
func (n *Node) Bytes(name string) []byte {
	var all []byte
	for _, f := range n.Fields {
		if f.Name != name || len(f.Values) < 3 {
			continue
		}
		for _, v := range f.Values[2 : len(f.Values)-1] {
			t, _ := v.(Text)
			i, err := strconv.Atoi(t.S)
			if err != nil {
				return nil
			}
			all = append(all, byte(i))
		}
	}
	return all
}

// Strings are the texts of a field that holds a list of them.
func (n *Node) Strings(name string) []string {
	var all []string
	for _, v := range n.Values(name) {
		if t, ok := v.(Text); ok {
			all = append(all, t.S)
		}
	}
	return all
}

// Ints are the numbers of a field that holds a list of them, whose first element says of which kind.
func (n *Node) Ints(name string) []int {
	var all []int
	for _, s := range n.Strings(name) {
		if i, err := strconv.Atoi(s); err == nil {
			all = append(all, i)
		}
	}
	return all
}

// Walk visits v and what is below it, from left to right; below a node for which visit is false
// it does not go.
func Walk(v Value, visit func(*Node) bool) {
	switch v := v.(type) {
	case *Node:
		if v == nil || !visit(v) {
			return
		}
		for _, f := range v.Fields {
			for _, child := range f.Values {
				Walk(child, visit)
			}
		}
	case List:
		for _, child := range v {
			Walk(child, visit)
		}
	}
}
