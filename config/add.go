package config

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// errByHand says that a file is written in a way in which nothing can be added to it.
var errByHand = errors.New("the file is written in braces, or by anchors, where nothing can be added without writing it anew: add what is proposed by hand")

// Add returns the text of a configuration with a block under options, which begins with
// "tenantgen:". All else of the text stays as it is, byte for byte. A text in JSON gets the
// block without its comments.
func Add(text, block string) (string, error) {
	if json.Valid([]byte(text)) {
		return addJSON(text, block)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return "", errors.Join(err, errByHand)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 || len(root.Content) == 0 {
		return "", errByHand
	}
	e := &edit{lines: strings.SplitAfter(text, "\n"), indent: strings.Repeat(" ", root.Content[0].Column-1), feed: "\n"}
	if strings.Contains(text, "\r\n") {
		e.feed = "\r\n"
	}
	if !e.add(root, block) {
		return "", errByHand
	}
	changed := strings.Join(e.lines, "")
	if !kept(root, changed, block) {
		return "", errByHand
	}
	return changed, nil
}

// edit is the insertion of lines into a text.
type edit struct {
	lines        []string // with their ends
	indent, feed string
}

// add inserts the block where options is, or at the end of the first document.
func (e *edit) add(root *yaml.Node, block string) bool {
	key, options := pairOf(root, "options")
	if key == nil {
		at := e.end(root.Line)
		if at > 0 && !strings.HasSuffix(e.lines[at-1], "\n") {
			e.lines[at-1] += e.feed
		}
		head := e.indent + "options:" + e.feed
		if at > 0 && strings.TrimSpace(e.lines[at-1]) != "" {
			head = e.feed + head
		}
		e.insert(at, head+e.indented(block, e.indent+"  "))
		return true
	}
	indent := e.indent + "  "
	switch {
	case options.Anchor != "": // what it is an alias of would change, too
		return false
	case options.Kind == yaml.MappingNode && options.Style&yaml.FlowStyle == 0 && len(options.Content) > 0 && options.Content[0].Line > key.Line:
		indent = strings.Repeat(" ", options.Content[0].Column-1)
	case !e.emptied(options):
		return false
	}
	if !strings.HasSuffix(e.lines[key.Line-1], "\n") {
		e.lines[key.Line-1] += e.feed
	}
	e.insert(key.Line, e.indented(block, indent))
	return true
}

// nothing is how nothing is written.
var nothing = regexp.MustCompile(`^(\{\s*\}|~|null|Null|NULL)`)

// emptied takes away what is written for no options, and reports whether there are none.
func (e *edit) emptied(options *yaml.Node) bool {
	null := options.Kind == yaml.ScalarNode && options.ShortTag() == "!!null"
	if null && options.Value == "" {
		return true
	}
	if !null && (options.Kind != yaml.MappingNode || len(options.Content) > 0) {
		return false
	}
	line := []rune(e.lines[options.Line-1])
	before, rest := string(line[:options.Column-1]), string(line[options.Column-1:])
	word := nothing.FindString(rest)
	e.lines[options.Line-1] = strings.TrimRight(before, " ") + rest[len(word):]
	return word != ""
}

// marker begins a line that ends a document (YAML 1.2, 9.1.4).
var marker = regexp.MustCompile(`^(---|\.\.\.)\s`)

// end is the number of lines up to the end of the document that begins at a line.
func (e *edit) end(line int) int {
	for i := line; i < len(e.lines); i++ {
		if marker.MatchString(e.lines[i] + "\n") {
			return i
		}
	}
	if n := len(e.lines); n > 0 && e.lines[n-1] == "" {
		return n - 1
	}
	return len(e.lines)
}

func (e *edit) insert(at int, text string) { e.lines = slices.Insert(e.lines, at, text) }

func (e *edit) indented(block, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			line = indent + line
		}
		b.WriteString(line + e.feed)
	}
	return b.String()
}

// pairOf is a key of a mapping with its value, nil where it is not written there.
func pairOf(mapping *yaml.Node, name string) (key, val *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// kept reports whether a changed text says all that the root of the old one says, and the block
// under options besides.
func kept(old *yaml.Node, changed, block string) bool {
	var doc, added yaml.Node
	if yaml.Unmarshal([]byte(changed), &doc) != nil || yaml.Unmarshal([]byte(block), &added) != nil || len(doc.Content) == 0 || len(added.Content) == 0 {
		return false
	}
	_, was := pairOf(old, "options")
	_, is := pairOf(doc.Content[0], "options")
	if is == nil || is.Kind != yaml.MappingNode || merges(old, "options") {
		return false
	}
	_, block1 := pairOf(is, "tenantgen")
	_, block2 := pairOf(added.Content[0], "tenantgen")
	rest := []*yaml.Node(nil)
	if was != nil {
		rest = was.Content
	}
	return block1 != nil && same(block1, block2) && slices.EqualFunc(without(doc.Content[0], "options"), without(old, "options"), same) &&
		slices.EqualFunc(without(is, "tenantgen"), rest, same)
}

// merges reports whether a key comes into a mapping by a merge key alone.
func merges(mapping *yaml.Node, name string) bool {
	var all map[string]any
	_ = mapping.Decode(&all) // which the reader of configurations has done
	key, _ := pairOf(mapping, name)
	_, there := all[name]
	return there && key == nil
}

func without(mapping *yaml.Node, name string) []*yaml.Node {
	var rest []*yaml.Node
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value != name {
			rest = append(rest, mapping.Content[i], mapping.Content[i+1])
		}
	}
	return rest
}

// same reports whether two nodes say the same in the same way.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && a.Anchor == b.Anchor && a.Style == b.Style && slices.EqualFunc(a.Content, b.Content, same)
}
