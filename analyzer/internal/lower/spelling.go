package lower

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// What a misspelt name may have been meant to be; a hint, and nothing that is proved.

// relationNames are those of tables and views.
func relationNames(db *catalog.Database) []string {
	var names []string
	for _, t := range db.Tables {
		names = append(names, t.Name.Name)
	}
	for _, v := range db.Views {
		names = append(names, v.Name.Name)
	}
	return names
}

// columnNames are those that could stand in the place of a column, with the relation where
// one is named, innermost first.
func (s *scope) columnNames(relation string) []string {
	var names []string
	for ; s != nil; s = s.parent {
		for _, it := range s.items {
			if relation != "" && it.name != relation || relation == "" && !it.colsVisible {
				continue
			}
			for _, c := range it.cols {
				names = append(names, c.name)
			}
		}
	}
	return names
}

// itemNames are the names of relations in scope, innermost first.
func (s *scope) itemNames() []string {
	var names []string
	for ; s != nil; s = s.parent {
		for _, it := range s.items {
			if it.named && it.name != "" {
				names = append(names, it.name)
			}
		}
	}
	return names
}
