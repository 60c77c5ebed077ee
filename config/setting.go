package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setting is what may stand behind a key: how it is read, and which values it takes. The
// reader and Schema use the same ones, so that neither knows a key that the other does not.
type setting struct {
	read  func(value)
	takes shape
	// needed says how to write it where it is missing, "" where it may be.
	needed string
	about  string // for whoever writes it
}

// fields are the keys of a mapping.
type fields map[string]setting

// need is s for a key that has to be there; hint says how to write it.
func need(hint string, s setting) setting {
	s.needed = hint
	return s
}

// says is s with what it is for.
func (s setting) says(about string) setting {
	s.about = about
	return s
}

// then is s that looks at the value once more, when it is read.
func (s setting) then(look func(value)) setting {
	read := s.read
	s.read = func(v value) { read(v); look(v) }
	return s
}

// object reads a mapping whose keys are fixed.
func (v value) object(f fields) {
	for _, p := range v.pairs() {
		set, ok := f[p.key.Value]
		switch {
		case !ok:
			v.unknown(p.key, f)
		case !p.val.null():
			set.read(p.val)
		case v.strict:
			p.val.errorf("give it a value or remove the key", "no value")
		}
	}
	for _, key := range sortedKeys(f) {
		if hint := f[key].needed; hint != "" {
			v.need(key, hint)
		}
	}
}

// anything accepts what sqlc passes on unread.
var anything = setting{read: func(value) {}, takes: func(bool) *Schema { return &Schema{} }}

func str(dst *string) setting {
	return setting{read: func(v value) { *dst, _ = v.text() }, takes: someText}
}

// ignored accepts any string.
var ignored = setting{read: func(v value) { v.text() }, takes: someText}

func strs(dst *[]string) setting {
	return setting{read: func(v value) { *dst = v.texts() }, takes: listOf(someText)}
}

// boolean accepts what the yaml package decodes into a bool, yes and on included.
func boolean(dst *bool) setting {
	return setting{takes: aBool, read: func(v value) {
		if v.n.Kind != yaml.ScalarNode || v.n.Decode(dst) != nil {
			v.expected("true or false")
		}
	}}
}

// ignoredBool accepts what a bool does.
var ignoredBool = setting{read: func(v value) {
	var b bool
	boolean(&b).read(v)
}, takes: aBool}

func object(f fields) setting {
	return setting{read: func(v value) { v.object(f) }, takes: f.shape}
}

func list(f fields) setting {
	return setting{read: func(v value) { v.list(object(f).read) }, takes: listOf(f.shape)}
}

// named reads a mapping whose keys are names of the user's, to values of the shape.
func named(each func(pair), takes shape) setting {
	return setting{read: func(v value) { v.entries(each) }, takes: func(strict bool) *Schema {
		return &Schema{Type: types{"object"}, PropertyNames: &Schema{MinLength: 1}, AdditionalProperties: takes(strict)}
	}}
}

// oneOf reads a word out of a closed list.
func oneOf(dst *string, words ...string) setting {
	read := func(v value) {
		s, ok := v.text()
		if !ok {
			return
		}
		if !slices.Contains(words, s) {
			v.errorf(suggest(s, slices.Clone(words)), "%q is not one of %s", s, strings.Join(words, ", "))
			return
		}
		*dst = s
	}
	return setting{read: read, takes: func(bool) *Schema { return &Schema{Enum: anys(words)} }}
}
