package ddl

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// collations tells of each name of a collation, without its schema, whether all that
// were ever declared by it are deterministic. Under one that is not, strings are equal that
// differ in case or accents (PostgreSQL manual, 24.2.2.4).
type collations map[string]bool

// builtinCollations are those that initdb makes; all are deterministic.
var builtinCollations = lazyre.New(`^(default|C|POSIX|C\.(utf8|UTF-8)|ucs_basic|unicode|pg_c_utf8|pg_unicode_fast|[a-z]{2,3}(-[A-Za-z0-9]+)*-x-icu|[a-z]{2,3}_[A-Z]{2}([.@][A-Za-z0-9.@-]+)?)$`)

func (m collations) declare(name string, deterministic bool) {
	before, known := m[name]
	m[name] = deterministic && (before || !known)
}

// loose reports whether COLLATE with that name may be nondeterministic. What no schema file
// declares, and initdb does not make, may be anything.
func (m collations) loose(names []string) bool {
	if len(names) == 0 {
		return false
	}
	last := names[len(names)-1]
	deterministic, known := m[last]
	if !known {
		return !builtinCollations().MatchString(last)
	}
	return !deterministic
}

// any reports whether a declared collation is nondeterministic.
func (m collations) any() bool {
	for _, deterministic := range m {
		if !deterministic {
			return true
		}
	}
	return false
}

// createCollation executes CREATE COLLATION, with its options or FROM another one.
func (l *loader) createCollation(s *pg.DefineStmt) error {
	name, err := l.newName(s.GetDefnames())
	if err != nil {
		return err
	}
	deterministic := true
	for _, n := range s.GetDefinition() {
		switch d := n.GetDefElem(); strings.ToLower(d.GetDefname()) {
		case "deterministic":
			deterministic = isTrue(d)
		case "from":
			deterministic = !l.collations.loose(stringList(d.GetArg()))
		}
	}
	l.collations.declare(name.Name, deterministic)
	l.holdsNot(name.Schema)
	return nil
}

// stringList reads a value of a definition: a string, a name, or a list of names.
func stringList(n *pg.Node) []string {
	switch e := n.GetNode().(type) {
	case *pg.Node_String_:
		return []string{e.String_.GetSval()}
	case *pg.Node_TypeName:
		return parsetree.Strings(e.TypeName.GetNames())
	case *pg.Node_List:
		return parsetree.Strings(e.List.GetItems())
	}
	return nil
}

func (l *loader) renameCollation(s *pg.RenameStmt) error {
	names := parsetree.Strings(s.GetObject().GetList().GetItems())
	l.collations.declare(s.GetNewname(), !l.collations.loose(names))
	return nil
}

// collated is a type with the COLLATE that stands behind it.
func (l *loader) collated(t catalog.TypeRef, c *pg.CollateClause) catalog.TypeRef {
	t.Nondeterministic = t.Nondeterministic || l.collations.loose(parsetree.Strings(c.GetCollname()))
	return t
}

// plainClasses are operator classes of built-in types whose equality is that of the
// type: the default ones, and those that compare text byte by byte (PostgreSQL manual, 11.10).
var plainClasses = sqltext.Words(`text_ops varchar_ops text_pattern_ops varchar_pattern_ops uuid_ops int2_ops int4_ops int8_ops
	numeric_ops bool_ops date_ops time_ops timestamp_ops timestamptz_ops oid_ops bytea_ops enum_ops inet_ops jsonb_ops`)

func plainClass(names []string) bool {
	return len(names) == 0 || plainClasses[names[len(names)-1]] && (len(names) == 1 || names[0] == pgtype.SystemSchema)
}

// valueOf follows the type of a column through its domains.
func (l *loader) valueOf(t catalog.TypeRef) catalog.Value {
	v := catalog.Value{}
	for range 32 {
		v.Array = v.Array || t.Array
		v.Modified = v.Modified || t.Modified
		v.Nondeterministic = v.Nondeterministic || t.Nondeterministic
		v.Type, v.Kind = t.Name, ""
		if t.Name.Schema == pgtype.SystemSchema {
			return v
		}
		u := l.db.Type(t.Name)
		if u == nil {
			v.Kind = "undeclared"
			return v
		}
		if v.Kind = u.Kind; u.Kind != "domain" {
			return v
		}
		t = u.Base
	}
	return v
}
