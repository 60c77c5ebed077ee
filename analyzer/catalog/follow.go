package catalog

import (
	"slices"
	"strings"
)

// Follow is a trigger's work on a table that gets the tenant column of its parent: a row
// without a tenant takes that of its parent row, and one that goes to another parent row
// takes that one's. tenantgen advise writes it.
type Follow struct {
	Column       string // of the table
	Parent       Name
	ParentColumn string
	On           [][2]string // columns of the table, and the parent's that they equal
}

// FollowTrigger is the name of the trigger.
const FollowTrigger = "tenant_of_parent"

// Body is the body of the PL/pgSQL function. A row that is inserted with its tenant keeps
// it: should its parent be another tenant's, the foreign key is what says so.
func (f Follow) Body() string {
	var now, before, key []string
	for _, on := range f.On {
		now, before = append(now, "NEW."+quoted(on[0])), append(before, "OLD."+quoted(on[0]))
		key = append(key, "parent."+quoted(on[1])+" = NEW."+quoted(on[0]))
	}
	c := quoted(f.Column)
	return `
BEGIN
    IF NEW.` + c + ` IS NULL OR TG_OP = 'UPDATE' AND NEW.` + c + ` IS NOT DISTINCT FROM OLD.` + c + `
        AND (` + strings.Join(now, ", ") + `) IS DISTINCT FROM (` + strings.Join(before, ", ") + `) THEN
        SELECT parent.` + quoted(f.ParentColumn) + ` INTO NEW.` + c + ` FROM ` + quoted(f.Parent.Schema) + "." + quoted(f.Parent.Name) + ` AS parent
            WHERE ` + strings.Join(key, " AND ") + `;
    END IF;
    RETURN NEW;
END
`
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Follows reports whether a trigger does exactly the work of f, for each row, before it is
// written, with the rights of whoever writes it.
func (d *Database) Follows(tr *Trigger, f Follow) bool {
	if tr.Timing != "before" || !tr.Row || tr.When != "" || len(tr.Args) > 0 || slices.ContainsFunc(tr.Events, func(e string) bool { return e != "insert" && e != "update" }) {
		return false
	}
	for _, fn := range d.Functions {
		if fn.Name == tr.Function && len(fn.Args) == 0 {
			return fn.Language == "plpgsql" && !fn.SecurityDefiner && len(fn.Settings) == 0 && strings.TrimSpace(fn.Body) == strings.TrimSpace(f.Body())
		}
	}
	return false
}
