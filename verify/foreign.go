package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

func (p *pass) foreignFinding(t *promisedTable, rel *relation, want *catalog.ForeignKey) {
	f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Is: "no foreign key on (" + strings.Join(want.Columns, ", ") + ")", Promised: foreignText(want),
		Message: "foreign key (" + strings.Join(want.Columns, ", ") + ") to " + want.RefTable.String() + " is not in force",
		SQL:     []string{fmt.Sprintf("ALTER TABLE %s ADD %s;", quote(t.Name), foreignText(want))}, Hint: p.seesRows(rel, want)}
	if have := inPlaceOf(t, rel, want); have != nil {
		f.Is, f.SQL = foreignText(have)+rel.offs(have), []string{foreignRepair(t.Name, rel, want, have)}
		if have.SwitchedOff {
			f.Hint = joinedHints(f.Hint, "enabling its triggers would leave unseen what was written meanwhile; as long as such rows keep the statement from being run, a superuser's ENABLE TRIGGER ALL holds back more of them")
		}
	}
	p.found(missingForeignKey, f)
}

// inPlaceOf is the live key that stands where a promised one should: on its columns, to its table,
// and none that is itself promised.
func inPlaceOf(t *promisedTable, rel *relation, want *catalog.ForeignKey) *catalog.ForeignKey {
	i := slices.IndexFunc(rel.table.Foreign, func(have *catalog.ForeignKey) bool {
		return stands(want, have) && !slices.ContainsFunc(t.Foreign, func(other *catalog.ForeignKey) bool { return other != want && sameForeign(other, have) })
	})
	if i < 0 {
		return nil
	}
	return rel.table.Foreign[i]
}

func stands(want, have *catalog.ForeignKey) bool {
	return slices.Equal(have.Columns, want.Columns) && have.RefTable == want.RefTable
}

// offs says why a key does not hold, beside NOT VALID.
func (r *relation) offs(f *catalog.ForeignKey) string {
	text := ""
	if slices.Contains(r.unenforced, f.Name) {
		text = " NOT ENFORCED"
	}
	if f.SwitchedOff {
		text += ", whose triggers are off"
	}
	return text
}

// foreignRepair puts a key in force that is there, in one statement: either all of it happens, with
// every row checked, or nothing does. What was never checked is checked, what was not enforced is enforced
// and checked (PostgreSQL 18, ALTER TABLE); a key whose triggers were off counts as valid, so that VALIDATE does not
// look at its rows, and is made again like one that does something else.
func foreignRepair(table catalog.Name, rel *relation, want, have *catalog.ForeignKey) string {
	alter, name := "ALTER TABLE "+quote(table)+" ", migrate.QuoteIdent(have.Name)
	same := slices.Equal(want.RefColumns, have.RefColumns) && want.OnDelete == have.OnDelete && want.OnUpdate == have.OnUpdate
	late := have.Deferrable && !want.Deferrable
	switch {
	case !same || have.SwitchedOff || late && have.NotValid:
		return alter + foreignAgain(name, want)
	case late:
		return alter + "ALTER CONSTRAINT " + name + " NOT DEFERRABLE;"
	case slices.Contains(rel.unenforced, have.Name):
		return alter + "ALTER CONSTRAINT " + name + " ENFORCED;"
	}
	return alter + "VALIDATE CONSTRAINT " + name + ";"
}

// foreignAgain drops a key and makes another one of its name.
func foreignAgain(name string, want *catalog.ForeignKey) string {
	return fmt.Sprintf("DROP CONSTRAINT %s, ADD CONSTRAINT %[1]s %s;", name, foreignText(want))
}

// seesRows is a hint for who makes or validates a key. PostgreSQL looks for rows that violate it by a query of the
// table's owner, from whom forced policies hide them (src/backend/utils/adt/ri_triggers.c, RI_Initial_Check).
func (p *pass) seesRows(rel *relation, f *catalog.ForeignKey) string {
	ref := p.live.byName[f.RefTable]
	if !rel.table.ForceRLS && (ref == nil || !ref.table.ForceRLS) {
		return ""
	}
	return "run it as a superuser or a role with BYPASSRLS: from others, the owner included, the policies hide the rows that are to be checked"
}

func joinedHints(hints ...string) string {
	return strings.Join(slices.DeleteFunc(hints, func(h string) bool { return h == "" }), "; ")
}
