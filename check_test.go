package tenantgen

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestCheckLeavesTheProject: Check says the same when it is asked again, and nothing of what
// it says is in the project. It used to leave in the units what queries need of their roles,
// so that what was planned hung on what had been checked before.
func TestCheckLeavesTheProject(t *testing.T) {
	p, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	untouched := described(p)
	first := p.Check()
	if described(p) != untouched {
		t.Error("Check has changed the project")
	}
	second := p.Check()
	if described(first) != described(second) {
		t.Error("Check says something else when it is asked again")
	}
	if len(first.units) == 0 || len(first.Queries) < 20 || first.units[0].app == nil || first.units[0].crossing == nil || len(first.units[0].results) == 0 {
		t.Errorf("the report lacks what later steps need: %d entries, %d queries", len(first.units), len(first.Queries))
	}
}

// described is all that can be reached from v, unexported fields too: two values of one
// description are the same but for where they lie.
func described(v any) string {
	d := &description{seen: map[any]int{}}
	d.value(reflect.ValueOf(v))
	return d.String()
}

type description struct {
	strings.Builder
	seen map[any]int
}

func (d *description) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		at := [2]any{v.Type(), v.Pointer()}
		if n, ok := d.seen[at]; ok || v.IsNil() {
			fmt.Fprintf(d, "*%d", n)
			return
		}
		d.seen[at] = len(d.seen) + 1
		d.value(v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			fmt.Fprint(d, v.Elem().Type())
			d.value(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fmt.Fprintf(d, " %s:", v.Type().Field(i).Name)
			d.value(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			fmt.Fprintf(d, " [%d]", i)
			d.value(v.Index(i))
		}
	case reflect.Map:
		d.entries(v)
	case reflect.Func, reflect.Chan:
		fmt.Fprint(d, v.IsNil())
	default:
		fmt.Fprintf(d, "%v", v)
	}
}

// entries describes a map in the order of the descriptions of its keys and values by themselves.
func (d *description) entries(v reflect.Value) {
	keys := v.MapKeys()
	alone := func(k reflect.Value) string {
		one := &description{seen: map[any]int{}}
		one.value(k)
		return one.String()
	}
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(alone(a), alone(b)) })
	for _, k := range keys {
		d.value(k)
		d.WriteString("=>")
		d.value(v.MapIndex(k))
	}
}

// A description tells what is different, wherever it is.
func TestDescribed(t *testing.T) {
	type node struct {
		next *node
		m    map[*int]string
		v    any
	}
	one, two := 1, 2
	a := &node{m: map[*int]string{&one: "a", &two: "b"}, v: []int{1}}
	a.next = a
	b := &node{m: map[*int]string{&two: "b", &one: "a"}, v: []int{1}}
	b.next = b
	if described(a) != described(b) {
		t.Error(described(a), described(b))
	}
	for name, change := range map[string]func(){"a value": func() { b.v = []int{2} }, "a type": func() { b.v = []int8{1} }, "a pointer": func() { b.next = nil }, "a map": func() { b.m[&two] = "c" }} {
		saved := *b
		b.m = map[*int]string{&one: "a", &two: "b"}
		change()
		if described(a) == described(b) {
			t.Errorf("%s is not seen", name)
		}
		*b = saved
	}
}

// What is planned hangs on the report alone, whatever was checked since.
func TestPlansAreOfTheirReport(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", rightsSchema)
	a.configure(rightsSettings, "m: "+readMine)
	p, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := p.Check()
	before, err := p.plan(r.units)
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	for _, u := range p.Units {
		u.Entry.QueryFiles = nil
	}
	other, err := p.plan(p.Check().units)
	if err != nil || reflect.DeepEqual(before, other) {
		t.Fatalf("without queries the same is planned: %v", err)
	}
	if after, err := p.plan(r.units); err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the plan of a report has changed: %v", err)
	}
}
