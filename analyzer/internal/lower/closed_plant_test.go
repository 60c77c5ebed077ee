package lower_test

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// plant returns functions that undo a planting and do the next, the first being done.
func (w *closedWorld) plant(m protoreflect.Message, f protoreflect.FieldDescriptor) []func() {
	before := protoreflect.Value{}
	if m.Has(f) {
		before = m.Get(f)
	}
	restore := func() {
		if before.IsValid() {
			m.Set(f, before)
		} else {
			m.Clear(f)
		}
	}
	if !f.IsList() {
		m.Set(f, protoreflect.ValueOfMessage(w.loaded(f.Message(), 2)))
		return []func(){restore}
	}
	var old []protoreflect.Value
	for i := range m.Get(f).List().Len() {
		old = append(old, m.Get(f).List().Get(i))
	}
	one := protoreflect.ValueOfMessage(w.loaded(f.Message(), 2))
	set := func(values ...protoreflect.Value) {
		list := m.NewField(f).List()
		for _, v := range values {
			list.Append(v)
		}
		m.Set(f, protoreflect.ValueOfList(list))
	}
	set(slices.Concat(old, []protoreflect.Value{one})...)
	return []func(){
		func() { set(slices.Concat([]protoreflect.Value{one}, old)...) },
		func() { set(one) },
		restore,
	}
}

// loaded is a message of which every field down to a depth holds the leak.
func (w *closedWorld) loaded(d protoreflect.MessageDescriptor, depth int) protoreflect.Message {
	if d.Name() == "Node" {
		return proto.Clone(w.leak).ProtoReflect()
	}
	m := newMessage(d)
	fields := d.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.Message() == nil || depth == 0:
		case f.IsList():
			m.Mutable(f).List().Append(protoreflect.ValueOfMessage(w.loaded(f.Message(), depth-1)))
		default:
			m.Set(f, protoreflect.ValueOfMessage(w.loaded(f.Message(), depth-1)))
		}
	}
	return m
}

// newMessage makes an empty message of a type, by way of the field that holds it.
func newMessage(d protoreflect.MessageDescriptor) protoreflect.Message {
	return messageTypes[d.FullName()].New()
}

var messageTypes = func() map[protoreflect.FullName]protoreflect.MessageType {
	types := map[protoreflect.FullName]protoreflect.MessageType{}
	msgs := pg.File_pg_query_proto.Messages()
	for i := range msgs.Len() {
		types[msgs.Get(i).FullName()] = protoMessageType(msgs.Get(i).FullName())
	}
	return types
}()
