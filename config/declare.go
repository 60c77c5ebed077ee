package config

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrUndeclarable says that a file is written in a way in which a declaration can only be added by hand.
var ErrUndeclarable = errors.New("options.tenantgen.tables is written in braces, or by anchors")

// DeclareGlobal returns the text of a configuration that declares one table more as global. All else of the text stays as
// it is, byte for byte.
func DeclareGlobal(text, table string) (string, error) {
	var doc yaml.Node
	if json.Valid([]byte(text)) || yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
		return "", ErrUndeclarable
	}
	settings := doc.Content[0]
	for _, key := range []string{"options", "tenantgen"} {
		if _, settings = pairOf(settings, key); !extensible(settings) {
			return "", ErrUndeclarable
		}
	}
	e := &edit{lines: strings.SplitAfter(text, "\n"), feed: "\n"}
	if strings.Contains(text, "\r\n") {
		e.feed = "\r\n"
	}
	line := table + ": {global: true}"
	switch _, tables := pairOf(settings, "tables"); {
	case tables == nil:
		first := settings.Content[0]
		indent := strings.Repeat(" ", first.Column-1)
		e.insert(first.Line-1, e.indented("tables:\n  "+line+"\n", indent))
	case extensible(tables):
		e.insert(tables.Content[0].Line-1, e.indented(line+"\n", strings.Repeat(" ", tables.Content[0].Column-1)))
	default:
		return "", ErrUndeclarable
	}
	changed := strings.Join(e.lines, "")
	if !declares(&doc, changed, table) {
		return "", ErrUndeclarable
	}
	return changed, nil
}

// extensible reports whether lines can be added to a mapping: it has lines of its own, and nothing else says the same.
func extensible(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && n.Anchor == "" && len(n.Content) > 0 &&
		!slices.ContainsFunc(n.Content, func(key *yaml.Node) bool { return key.ShortTag() == "!!merge" })
}

// declares reports whether a changed text says what the old one says and that a table is global, and nothing else.
func declares(old *yaml.Node, changed, table string) bool {
	var now, was map[string]any
	if yaml.Unmarshal([]byte(changed), &now) != nil || old.Decode(&was) != nil {
		return false
	}
	tables, ok := dig(now)["tables"].(map[string]any)
	entry, _ := tables[table].(map[string]any)
	if !ok || len(entry) != 1 || entry["global"] != true {
		return false
	}
	before, _ := dig(was)["tables"].(map[string]any)
	if _, twice := before[table]; twice {
		return false
	}
	delete(tables, table)
	if before == nil && len(tables) == 0 {
		delete(dig(now), "tables")
	}
	a, errA := json.Marshal(now)
	b, errB := json.Marshal(was)
	return errA == nil && errB == nil && string(a) == string(b)
}

// dig returns options.tenantgen.
func dig(doc map[string]any) map[string]any {
	options, _ := doc["options"].(map[string]any)
	settings, _ := options["tenantgen"].(map[string]any)
	return settings
}
