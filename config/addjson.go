package config

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// addJSON is Add for a text in JSON.
func addJSON(text, block string) (string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(block), &doc); err != nil {
		return "", err
	}
	_, settings := pairOf(doc.Content[0], "tenantgen")
	indent := indentOf(text)
	entry := func(depth int) string {
		var b bytes.Buffer
		_ = json.Indent(&b, []byte(inJSON(settings)), strings.Repeat(indent, depth), indent) // it is valid
		return strings.Repeat(indent, depth) + `"tenantgen": ` + b.String()
	}
	whole := "{\n" + entry(2) + "\n" + indent + "}"
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return "", errByHand
	}
	empty := true
	for ; d.More(); empty = false {
		key, err := d.Token()
		if err != nil {
			return "", err
		}
		if key != "options" {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return "", err
			}
			continue
		}
		val, err := d.Token()
		at := int(d.InputOffset())
		switch {
		case err == nil && val == nil: // null
			return text[:at-len("null")] + whole + text[at:], nil
		case err != nil || val != json.Delim('{'):
			return "", errByHand
		case d.More():
			return text[:at] + "\n" + entry(2) + "," + text[at:], nil
		}
		end := at + strings.IndexByte(text[at:], '}')
		return text[:at] + "\n" + entry(2) + "\n" + indent + text[end:], nil
	}
	end := int(d.InputOffset())
	end += strings.IndexByte(text[end:], '}')
	before := strings.TrimRight(text[:end], " \t\r\n")
	if !empty {
		before += ","
	}
	return before + "\n" + indent + `"options": ` + whole + "\n" + text[end:], nil
}

var firstKey = regexp.MustCompile(`\n([ \t]+)"`)

func indentOf(text string) string {
	if m := firstKey.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "  "
}

// inJSON writes a node of a block, whose values are strings and truth values.
func inJSON(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, quoted(n.Content[i].Value)+":"+inJSON(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case yaml.SequenceNode:
		for _, c := range n.Content {
			parts = append(parts, inJSON(c))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	if n.ShortTag() == "!!bool" {
		return n.Value
	}
	return quoted(n.Value)
}

func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always has JSON
	return strings.TrimSpace(b.String())
}
