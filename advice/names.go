package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// nameLimit is how many bytes of a name PostgreSQL keeps (PostgreSQL manual, 4.1.1).
const nameLimit = 63

// names knows which names are taken. Indexes share a namespace with tables and views
// of their schema; constraints have their table's, and here the schema's too, so that
// one name never means two things.
type names struct{ taken map[catalog.Name]bool }

func namesOf(db *catalog.Database) *names {
	n := &names{map[catalog.Name]bool{}}
	for _, t := range db.Tables {
		take := func(name string) { n.taken[catalog.Name{Schema: t.Name.Schema, Name: name}] = true }
		take(t.Name.Name)
		for _, x := range t.Indexes {
			take(x.Name)
		}
		for _, k := range t.Keys {
			take(k.Name)
		}
		for _, f := range t.Foreign {
			take(f.Name)
		}
	}
	for _, v := range db.Views {
		n.taken[v.Name] = true
		for _, x := range v.Indexes {
			n.taken[catalog.Name{Schema: v.Name.Schema, Name: x.Name}] = true
		}
	}
	for _, f := range db.Functions {
		n.taken[f.Name] = true
	}
	return n
}

// choose makes a name as PostgreSQL names its own: table_columns_suffix, cut to fit,
// with a number where it is taken.
func (n *names) choose(schema, table string, columns []string, suffix string) string {
	base := strings.Join(slices.Concat([]string{table}, columns), "_")
	for i := 0; ; i++ {
		end := "_" + suffix
		if i > 0 {
			end += fmt.Sprint(i)
		}
		name := catalog.Name{Schema: schema, Name: clip(base, nameLimit-len(end)) + end}
		if !n.taken[name] {
			n.taken[name] = true
			return name.Name
		}
	}
}

// clip cuts s to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
