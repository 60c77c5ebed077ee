package sqlcmodel

// Table is one that sqlc makes a struct for, a view among them.
type Table struct {
	Schema, Name string
	Columns      []string // none where sqlc failed to read it
}

// Tables are those of the catalog, in sqlc's order.
func (m *Model) Tables() []Table {
	var all []Table
	for _, s := range m.schemas {
		if s.name == "pg_catalog" || s.name == "information_schema" {
			continue
		}
		for _, t := range s.tables {
			out := Table{Schema: s.name, Name: t.rel.name}
			for _, c := range t.columns {
				if !t.unfit {
					out.Columns = append(out.Columns, c.Name)
				}
			}
			all = append(all, out)
		}
	}
	return all
}
