package lower_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// The tests here hold the lowering to all of the parse tree, by its descriptors: they
// take accepted statements, change one field of one node at a time, and want the
// analysis to notice. What it may pass over is listed with its reason, and a reason
// that nothing needs any more fails as well.

// closedWorld analyses trees that no text needs to have.
type closedWorld struct {
	t       *testing.T
	db      *catalog.Database
	own     *tenancy.Map
	samples []*sample
	leak    *pg.Node // reads a tenant table without a pin
}

type sample struct {
	text string
	tree *pg.ParseResult
	ir   string
}

func newClosedWorld(t *testing.T) *closedWorld {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: closedSchema}})
	own, problems := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"},
		Tables: []config.Table{{Name: "plans", Global: true}, {Name: "boxes", Global: true}}})
	if len(ds) > 0 || len(problems) > 0 {
		t.Fatal(ds, problems)
	}
	w := &closedWorld{t: t, db: db, own: own}
	w.leak = mustParse(t, "SELECT (SELECT max(s.id) FROM secrets s)").Stmts[0].Stmt.GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal()
	for _, text := range closedSamples {
		s := &sample{text: text, tree: mustParse(t, text)}
		var rejected bool
		if rejected, s.ir = w.outcome(s, s.tree); rejected {
			for _, d := range analyzer.New(db, own, nil).File("q.sql", text)[0].Diagnostics {
				t.Errorf("%s: %d: %s: %s", text, d.Column, d.Rule, d.Message)
			}
		}
		w.samples = append(w.samples, s)
	}
	if t.Failed() {
		t.FailNow()
	}
	return w
}

func mustParse(t *testing.T, text string) *pg.ParseResult {
	t.Helper()
	tree, err := pg.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tree
}

// outcome analyses tree in place of the sample's and describes its IR.
func (w *closedWorld) outcome(s *sample, tree *pg.ParseResult) (rejected bool, ir string) {
	parser := sqltext.Parser
	defer func() { sqltext.Parser = parser }()
	sqltext.Parser = func(string) (*pg.ParseResult, error) { return tree, nil }
	r := analyzer.New(w.db, w.own, nil).File("q.sql", s.text)[0]
	if r.Verdict == analyzer.Rejected {
		return true, ""
	}
	st := (&lower.Lowerer{DB: w.db}).Lower(sqltext.Split(s.text)[0], s.text)
	return false, describe(st)
}

// each calls visit with a clone of every sample's tree for every message in it, and
// the path of field names that leads to the message.
func (w *closedWorld) each(visit func(s *sample, tree *pg.ParseResult, m protoreflect.Message)) {
	for _, s := range w.samples {
		for i := range messages(s.tree.Stmts[0].Stmt.ProtoReflect()) {
			clone := cloneTree(s.tree)
			visit(s, clone, messages(clone.Stmts[0].Stmt.ProtoReflect())[i])
		}
	}
}

// cloneTree copies a tree. In SET (a, b) = row the parser repeats the row for each
// column; the copy has it once, so that a change reaches all.
func cloneTree(tree *pg.ParseResult) *pg.ParseResult {
	clone := proto.Clone(tree).(*pg.ParseResult)
	var source *pg.Node
	for _, m := range messages(clone.Stmts[0].Stmt.ProtoReflect()) {
		if ref, ok := m.Interface().(*pg.MultiAssignRef); ok && ref.GetColno() == 1 {
			source = ref.GetSource()
		} else if ok {
			ref.Source = source
		}
	}
	return clone
}

// messages lists the messages of a tree in the order of its fields, without the Node
// wrappers.
func messages(m protoreflect.Message) []protoreflect.Message {
	var all []protoreflect.Message
	if m.Descriptor().Name() != "Node" {
		all = append(all, m)
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || !m.Has(f) {
			continue
		}
		if !f.IsList() {
			all = append(all, messages(m.Get(f).Message())...)
			continue
		}
		for j := range m.Get(f).List().Len() {
			all = append(all, messages(m.Get(f).List().Get(j).Message())...)
		}
	}
	return all
}

func fieldName(f protoreflect.FieldDescriptor) string {
	return string(f.Parent().Name()) + "." + string(f.Name())
}

// TestEveryNodeFieldIsRead plants a sub-select of another tenant's rows into each
// field that can hold one, in front of what is there, behind it and instead of it.
func TestEveryNodeFieldIsRead(t *testing.T) {
	pgserver.Long(t)
	w := newClosedWorld(t)
	ignored := map[string]string{}
	w.each(func(s *sample, tree *pg.ParseResult, m protoreflect.Message) {
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			if f.Message() == nil || m.Descriptor().Name() == "A_Const" {
				continue
			}
			if ref, ok := m.Interface().(*pg.MultiAssignRef); ok && ref.GetColno() > 1 {
				continue // cloneTree shares the source of the first
			}
			for _, undo := range w.plant(m, f) {
				if rejected, _ := w.outcome(s, tree); !rejected {
					ignored[fieldName(f)] = s.text
				}
				undo()
			}
		}
	})
	wantReasons(t, ignored, unreadNodes)
}

// TestEveryScalarFieldMatters changes each flag, number, string and enumeration:
// somewhere the IR must show it, or a reason must say why it need not.
func TestEveryScalarFieldMatters(t *testing.T) {
	pgserver.Long(t)
	w := newClosedWorld(t)
	seen, ignored := map[string]bool{}, map[string]string{}
	w.each(func(s *sample, tree *pg.ParseResult, m protoreflect.Message) {
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			if f.Message() != nil || f.IsList() {
				continue
			}
			old := m.Get(f)
			for _, v := range others(f, old) {
				m.Set(f, v)
				rejected, ir := w.outcome(s, tree)
				seen[fieldName(f)] = seen[fieldName(f)] || rejected || ir != s.ir
				ignored[fieldName(f)] = s.text
			}
			m.Set(f, old)
		}
	})
	maps.DeleteFunc(ignored, func(name, _ string) bool { return seen[name] || strings.HasSuffix(name, ".location") })
	wantReasons(t, ignored, unreadScalars)
}

// others lists values of a field other than v: of an enumeration all that it has.
func others(f protoreflect.FieldDescriptor, v protoreflect.Value) []protoreflect.Value {
	if f.Enum() == nil {
		return []protoreflect.Value{other(f, v)}
	}
	var all []protoreflect.Value
	for i := 1; i < f.Enum().Values().Len(); i++ {
		if n := f.Enum().Values().Get(i).Number(); n != v.Enum() {
			all = append(all, protoreflect.ValueOfEnum(n))
		}
	}
	return all
}

func other(f protoreflect.FieldDescriptor, v protoreflect.Value) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!v.Bool())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(v.String() + "zz")
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(v.Int()) + 1)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(v.Uint()) + 1)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(v.Uint() + 1)
	}
	panic(fmt.Sprintf("%s is a %s", f.FullName(), f.Kind()))
}

// TestEveryEnumValueIsDecided sets each enumeration to each of its values, to none and
// to an unknown one: those that are listed are accepted somewhere, all others nowhere.
func TestEveryEnumValueIsDecided(t *testing.T) {
	pgserver.Long(t)
	w := newClosedWorld(t)
	accepted := map[string]string{}
	w.each(func(s *sample, tree *pg.ParseResult, m protoreflect.Message) {
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			if f.Enum() == nil || f.IsList() {
				continue
			}
			old, values := m.Get(f), f.Enum().Values()
			for n := range protoreflect.EnumNumber(values.Len() + 2) {
				m.Set(f, protoreflect.ValueOfEnum(n))
				if rejected, _ := w.outcome(s, tree); rejected {
					continue
				}
				name := fmt.Sprint(n)
				if v := values.ByNumber(n); v != nil {
					name = string(v.Name())
				}
				accepted[string(f.Enum().Name())+" "+name] = s.text
			}
			m.Set(f, old)
		}
	})
	listed := map[string]string{}
	for enum, values := range acceptedValues {
		for value := range strings.FieldsSeq(values) {
			listed[enum+" "+value] = "listed"
		}
	}
	wantReasons(t, accepted, listed)
}

// TestEveryNodeTypeIsDecided puts an empty node of every type there is in each place
// where a sample has one: only the types that are listed may be accepted.
func TestEveryNodeTypeIsDecided(t *testing.T) {
	pgserver.Long(t)
	w := newClosedWorld(t)
	types := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	tried, accepted := map[string]int{}, map[string]string{}
	w.each(func(s *sample, tree *pg.ParseResult, m protoreflect.Message) {
		for _, at := range nodesOf(m) {
			if tried[at.name]++; tried[at.name] > 1 {
				continue
			}
			old := proto.Clone(at.node)
			for i := range types.Len() {
				n := at.node.ProtoReflect()
				n.Set(types.Get(i), protoreflect.ValueOfMessage(newMessage(types.Get(i).Message())))
				if rejected, _ := w.outcome(s, tree); !rejected {
					accepted[string(types.Get(i).Message().Name())] = at.name + " of " + s.text
				}
			}
			proto.Reset(at.node)
			proto.Merge(at.node, old)
		}
	})
	wantReasons(t, accepted, emptyNodes)
}

// TestEveryLoweredTypeHasASample reads in the sources which types the lowering knows:
// without a sample of one, the tests above say nothing of its fields.
func TestEveryLoweredTypeHasASample(t *testing.T) {
	met := map[string]bool{}
	newClosedWorld(t).each(func(_ *sample, _ *pg.ParseResult, m protoreflect.Message) {
		met[strings.ToLower(string(m.Descriptor().Name()))] = true
	})
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, "../pgtype/raises.go")
	known := regexp.MustCompile(`case \*pg\.Node_(\w+?)_?\b`)
	found := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, match := range known.FindAllStringSubmatch(string(text), -1) {
			found++
			if !met[strings.ToLower(match[1])] && !met[strings.ToLower(strings.Replace(match[1], "A", "A_", 1))] {
				t.Errorf("%s knows %s, of which closedSamples has none", path, match[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("found %d types", found)
	}
}

// place is a Node in a field of a message.
type place struct {
	name string
	node *pg.Node
}

func nodesOf(m protoreflect.Message) []place {
	var all []place
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || f.Message().Name() != "Node" || !m.Has(f) {
			continue
		}
		if !f.IsList() {
			all = append(all, place{fieldName(f), m.Get(f).Message().Interface().(*pg.Node)})
			continue
		}
		for j := range m.Get(f).List().Len() {
			all = append(all, place{fieldName(f), m.Get(f).List().Get(j).Message().Interface().(*pg.Node)})
		}
	}
	return all
}

// wantReasons holds what was found to the table of reasons, both ways.
func wantReasons(t *testing.T, found, reasons map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if reasons[name] == "" {
			t.Errorf("%s is ignored in: %s", name, found[name])
		}
	}
	for name := range reasons {
		if found[name] == "" {
			t.Errorf("%s has a reason that nothing needs", name)
		}
	}
}
