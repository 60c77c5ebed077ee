// Package parsetree reads PostgreSQL's parse tree where the tree alone has the answer:
// walking it, names and operators in it, what a construct is called in SQL.
package parsetree

import (
	"reflect"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Message is a part of a parse tree.
type Message = protoreflect.ProtoMessage

// Walk calls visit for every message of a tree, parents first.
func Walk(m Message, visit func(Message)) {
	if m == nil || !m.ProtoReflect().IsValid() {
		return
	}
	visit(m)
	Children(m, func(child Message) { Walk(child, visit) })
}

// Children calls visit for every message that one holds directly, in the order of their fields.
func Children(m Message, visit func(Message)) {
	v := reflect.ValueOf(m).Elem()
	if !v.IsValid() { // of a nil pointer
		return
	}
	for _, i := range holding(v.Type()) {
		switch f := v.Field(i); f.Kind() {
		case reflect.Slice:
			for j := range f.Len() {
				visit(f.Index(j).Interface().(Message))
			}
		case reflect.Interface: // a oneof: a pointer to a struct of the one field
			if f.IsNil() {
				continue
			}
			if child, ok := f.Elem().Elem().Field(0).Interface().(Message); ok {
				visit(child)
			}
		default:
			if !f.IsNil() {
				visit(f.Interface().(Message))
			}
		}
	}
}

// holders are the fields of each type of messages that can hold others. To look at these alone, as Go's and not as
// protobuf's, makes walks several times as fast, and nothing walks more than the loader of schemas.
var holders sync.Map

func holding(t reflect.Type) []int {
	if list, ok := holders.Load(t); ok {
		return list.([]int)
	}
	message := reflect.TypeFor[Message]()
	var list []int
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() && (f.Type.Kind() == reflect.Interface || f.Type.Implements(message) || f.Type.Kind() == reflect.Slice && f.Type.Elem().Implements(message)) {
			list = append(list, i)
		}
	}
	holders.Store(t, list)
	return list
}

// Unwrap returns the field name and the content of a Node.
func Unwrap(n *pg.Node) (string, Message) {
	m := n.ProtoReflect()
	f := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if f == nil {
		return "", nil
	}
	return string(f.Name()), m.Get(f).Message().Interface()
}

// Text renders an expression without its positions, so that two expressions
// can be compared. It is for comparison only.
func Text(n *pg.Node) string {
	if n == nil {
		return ""
	}
	c := proto.Clone(n)
	Walk(c, func(m Message) {
		if f := m.ProtoReflect().Descriptor().Fields().ByName("location"); f != nil {
			m.ProtoReflect().Clear(f)
		}
	})
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
