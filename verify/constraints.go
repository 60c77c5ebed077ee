package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var missingKey = &rules.Rule{
	Name: "missing-key", Kind: rules.Database, Severity: rules.Error,
	Title: "a primary key or unique constraint of the schema files is not in force",
	Text: `Proofs rest on keys: that two occurrences of a table with equal keys are one row, and
that a child row has one parent. An index that is not valid, covers a part of the table
or is checked at the end of the transaction only does not count. Names are not
compared, columns are.`,
	Bad:  `ALTER TABLE tags DROP CONSTRAINT tags_org_id_name_key;`,
	Good: `ALTER TABLE tags ADD CONSTRAINT tags_org_id_name_key UNIQUE (org_id, name);`,
}

var missingForeignKey = &rules.Rule{
	Name: "missing-foreign-key", Kind: rules.Database, Severity: rules.Error,
	Title: "a foreign key of the schema files is not in force, or does something else",
	Text: `Proofs rest on foreign keys: a row that refers to another one by a key with the tenant
belongs to the same tenant. A key that is NOT VALID, NOT ENFORCED or whose triggers are
disabled holds for some rows only, and one with another ON DELETE changes rows that
nobody expects.`,
	Bad: `ALTER TABLE note_tags DROP CONSTRAINT note_tags_org_id_tag_id_fkey;`,
	Good: `ALTER TABLE note_tags ADD CONSTRAINT note_tags_org_id_tag_id_fkey
    FOREIGN KEY (org_id, tag_id) REFERENCES tags (org_id, id) ON DELETE CASCADE;`,
}

// constraints compares keys and foreign keys. A partition has those of its parent.
func (p *pass) constraints() {
	p.tables(func(t *promisedTable, rel *relation) {
		if t.IsPartition || rel.kind == foreign {
			return
		}
		for _, k := range t.Keys {
			if columnsThere(rel, k.Columns) && !slices.ContainsFunc(rel.table.Keys, func(have *catalog.Key) bool { return sameKey(k, have) }) {
				p.keyFinding(t, rel, k)
			}
		}
		for _, f := range t.Foreign {
			if columnsThere(rel, f.Columns) && !slices.ContainsFunc(rel.table.Foreign, func(have *catalog.ForeignKey) bool { return sameForeign(f, have) }) {
				p.foreignFinding(t, rel, f)
			}
		}
	})
}

// columnsThere keeps a missing column from being reported for each of its keys.
func columnsThere(rel *relation, columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return rel.table.Column(c) == nil })
}

// sameKey reports whether a live key guarantees what a key of the schema files does.
// What an index covers and what its expressions are is not compared.
func sameKey(want, have *catalog.Key) bool {
	return sameSet(want.Columns, have.Columns) && want.Partial == have.Partial && want.Expression == have.Expression &&
		(want.Deferrable || !have.Deferrable) && (!want.Primary || have.Primary) && (!want.NullsNotDistinct || have.NullsNotDistinct)
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func sameForeign(want, have *catalog.ForeignKey) bool {
	return want.RefTable == have.RefTable && slices.Equal(want.Columns, have.Columns) && slices.Equal(want.RefColumns, have.RefColumns) &&
		want.OnDelete == have.OnDelete && want.OnUpdate == have.OnUpdate && (want.NotValid || !have.NotValid) && (want.Deferrable || !have.Deferrable)
}

func (p *pass) keyFinding(t *promisedTable, rel *relation, k *catalog.Key) {
	what, kind := "unique key", "UNIQUE"
	if k.Primary {
		what, kind = "primary key", "PRIMARY KEY"
	}
	columns := strings.Join(k.Columns, ", ")
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: fmt.Sprintf("%s (%s) is not in force", what, columns),
		Is: liveKeys(rel), Promised: fmt.Sprintf("%s (%s)", kind, columns)}
	if k.Partial || k.Expression {
		f.Promised, f.Hint = "index "+k.Name+" on ("+columns+")", "apply the migrations that create it"
	} else {
		f.SQL = []string{fmt.Sprintf("ALTER TABLE %s ADD %s (%s);", quote(t.Name), kind, identifiers(k.Columns))}
	}
	p.found(missingKey, f)
}

func liveKeys(rel *relation) string {
	var list []string
	for _, k := range rel.table.Keys {
		text := "(" + strings.Join(k.Columns, ", ") + ")"
		if k.Deferrable {
			text += " deferrable"
		}
		if k.Partial {
			text += " for a part of the rows"
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		return "no key"
	}
	return "keys " + strings.Join(list, ", ")
}

func identifiers(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = migrate.QuoteIdent(n)
	}
	return strings.Join(list, ", ")
}

func foreignText(f *catalog.ForeignKey) string {
	text := fmt.Sprintf("FOREIGN KEY (%s) REFERENCES %s (%s)", identifiers(f.Columns), quote(f.RefTable), identifiers(f.RefColumns))
	for _, act := range []struct{ on, what string }{{"DELETE", f.OnDelete}, {"UPDATE", f.OnUpdate}} {
		if act.what != "" {
			text += " ON " + act.on + " " + strings.ToUpper(act.what)
		}
		if act.on == "DELETE" && len(f.SetColumns) > 0 { // without them it would empty the tenant, too
			text += " (" + identifiers(f.SetColumns) + ")"
		}
	}
	if f.Deferrable {
		text += " DEFERRABLE"
	}
	if f.NotValid {
		text += " NOT VALID"
	}
	return text
}

// schemaRules judges the live tables by the same rules as the schema files: what is
// there may have keys and indexes that no file knows.
func (p *pass) schemaRules() {
	for _, f := range rules.Check(p.live.db, p.own, nil) {
		if !slices.Contains(shared, f.Rule) {
			continue
		}
		finding := Finding{Object: "table " + f.Table, Message: f.Message, Hint: f.Hint}
		for _, t := range p.promised.tables {
			if t.Name.String() == f.Table {
				finding.Table = t.Name
			}
		}
		p.found(f.Rule, finding)
	}
}
