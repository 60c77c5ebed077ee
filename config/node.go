package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxValues bounds what aliases can multiply a small file to.
const maxValues = 200_000

// maxMerges bounds how deep merge keys may nest; an anchor can contain itself.
const maxMerges = 32

// reader collects the problems of one file and remembers where each setting is.
type reader struct {
	file    string
	errs    Errors
	budget  int
	bare    bool                  // options.tenantgen is not to be there
	global  Go                    // what overrides.go says of every entry
	entries []value               // of sql that are for tenantgen
	at      map[string]*yaml.Node // by path, e.g. "sql[0].gen.go.out"
}

// value is a node with its path, which names it in messages.
type value struct {
	r      *reader
	n      *yaml.Node // never an alias
	path   string
	strict bool // a setting of tenantgen: sqlc's leniency about types and empty values does not apply
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// parse returns the first document, the only one sqlc reads.
func (r *reader) parse(data []byte) (value, bool) {
	var doc yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		r.add(1, 1, "run `sqlc init`, then `tenantgen init`", "the file is empty")
		return value{}, false
	}
	if err != nil {
		m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
		line, _ := strconv.Atoi(m[1])
		r.add(max(line, 1), 1, "", "not valid YAML: %s", m[2])
		return value{}, false
	}
	r.at = map[string]*yaml.Node{}
	return value{r: r, n: target(doc.Content[0])}, true
}

// target follows aliases. An alias cannot name an alias, so this ends.
func target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func (v value) errorf(hint, format string, args ...any) {
	v.r.add(v.n.Line, v.n.Column, hint, "%s%s", v.prefix(), fmt.Sprintf(format, args...))
}

func (v value) prefix() string {
	if v.path == "" {
		return ""
	}
	return v.path + ": "
}

func (v value) null() bool {
	return v.n.Kind == yaml.ScalarNode && v.n.ShortTag() == "!!null"
}

func (v value) expected(what string) {
	v.errorf("", "expected %s, found %s", what, v.kind())
}

func (v value) kind() string {
	switch v.n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		switch {
		case v.null():
			return "nothing"
		case v.n.ShortTag() == "!!str":
			return strconv.Quote(shorten(v.n.Value))
		}
		return shorten(v.n.Value)
	}
	return "something else"
}

// shorten keeps a message to one line whatever was written.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// child names the value of a key of v and remembers its place.
func (v value) child(key string, n *yaml.Node) value {
	return v.below(under(v.path, key), n)
}

// element is child for the elements of a list.
func (v value) element(i int, n *yaml.Node) value {
	return v.below(fmt.Sprintf("%s[%d]", v.path, i), n)
}

func (v value) below(path string, n *yaml.Node) value {
	c := value{r: v.r, n: target(n), path: path, strict: v.strict}
	v.r.at[path] = c.n
	return c
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_$-]+$`)

// under returns the path of a key. A name with a dot is quoted, or the table
// app.parent would be taken for the parent of the table app.
func under(path, key string) string {
	switch {
	case !plainKey.MatchString(key):
		return path + "[" + strconv.Quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// pair is a key with its value.
type pair struct {
	key *yaml.Node
	val value
}

// pairs returns the entries of a mapping in file order, merge keys resolved.
func (v value) pairs() []pair {
	if v.n.Kind != yaml.MappingNode {
		v.expected("a mapping")
		return nil
	}
	own := map[string]*yaml.Node{}
	return v.collect(v.n, own, map[string]bool{}, 0)
}

// collect reads one mapping, then what it merges: explicit keys win, and so do
// earlier merged mappings. Only the mapping's own keys can be duplicates.
func (v value) collect(n *yaml.Node, own map[string]*yaml.Node, seen map[string]bool, depth int) []pair {
	var out []pair
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content) && v.spend(); i += 2 {
		k, val := target(n.Content[i]), n.Content[i+1]
		switch first := own[k.Value]; {
		case k.Kind != yaml.ScalarNode:
			v.r.add(k.Line, k.Column, "", "%sa key must be a word", v.prefix())
		case !v.plain(k.Line, k.Column, k.Value, ""):
		case k.ShortTag() == "!!merge":
			merged = append(merged, val)
		case depth == 0 && first != nil:
			v.r.add(k.Line, k.Column, "", "%sduplicate key %q, already set on line %d", v.prefix(), k.Value, first.Line)
		case !seen[k.Value]:
			own[k.Value], seen[k.Value] = k, true
			out = append(out, pair{k, v.child(k.Value, val)})
		}
	}
	for _, m := range merged {
		out = append(out, v.merge(m, own, seen, depth+1)...)
	}
	return out
}

func (v value) merge(m *yaml.Node, own map[string]*yaml.Node, seen map[string]bool, depth int) []pair {
	n := target(m)
	switch {
	case depth > maxMerges:
		v.r.add(m.Line, m.Column, "", "%smerge keys nest too deeply", v.prefix())
	case n.Kind == yaml.MappingNode:
		return v.collect(n, own, seen, depth)
	case n.Kind == yaml.SequenceNode:
		var out []pair
		for _, c := range n.Content {
			if !v.spend() {
				break
			}
			out = append(out, v.merge(c, own, seen, depth+1)...)
		}
		return out
	default:
		v.r.add(m.Line, m.Column, "", "%sa merge key needs a mapping", v.prefix())
	}
	return nil
}

// spend counts a value and reports, once, that there are too many.
func (v value) spend() bool {
	v.r.budget--
	if v.r.budget == -1 {
		v.errorf("write the repeated parts out", "aliases expand to more than %d values", maxValues)
	}
	return v.r.budget >= 0
}

func (v value) unknown(key *yaml.Node, f fields) {
	hint := suggest(key.Value, slices.Collect(maps.Keys(f)))
	if home, ok := homes[key.Value]; ok {
		hint = "it belongs under " + home
	}
	v.r.add(key.Line, key.Column, hint, "%sunknown key %q", v.prefix(), key.Value)
}

// homes says where a key belongs that is often put one level too high or low.
var homes = map[string]string{
	"tenantgen": "options", "tenant_column": "options.tenantgen", "levels": "options.tenantgen",
	"tables": "options.tenantgen", "migrations": "options.tenantgen",
	"gen": "sql[]", "schema": "sql[]", "queries": "sql[]", "go": "sql[].gen",
	"sql_package": "sql[].gen.go", "emit_interface": "sql[].gen.go", "package": "sql[].gen.go",
}

// has tells whether a key of v was given a value.
func (v value) has(key string) bool {
	_, ok := v.get(key)
	return ok
}

// get returns what was given for a key of v, however it was read.
func (v value) get(key string) (value, bool) {
	path := under(v.path, key)
	n := v.r.at[path]
	c := value{r: v.r, n: n, path: path, strict: v.strict}
	return c, n != nil && !c.null()
}

// need reports a key that must be there. It returns whether it is. A setting of
// tenantgen without a value has been reported as that.
func (v value) need(key, hint string) bool {
	if c, ok := v.get(key); ok || v.n.Kind != yaml.MappingNode || v.strict && c.n != nil {
		return true
	}
	v.errorf(hint, "%s is missing", key)
	return false
}

func isList(v value) bool { return v.n.Kind == yaml.SequenceNode }

// list reads each element of a sequence.
func (v value) list(each func(value)) {
	if v.n.Kind != yaml.SequenceNode {
		v.expected("a list")
		return
	}
	for i, n := range v.n.Content {
		if !v.spend() {
			return
		}
		each(v.element(i, n))
	}
}

// text returns a scalar as sqlc reads it into a string. tenantgen's own
// settings must be strings: `safe: true` is no reason.
func (v value) text() (string, bool) {
	switch {
	case v.n.Kind != yaml.ScalarNode, v.strict && v.n.ShortTag() != "!!str":
		v.expected("a string")
		return "", false
	case v.null():
		return "", true
	case v.strict && strings.TrimSpace(v.n.Value) == "":
		v.errorf("give it a value or remove the key", "empty")
		return "", false
	}
	return v.n.Value, v.visible(v.n.Value)
}

func (v value) texts() []string {
	var out []string
	v.list(func(e value) {
		if s, ok := e.text(); ok {
			out = append(out, s)
		}
	})
	return out
}
