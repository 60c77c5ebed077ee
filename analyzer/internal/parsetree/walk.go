// Package parsetree reads PostgreSQL's parse tree where the tree alone has the answer:
// walking it, names and operators in it, what a construct is called in SQL.
package parsetree

import (
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

// Children calls visit for every message that one holds directly.
func Children(m Message, visit func(Message)) {
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Message() == nil {
			return true
		}
		if !f.IsList() {
			visit(v.Message().Interface())
			return true
		}
		for i := range v.List().Len() {
			visit(v.List().Get(i).Message().Interface())
		}
		return true
	})
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
