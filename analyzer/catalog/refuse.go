package catalog

import "strings"

// RefusingBody is the body of a PL/pgSQL trigger function that raises an error and
// does nothing else: it reads no table and calls no function, so a write that runs
// it needs nobody's word for it. tenantgen advise writes it.
const RefusingBody = `
BEGIN
    RAISE EXCEPTION 'a row of % keeps its tenant', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
`

// Refuses reports whether the named function takes no arguments and has exactly
// RefusingBody.
func (d *Database) Refuses(name Name) bool {
	for _, f := range d.Functions {
		if f.Name == name && len(f.Args) == 0 {
			return f.Language == "plpgsql" && strings.TrimSpace(f.Body) == strings.TrimSpace(RefusingBody)
		}
	}
	return false
}
