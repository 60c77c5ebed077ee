package tenantgen

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// fingerprint is a hash of what the schema says of everything that a statement may touch:
// what a baseline entry rests on besides the text of its query. A view that loses its
// condition makes another query of the same text.
//
// A refused query has often no meaning that could be followed, so names decide: whatever
// has a name that stands in the text counts, and what is named in its definition in turn.
// Of a table that is what a statement on it runs or reads beyond its rows; its policies,
// indexes and columns that nobody names may change.
//
// Where things stand does not count: the folder that tenantgen is called in decides what files are called, and a comment
// above a function moves it.
func fingerprint(db *catalog.Database, text string) string { return touch(db, text).sum() }

// placedFingerprint is the one that entries had in which it counted where the bodies of functions stand.
func placedFingerprint(db *catalog.Database, text string) string {
	t := touch(db, text)
	t.placed = true
	return t.sum()
}

func (t *touched) sum() string {
	var all []string
	for o := range t.seen {
		all = append(all, t.definition(o))
	}
	slices.Sort(all)
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.Join(all, "\n"))))
}

// touch collects all that a text may touch.
func touch(db *catalog.Database, text string) *touched {
	t := &touched{db: db, words: map[string]bool{}, seen: map[any]bool{}}
	t.read(text)
	for grown := -1; grown != len(t.words)+len(t.seen); {
		grown = len(t.words) + len(t.seen)
		t.objects()
	}
	return t
}

// touched collects objects of a schema by the words that lead to them.
type touched struct {
	db    *catalog.Database
	words map[string]bool // lower case
	text  string          // all that was read, lower case, for names that are no word
	seen  map[any]bool    // pointers to objects of the catalog
	// placed has the places of bodies count.
	placed bool
}

func (t *touched) read(text string) {
	text = strings.ToLower(text)
	t.text += text + "\n"
	if strings.Contains(text, `u&"`) {
		t.words["u&"] = true
	}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !wordRune(r) }) {
		t.words[w] = true
	}
}

func wordRune(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// names reports whether something with a name may be meant by what was read; an
// identifier with Unicode escapes may be any.
func (t *touched) names(name string) bool {
	name = strings.ToLower(name)
	if strings.ContainsFunc(name, func(r rune) bool { return !wordRune(r) }) {
		return strings.Contains(t.text, name) || t.words["u&"]
	}
	return t.words[name] || t.words["u&"]
}

// objects adds what the words read so far name.
func (t *touched) objects() {
	for _, table := range t.db.Tables {
		t.add(table, t.names(table.Name.Name) || t.acts(table))
	}
	for _, v := range t.db.Views {
		t.add(v, t.names(v.Name.Name))
	}
	for _, f := range t.db.Functions {
		t.add(f, t.names(f.Name.Name))
	}
	for _, u := range t.db.Types {
		t.add(u, t.names(u.Name.Name))
	}
	for _, o := range t.db.Operators {
		t.add(o, strings.Contains(t.text, o.Name.Name))
	}
}

func (t *touched) add(o any, named bool) {
	if named && !t.seen[o] {
		t.seen[o] = true
		t.read(t.definition(o))
	}
}

// acts reports whether writing to a touched table can change the rows of another.
func (t *touched) acts(table *catalog.Table) bool {
	return slices.ContainsFunc(table.Foreign, func(fk *catalog.ForeignKey) bool {
		to := t.db.Table(fk.RefTable)
		return to != nil && t.seen[to] && (fk.Acts(true, nil) || fk.Acts(false, fk.RefColumns))
	})
}

// definition is what counts of an object.
func (t *touched) definition(o any) string {
	var what any
	switch o := o.(type) {
	case *catalog.Table:
		what = t.table(o)
	case *catalog.View:
		v := *o
		v.Pos, v.Indexes, v.Triggers = catalog.Pos{}, nil, triggers(o.Triggers)
		what = v
	case *catalog.Function:
		f := *o
		if f.Pos = (catalog.Pos{}); !t.placed {
			f.BodyPos, f.Definer = catalog.Pos{}, catalog.Pos{}
		}
		what = f
	case *catalog.Type:
		what = struct {
			Name  catalog.Name
			Kind  string
			Base  catalog.TypeRef
			Calls []catalog.Name
		}{o.Name, o.Kind, o.Base, o.Calls}
	case *catalog.Operator:
		what = [2]catalog.Name{o.Name, o.Function}
	}
	text, err := json.Marshal(what)
	if err != nil {
		panic(err) // plain data
	}
	return fmt.Sprintf("%T %s", o, text)
}

// tableDefinition is what counts of a table.
type tableDefinition struct {
	Name                       catalog.Name
	Columns                    []catalog.Column
	Triggers                   []*catalog.Trigger
	Calls, PlanCalls, RowCalls []catalog.Name
	Actions                    []string // of foreign keys that writes to other tables start
	Rules, Replaced            bool
	Unsure                     string
}

func (t *touched) table(table *catalog.Table) tableDefinition {
	d := tableDefinition{Name: table.Name, Triggers: triggers(table.Triggers), Calls: table.Calls, PlanCalls: table.PlanCalls, RowCalls: table.RowCalls,
		Rules: table.Rules, Replaced: table.Replaced, Unsure: table.Unsure}
	for _, c := range table.Columns {
		if t.names(c.Name) || len(c.DefaultCalls) > 0 || c.Generated {
			column := *c
			column.Pos = catalog.Pos{}
			d.Columns = append(d.Columns, column)
		}
	}
	for _, fk := range table.Foreign {
		if fk.OnDelete != "" || fk.OnUpdate != "" {
			d.Actions = append(d.Actions, fmt.Sprint(fk.RefTable, fk.Columns, fk.RefColumns, fk.OnDelete, "/", fk.OnUpdate, fk.SetColumns))
		}
	}
	return d
}

func triggers(list []*catalog.Trigger) []*catalog.Trigger {
	var all []*catalog.Trigger
	for _, tr := range list {
		plain := *tr
		plain.Pos = catalog.Pos{}
		all = append(all, &plain)
	}
	return all
}
