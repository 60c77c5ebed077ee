package ddl

import (
	_ "embed"
	"reflect"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

//go:embed testdata/grammar.sql
var grammar string

// treatments are what the loader does with a statement.
var treatments = map[string]func(base, db *catalog.Database, errs []SchemaError) bool{
	// It changes the catalog, and nothing of it is in doubt.
	"followed": func(base, db *catalog.Database, errs []SchemaError) bool {
		return len(errs) == 0 && len(recorded(db)) == 0 && !reflect.DeepEqual(base, db)
	},
	// It has no bearing: the catalog is what it was.
	"passed over": func(base, db *catalog.Database, errs []SchemaError) bool {
		return len(errs) == 0 && reflect.DeepEqual(base, db)
	},
	// It is not followed, and reported by a rule.
	"recorded": func(_, db *catalog.Database, errs []SchemaError) bool { return len(errs) == 0 && len(recorded(db)) > 0 },
	// It closes the project, at its place and with what to do.
	"refused": func(_, _ *catalog.Database, errs []SchemaError) bool {
		return len(errs) > 0 && errs[0].Pos.File == "statement.sql" && errs[0].Pos.Line == 1 && errs[0].Hint != ""
	},
}

func recorded(db *catalog.Database) []*catalog.Unknown {
	return slices.DeleteFunc(slices.Concat(db.Unknown, db.UnknownRights), func(u *catalog.Unknown) bool { return u.Pos.File != "statement.sql" })
}

type grammarCase struct{ treatment, sql string }

// grammarCases are the lines of testdata/grammar.sql, behind the schema that they stand on.
func grammarCases(t *testing.T) (schema string, cases []grammarCase) {
	t.Helper()
	schema, rest, _ := strings.Cut(grammar, "\n-- statements\n")
	treatment := ""
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if head, ok := strings.CutPrefix(line, "-- "); ok {
			treatment, _, _ = strings.Cut(head, ":")
		} else if line != "" {
			cases = append(cases, grammarCase{treatment, line})
		}
	}
	return schema, cases
}

// Each statement of PostgreSQL's grammar is treated as testdata/grammar.sql has it; one that is passed over leaves
// the catalog exactly as it was.
func TestTreatments(t *testing.T) {
	schema, cases := grammarCases(t)
	load := func(sql string) (*catalog.Database, []SchemaError) {
		return Load([]SchemaFile{{Path: "schema.sql", Text: schema}, {Path: "statement.sql", Text: sql}})
	}
	base, errs := load("")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, c := range cases {
		as := treatments[c.treatment]
		db, errs := load(c.sql)
		if as == nil || !as(base, db, errs) {
			t.Errorf("%s\n\tis not %s: errors %v, recorded %d, changed %v", c.sql, c.treatment, errs, len(recorded(db)), !reflect.DeepEqual(base, db))
		}
	}
}

// Nothing of the grammar is left out: each kind of statement, each action of ALTER TABLE, and each kind of object that can
// be dropped, renamed or moved has its line.
func TestGrammarIsWhole(t *testing.T) {
	seen := map[string]bool{}
	_, cases := grammarCases(t)
	for _, c := range cases {
		tree, err := pg.Parse(c.sql)
		if err != nil {
			t.Fatal(c.sql, err)
		}
		for _, s := range tree.Stmts {
			kind, m := parsetree.Unwrap(s.Stmt)
			seen[kind] = true
			switch m := m.(type) {
			case *pg.AlterTableStmt:
				for _, n := range m.GetCmds() {
					seen["ALTER "+n.GetAlterTableCmd().GetSubtype().String()] = true
				}
			case *pg.DropStmt:
				seen["DROP "+m.GetRemoveType().String()] = true
			case *pg.RenameStmt:
				seen["RENAME "+m.GetRenameType().String()] = true
			}
		}
	}
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range fields.Len() {
		if name := string(fields.Get(i).Name()); strings.HasSuffix(name, "_stmt") && !seen[name] && refusedStatements[name] != noStatement {
			t.Errorf("no line has a %s", name)
		}
	}
	eachValue(pg.AlterTableType(0).Descriptor(), func(n protoreflect.EnumNumber, name string) {
		if refusedAlters[pg.AlterTableType(n)] == "" && !seen["ALTER "+name] {
			t.Errorf("no line has ALTER TABLE with %s", name)
		}
	})
	eachValue(pg.ObjectType(0).Descriptor(), func(n protoreflect.EnumNumber, name string) {
		if refusedDrops[pg.ObjectType(n)] == "" && !seen["DROP "+name] {
			t.Errorf("no line has DROP of %s", name)
		}
		if refusedRenames[pg.ObjectType(n)] == "" && !seen["RENAME "+name] {
			t.Errorf("no line has RENAME of %s", name)
		}
	})
}
