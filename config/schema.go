package config

import (
	"encoding/json"
	"maps"
	"slices"
)

// Schema is what of JSON Schema, draft 7, tells about settings. It is the draft that editors know best.
type Schema struct {
	Schema               string             `json:"$schema,omitempty"`
	Ref                  string             `json:"$ref,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 types              `json:"type,omitempty"`
	Enum                 []any              `json:"enum,omitempty"`
	Const                any                `json:"const,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	MinLength            int                `json:"minLength,omitempty"`
	Minimum              *int               `json:"minimum,omitempty"`
	Maximum              int                `json:"maximum,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	UniqueItems          bool               `json:"uniqueItems,omitempty"`
	MinProperties        int                `json:"minProperties,omitempty"`
	Properties           map[string]*Schema `json:"properties,omitempty"`
	PropertyNames        *Schema            `json:"propertyNames,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // a *Schema, or false
	Required             []string           `json:"required,omitempty"`
	// Dependencies are the keys that have to be there beside one.
	Dependencies map[string][]string `json:"dependencies,omitempty"`
	Items        *Schema             `json:"items,omitempty"`
	AllOf        []*Schema           `json:"allOf,omitempty"`
	AnyOf        []*Schema           `json:"anyOf,omitempty"`
	Not          *Schema             `json:"not,omitempty"`
	If           *Schema             `json:"if,omitempty"`
	Then         *Schema             `json:"then,omitempty"`
	Definitions  map[string]*Schema  `json:"definitions,omitempty"`
}

// types are those that a value may have: one is written without a list.
type types []string

// MarshalJSON writes them.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Settable is a rule whose severity may be set.
type Settable struct {
	Name, Title string
	// Always is the one severity that it can have, "" where any.
	Always string
}

// SchemaOf is a JSON schema of sqlc.yaml as Load reads it, made from the tables by which it
// does: every key of sqlc and of options.tenantgen, and the values that each takes. What
// depends on other files it leaves to Load. rules are those that options.tenantgen.rules knows.
func SchemaOf(rules []Settable) *Schema {
	s := (&reader{}).keys(&Config{}).shape(false)
	s.Schema, s.Title = "http://json-schema.org/draft-07/schema#", "sqlc.yaml with options.tenantgen"
	s.Required = []string{"version", "sql", "options"}
	advice, fixed := new(Rule).shape(true), new(Rule).shape(true)
	delete(fixed.Properties, "except")
	s.Definitions = map[string]*Schema{"rule": advice}
	set := s.Properties["options"].Properties["tenantgen"].Properties["rules"]
	set.PropertyNames, set.AdditionalProperties, set.Properties = nil, false, map[string]*Schema{}
	for _, r := range rules {
		name := "rule"
		if r.Always != "" {
			name = "always-" + r.Always
			always := *fixed
			always.Properties = maps.Clone(fixed.Properties)
			always.Properties["severity"] = &Schema{Enum: []any{r.Always}}
			s.Definitions[name] = &always
		}
		// Beside a $ref nothing else counts in draft 7.
		set.Properties[r.Name] = &Schema{Description: r.Title, AllOf: []*Schema{{Ref: "#/definitions/" + name}}}
	}
	return s
}

// shape is the values that a setting takes. Those of tenantgen are strict: sqlc's own take any
// scalar for a string, and nothing for everything.
type shape func(strict bool) *Schema

func (f fields) shape(strict bool) *Schema {
	s := &Schema{Type: types{"object"}, Properties: map[string]*Schema{}, AdditionalProperties: false}
	for _, key := range sortedKeys(f) {
		p := f[key].takes(strict)
		if !strict {
			p = orNothing(p)
		}
		p.Description = f[key].about
		s.Properties[key] = p
		if f[key].needed != "" {
			s.Required = append(s.Required, key)
		}
	}
	return s
}

// orNothing takes null as well.
func orNothing(s *Schema) *Schema {
	switch {
	case s.Enum != nil:
		s.Enum = append(s.Enum, nil)
	case s.AnyOf != nil:
		s.AnyOf = append(s.AnyOf, &Schema{Type: types{"null"}})
	case s.Type != nil && !slices.Contains(s.Type, "null"):
		s.Type = append(s.Type, "null")
	}
	return s
}

func someText(strict bool) *Schema {
	if strict {
		return &Schema{Type: types{"string"}, Pattern: `\S`}
	}
	return &Schema{Type: types{"string", "number", "boolean", "null"}}
}

func aBool(bool) *Schema { return &Schema{Type: types{"boolean"}} }

// listOf is a list of values.
func listOf(each shape) shape {
	return func(strict bool) *Schema { return &Schema{Type: types{"array"}, Items: each(strict)} }
}

// oneOrMore is a value, or a list of at least one.
func oneOrMore(each shape) shape {
	return func(strict bool) *Schema {
		return &Schema{AnyOf: []*Schema{each(strict), {Type: types{"array"}, Items: each(strict), MinItems: 1}}}
	}
}

// namesToTexts is a mapping from names of the user's.
func namesToTexts(strict bool) *Schema {
	return &Schema{Type: types{"object"}, AdditionalProperties: someText(strict)}
}

// someTexts is one with at least one entry.
func someTexts(strict bool) *Schema {
	s := namesToTexts(strict)
	s.PropertyNames, s.MinProperties = &Schema{MinLength: 1}, 1
	return s
}

// lacking rules out keys.
func lacking(keys ...string) *Schema {
	s := &Schema{Not: &Schema{}}
	for _, key := range keys {
		s.Not.AnyOf = append(s.Not.AnyOf, &Schema{Required: []string{key}})
	}
	return s
}

// excluding requires a key and rules out others.
func excluding(key string, others ...string) *Schema {
	s := lacking(others...)
	s.Required = []string{key}
	return s
}

// with is a mapping in which a key has a value.
func with(key string, v *Schema) *Schema {
	return &Schema{Properties: map[string]*Schema{key: v}, Required: []string{key}}
}

func anys(words []string) []any {
	all := make([]any, len(words))
	for i, w := range words {
		all[i] = w
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// JSON is a schema as text.
func (s *Schema) JSON() []byte {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("config: a schema that is no JSON: " + err.Error())
	}
	return append(text, '\n')
}
