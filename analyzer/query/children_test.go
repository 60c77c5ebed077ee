package query

import (
	"reflect"
	"slices"
	"testing"
)

// nodes has one of every type that a statement is made of.
var nodes = []Node{&Select{}, &SetOp{}, &Values{}, &Write{}, &CTE{}, &Base{}, &Derived{}, &CTERef{}, &Rows{}, &Join{}, &Col{}, &Param{}, &Const{}, &Eq{}, &And{},
	&Or{}, &Not{}, &Sub{}, &Op{}, &IsNotNull{}, &Opaque{}}

// notBelow are the fields that hold what stands elsewhere, too, or no nodes at all: the
// columns of a set operation have no expressions of their own.
var notBelow = []string{"Op.Negation", "Op.Implies", "Op.Filter", "Op.Unless", "Op.Among", "Sub.Test", "CTERef.CTE", "SetOp.Out", "Values.Out", "CTE.Out", "Derived.Out"}

// TestChildrenAreAll fills every field that can hold a node, and wants it among the children.
func TestChildrenAreAll(t *testing.T) {
	filled := 0
	for _, n := range nodes {
		f := filler{t: t}
		typ := reflect.TypeOf(n).Elem()
		v := reflect.New(typ)
		for i := range typ.NumField() {
			if !slices.Contains(notBelow, typ.Name()+"."+typ.Field(i).Name) {
				f.fill(v.Elem().Field(i))
			}
		}
		got := childrenOf(v.Interface().(Node))
		for _, want := range f.made {
			if !slices.Contains(got, want) {
				t.Errorf("a %T in a %s is none of its children", want, typ.Name())
			}
		}
		if len(got) != len(f.made) {
			t.Errorf("%s has %d children, and %d were put in", typ.Name(), len(got), len(f.made))
		}
		filled += len(f.made)
		if left := childrenOf(reflect.New(typ).Interface().(Node)); slices.ContainsFunc(left, func(n Node) bool { return n == nil }) {
			t.Errorf("an empty %s has a child that is nil", typ.Name())
		}
	}
	if filled < 40 {
		t.Errorf("%d nodes were put in", filled)
	}
}

// filler puts a node of its own into every place that takes one.
type filler struct {
	t    *testing.T
	made []Node
}

func (f *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		for _, n := range []Node{&Param{Number: len(f.made)}, &Base{ID: RelID(len(f.made))}, &Values{Limited: true}} {
			if reflect.TypeOf(n).AssignableTo(v.Type()) {
				v.Set(reflect.ValueOf(n))
				f.made = append(f.made, n)
				return
			}
		}
		f.t.Errorf("nothing fits a %s", v.Type())
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if n, ok := p.Interface().(Node); ok {
			f.made = append(f.made, n)
		} else if v.Type().Elem().PkgPath() == reflect.TypeFor[Select]().PkgPath() {
			f.fill(p.Elem())
		} else {
			return // the catalog's
		}
		v.Set(p)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	}
}

// A type that nobody has told Children of must not seem to be empty.
type stranger struct{ Expr }

func TestChildrenOfStrangers(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a node of an unknown type has no children")
		}
	}()
	Children(stranger{}, func(Node) {})
}

func childrenOf(n Node) (all []Node) {
	Children(n, func(c Node) { all = append(all, c) })
	return all
}
