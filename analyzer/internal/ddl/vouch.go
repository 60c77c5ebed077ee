package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// ParseVouch reads name, schema.name or schema.name(types), the types as in SQL.
func ParseVouch(db *catalog.Database, key, kind string) (pgtype.Vouch, error) {
	name, types, signed := strings.Cut(key, "(")
	v := pgtype.Vouch{Name: catalog.ParseName(strings.TrimSpace(name)), Signed: signed, Kind: kind}
	if v.Name.Schema == "" {
		v.Name.Schema = "public"
	}
	if !signed {
		return v, nil
	}
	tree, err := treejson.Parse("COMMENT ON FUNCTION f(" + types + " IS NULL")
	if err != nil || len(tree.Stmts) != 1 {
		return v, errorf(-1, "%s is no signature: write schema.name(type, type)", key)
	}
	l := newLoader()
	l.db = db
	for _, n := range tree.Stmts[0].Stmt.GetCommentStmt().GetObject().GetObjectWithArgs().GetObjargs() {
		v.Types = append(v.Types, pgtype.Plain(vouchedType(l, n.GetTypeName())))
	}
	return v, nil
}

// vouchedType resolves a type of a signature; one that is not found in public is the
// only one of its name.
func vouchedType(l *loader, t *pg.TypeName) catalog.TypeRef {
	ref := l.typeRef(t)
	if ref.Name.Schema != "" {
		return ref
	}
	var found []catalog.Name
	for _, u := range l.db.Types {
		found = append(found, u.Name)
	}
	for _, u := range l.db.Tables {
		found = append(found, u.Name)
	}
	found = slices.DeleteFunc(found, func(n catalog.Name) bool { return n.Name != ref.Name.Name })
	if len(found) == 1 {
		ref.Name = found[0]
	}
	return ref
}

// About reports whether v is about a function of a live database, args being its arguments
// as PostgreSQL shows them. Without a signature it is about the one that the schema files
// declare, or about any where they declare none.
func About(v pgtype.Vouch, db *catalog.Database, name catalog.Name, args string) bool {
	live, err := ParseVouch(db, "f("+args+")", "")
	if err != nil || v.Name != name {
		return false
	}
	types, count := v.Types, 0
	for _, f := range db.Functions {
		if f.Name == name && !v.Signed {
			types, count = pgtype.InputTypes(f), count+1
		}
	}
	return !v.Signed && count == 0 || count < 2 && slices.Equal(types, live.Types)
}
