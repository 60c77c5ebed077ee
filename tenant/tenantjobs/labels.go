package tenantjobs

import (
	"fmt"
	"reflect"
	"strings"
)

// Labels of jobs are the fields of a struct:
//
//	type Labels struct {
//		Team   Team   `json:"team"` // type Team string, with a method Valid() bool
//		Source string `json:"source"`
//	}
//
// A field is a string, exported, and named by its json tag. The empty string is no label. A type with a method Valid() bool, as sqlc makes one for
// an enum, refuses other values. A label never changes.
type label struct {
	name  string
	index int
}

func labelsOf[L any]() ([]label, error) {
	t := reflect.TypeFor[L]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%w: %s is no struct", ErrLabel, t)
	}
	var all []label
	seen := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || f.Anonymous || f.Type.Kind() != reflect.String:
			return nil, fmt.Errorf("%w: %s.%s is no exported string", ErrLabel, t, f.Name)
		case name == "" || name == "-" || seen[name]:
			return nil, fmt.Errorf("%w: %s.%s has no name of its own in a json tag", ErrLabel, t, f.Name)
		}
		seen[name] = true
		all = append(all, label{name, i})
	}
	return all, nil
}

// values are the labels that are set.
func (j *Jobs[L]) values(of L) (map[string]string, error) {
	v, set := reflect.ValueOf(of), map[string]string{}
	for _, l := range j.labels {
		field := v.Field(l.index)
		if field.String() == "" {
			continue
		}
		if valid, ok := field.Interface().(interface{ Valid() bool }); ok && !valid.Valid() {
			return nil, fmt.Errorf("%w: %s is never %q", ErrLabel, l.name, field.String())
		}
		if strings.Contains(field.String(), "\x00") {
			return nil, fmt.Errorf("%w: PostgreSQL has no text for the value of %s", ErrLabel, l.name)
		}
		set[l.name] = field.String()
	}
	return set, nil
}

// read makes labels of what a record has. A label that there is no more is left out.
func (j *Jobs[L]) read(set map[string]string) L {
	var of L
	v := reflect.ValueOf(&of).Elem()
	for _, l := range j.labels {
		v.Field(l.index).SetString(set[l.name])
	}
	return of
}
