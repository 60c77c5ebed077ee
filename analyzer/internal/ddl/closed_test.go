package ddl

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Each test here walks a list of the grammar: a value that is neither handled
// nor listed with a reason fails it, so that a new version of the grammar
// cannot bring a statement that is silently ignored.

func TestEveryStatementIsDecided(t *testing.T) {
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range fields.Len() {
		name := string(fields.Get(i).Name())
		if !strings.HasSuffix(name, "_stmt") {
			continue
		}
		_, handled := statements[name]
		decidedOnce(t, name, handled, ignoredStatements[name], refusedStatements[name])
	}
}

func TestEveryAlterTableTypeIsDecided(t *testing.T) {
	eachValue(pg.AlterTableType(0).Descriptor(), func(n protoreflect.EnumNumber, name string) {
		kind := pg.AlterTableType(n)
		_, handled := tableAlters[kind]
		decidedOnce(t, name, handled, ignoredAlters[kind], refusedAlters[kind])
	})
}

func TestEveryDropTypeIsDecided(t *testing.T) {
	eachValue(pg.ObjectType(0).Descriptor(), func(n protoreflect.EnumNumber, name string) {
		kind := pg.ObjectType(n)
		_, handled := drops[kind]
		decidedOnce(t, "DROP "+name, handled, ignoredDrops[kind], refusedDrops[kind])
	})
}

func TestEveryRenameTypeIsDecided(t *testing.T) {
	eachValue(pg.ObjectType(0).Descriptor(), func(n protoreflect.EnumNumber, name string) {
		kind := pg.ObjectType(n)
		_, handled := renames[kind]
		decidedOnce(t, "RENAME "+name, handled, ignoredRenames[kind], refusedRenames[kind])
	})
}

// TestEveryConstraintTypeIsDecided feeds the loader a constraint of each kind:
// what it does not know must be an error.
func TestEveryConstraintTypeIsDecided(t *testing.T) {
	known := map[pg.ConstrType]bool{
		pg.ConstrType_CONSTR_CHECK: true, pg.ConstrType_CONSTR_PRIMARY: true, pg.ConstrType_CONSTR_UNIQUE: true,
		pg.ConstrType_CONSTR_EXCLUSION: true, pg.ConstrType_CONSTR_FOREIGN: true,
	}
	eachValue(pg.ConstrType(0).Descriptor(), func(n protoreflect.EnumNumber, name string) {
		var d definition
		err := d.constraint(&pg.Constraint{Contype: pg.ConstrType(n)})
		if (err == nil) != known[pg.ConstrType(n)] {
			t.Errorf("%s as a table constraint: %v", name, err)
		}
	})
}

func eachValue(d protoreflect.EnumDescriptor, f func(protoreflect.EnumNumber, string)) {
	for i := range d.Values().Len() {
		f(d.Values().Get(i).Number(), string(d.Values().Get(i).Name()))
	}
}

func decidedOnce(t *testing.T, what string, handled bool, reasons ...string) {
	t.Helper()
	n := 0
	if handled {
		n++
	}
	for _, r := range reasons {
		if r != "" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%s is decided %d times, want once", what, n)
	}
}
