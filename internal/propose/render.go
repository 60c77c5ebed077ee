package propose

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// Block is options.tenantgen as text, from its key on, with reasons in comments. What is open
// is commented out. At says which line, counted from 0, declares which table.
func (p *Proposal) Block() (text string, at map[int]*Table) {
	b := &block{at: map[int]*Table{}}
	b.line(0, "tenantgen:")
	b.comment(1, "Proposed by tenantgen init from the schema. Read the reasons: what is declared here is what proofs rest on.")
	p.tenants(b)
	p.settings(b)
	p.tables(b)
	p.functions(b)
	return strings.Join(b.lines, ""), b.at
}

// block collects lines.
type block struct {
	lines []string
	at    map[int]*Table
}

func (b *block) line(depth int, text string) {
	b.lines = append(b.lines, strings.Repeat("  ", depth)+text+"\n")
}

// comment writes a line that YAML does not read, whatever names are in it.
func (b *block) comment(depth int, text string) { b.line(depth, "# "+visible(text)) }

// setting writes a key with its value, and why.
func (b *block) setting(depth int, key string, val *yaml.Node, why string) {
	text := entry(key, val)
	if why != "" {
		text += "  # " + visible(why)
	}
	b.line(depth, text)
}

// choice is a setting that is commented out.
func (b *block) choice(depth int, key string, val *yaml.Node, why string) {
	text := entry(key, val)
	if why != "" {
		text += "  # " + why
	}
	b.comment(depth, text)
}

// visible writes characters that end a line, or that cannot be seen, as their numbers.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if _, hidden := inert.Hidden(string(r), ""); hidden {
			fmt.Fprintf(&b, "<%U>", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// entry is a key with its value on one line.
func entry(key string, val *yaml.Node) string {
	text, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar(key), val}})
	if err != nil {
		panic(err) // nodes of ours
	}
	return strings.TrimRight(string(text), "\n")
}

// scalar is a string that stays one: yaml puts it into quotes where it would be anything else.
func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if n.Style == yaml.LiteralStyle { // its line ends would end the comment that it may stand in
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func sequence(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: items}
}

// mapping is one of keys and values in turn; nil values are left out.
func mapping(items ...any) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for i := 0; i < len(items); i += 2 {
		key := scalar(items[i].(string))
		switch val := items[i+1].(type) {
		case string:
			if val != "" {
				m.Content = append(m.Content, key, scalar(val))
			}
		case bool:
			if val {
				m.Content = append(m.Content, key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
			}
		case *yaml.Node:
			if val != nil {
				m.Content = append(m.Content, key, val)
			}
		}
	}
	return m
}

// declaration is a table's entry.
func declaration(d config.Table) *yaml.Node {
	if len(d.Parents) == 1 {
		return mapping(append([]any{"parent", d.Parents[0].Table}, linkOf(d.Parents[0])...)...)
	}
	var parents *yaml.Node
	for _, p := range d.Parents {
		if parents == nil {
			parents = sequence()
		}
		parents.Content = append(parents.Content, mapping(append([]any{"table", p.Table}, linkOf(p)...)...))
	}
	return mapping("tenant_column", d.TenantColumn, "level", d.Level, "global", d.Global, "no_tenant", d.NoTenant, "parent", parents)
}

func linkOf(p config.Parent) []any {
	on := mapping()
	for _, pair := range p.On {
		on.Content = append(on.Content, scalar(pair.Child), scalar(pair.Parent))
	}
	return []any{"on", on, "where", p.Where}
}

// listed is one name, or a list of several.
func listed(names []string) *yaml.Node {
	if len(names) == 1 {
		return scalar(names[0])
	}
	list := sequence()
	for _, s := range names {
		list.Content = append(list.Content, scalar(s))
	}
	return list
}
