package tenancy

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// files belong to notes or to tasks, and a column of the given type tells to which.
func files(kind catalog.Value) *catalog.Database {
	db := shop()
	tasks, files := table("tasks", "", "id", "org_id"), table("files", "", "kind", "owner_id", "task_id")
	tasks.Keys = []*catalog.Key{{Name: "tasks_pkey", Columns: []string{"id"}}}
	files.Columns[0].Value = kind
	db.Tables = append(db.Tables, tasks, files)
	db.Types = []*catalog.Type{{Name: catalog.Name{Schema: "public", Name: "topic"}, Kind: "enum", Values: []string{"note", "task", "blank "}}}
	return db
}

func builtin(name string) catalog.Value {
	return catalog.Value{Type: catalog.Name{Schema: "pg_catalog", Name: name}}
}

var topic = catalog.Value{Type: catalog.Name{Schema: "public", Name: "topic"}, Kind: "enum"}

func classified(kind catalog.Value, column, one, two string) (*Map, *catalog.Database, []Problem) {
	db := files(kind)
	link := func(table, value string) config.Parent {
		return config.Parent{Table: table, On: []config.Pair{{Child: "owner_id", Parent: "id"}}, When: []config.Match{{Column: column, Value: value}}}
	}
	m, problems := Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}, {Name: "lines", Global: true},
		{Name: "files", Parents: []config.Parent{link("notes", one), link("tasks", two)}}}})
	return m, db, problems
}

// Values of a discriminator must be different values of its type when they are different
// texts: who knows the one row must know that it is not the other's.
func TestValuesOfWhen(t *testing.T) {
	nondeterministic := builtin("text")
	nondeterministic.Nondeterministic = true
	array := builtin("text")
	array.Array = true
	for _, c := range []struct {
		kind        catalog.Value
		column, two string
		want        string // "" for none
	}{
		{builtin("text"), "kind", "task", ""},
		{builtin("varchar"), "kind", "task", ""},
		{topic, "kind", "task", ""},
		{builtin("int2"), "kind", "-2", ""},
		{builtin("text"), "type", "task", "files.type does not exist"},
		{builtin("text"), "kind", "", "empty or ends in a blank"},
		{builtin("text"), "kind", "a ", "empty or ends in a blank"},
		{topic, "kind", "blank ", "empty or ends in a blank"},
		{topic, "kind", "tasks", "none of its values"},
		{builtin("int4"), "kind", "01", "no integer"},
		{builtin("int4"), "kind", "+1", "no integer"},
		{builtin("int4"), "kind", "note", "no integer"},
		{builtin("bpchar"), "kind", "task", "cannot be told"},
		{builtin("name"), "kind", "task", "cannot be told"},
		{builtin("numeric"), "kind", "1", "cannot be told"},
		{builtin("bool"), "kind", "true", "cannot be told"},
		{nondeterministic, "kind", "task", "cannot be told"},
		{array, "kind", "task", "cannot be told"},
	} {
		one := "note"
		if strings.HasPrefix(c.kind.Type.Name, "int") {
			one = "1"
		}
		_, _, problems := classified(c.kind, c.column, one, c.two)
		if c.want == "" && len(problems) > 0 || c.want != "" && (len(problems) == 0 || !strings.Contains(problems[len(problems)-1].Msg, c.want)) {
			t.Errorf("%+v: %v", c, problems)
		}
	}
}

// What tells a polymorphic child's parents apart is part of whose row it is.
func TestDiscriminator(t *testing.T) {
	m, db, problems := classified(builtin("text"), "kind", "note", "task")
	files := db.Table(catalog.Name{Schema: "public", Name: "files"})
	o := m.Of(files)
	if len(problems) > 0 || len(o.Parents) != 2 || m.Literal("note") != 1 || m.Literal("task") != 2 || m.Literal("else") != 0 {
		t.Fatalf("%+v, %v, %v", o, m.Literals, problems)
	}
	if !o.DecidedBy(0) || !o.DecidedBy(1) || o.DecidedBy(2) {
		t.Errorf("decided by %v", o.Deciding())
	}
	if !o.CoveredBy([]int{0, 1}) || o.CoveredBy([]int{1}) || o.CoveredBy([]int{0}) {
		t.Error("rows have one owner when they agree in type and id")
	}
	if !Agree(db, files, o.Parents) {
		t.Error("no row has both types")
	}
	same := o.Parents[1]
	same.When = o.Parents[0].When
	if Agree(db, files, []Parent{o.Parents[0], same}) || Agree(db, files, []Parent{o.Parents[0], {Table: same.Table, On: same.On}}) {
		t.Error("rows of one type may refer to both")
	}
	if o.Parents[0].Same(Parent{Table: o.Parents[0].Table, On: o.Parents[0].On}) {
		t.Error("a link of some rows is none of all")
	}
	heir := table("heirs", "files", "owner_id", "kind")
	if p := o.Parents[0].of(files, heir); len(p.When) != 1 || p.When[0] != (Match{Column: 1, Value: "note"}) || p.On[0].Child != 0 {
		t.Errorf("the heir's link is %+v", p)
	}
	part := Owner{Kind: Child, Parents: []Parent{{Table: same.Table, On: []Pair{{Child: 1}}, When: same.When}, {Table: same.Table, On: []Pair{{Child: 2}}, When: []Match{{0, "task"}}}}}
	if part.CoveredBy([]int{0, 1}) || part.CoveredBy([]int{0, 2}) || !part.CoveredBy([]int{0, 1, 2}) {
		t.Error("rows that agree in one parent's key may be the other's")
	}
}
