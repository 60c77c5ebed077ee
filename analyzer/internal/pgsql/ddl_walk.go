package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type ddlMessage = protoreflect.ProtoMessage

// ddlWalk calls visit for every message of a tree, parents first.
func ddlWalk(m ddlMessage, visit func(ddlMessage)) {
	if m == nil || !m.ProtoReflect().IsValid() {
		return
	}
	visit(m)
	ddlChildren(m, func(child ddlMessage) { ddlWalk(child, visit) })
}

// ddlChildren calls visit for every message that one holds directly.
func ddlChildren(m ddlMessage, visit func(ddlMessage)) {
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

// ddlUnwrap returns the field name and the content of a Node.
func ddlUnwrap(n *pg.Node) (string, ddlMessage) {
	m := n.ProtoReflect()
	f := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if f == nil {
		return "", nil
	}
	return string(f.Name()), m.Get(f).Message().Interface()
}

// ddlText renders an expression without its positions, so that two expressions
// can be compared. It is for comparison only.
func ddlText(n *pg.Node) string {
	if n == nil {
		return ""
	}
	c := proto.Clone(n)
	ddlWalk(c, func(m ddlMessage) {
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

// ddlHandler executes one kind of statement.
type ddlHandler func(*ddlLoader, ddlMessage) error

// ddlOn adapts a method for one statement type to a handler.
func ddlOn[T ddlMessage](f func(*ddlLoader, T) error) ddlHandler {
	return func(l *ddlLoader, m ddlMessage) error { return f(l, m.(T)) }
}
