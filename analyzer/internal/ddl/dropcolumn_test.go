package ddl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// A column takes with it the keys and foreign keys that it is part of, and no others; those that are made anew by its name do
// not bring them back.
func TestDroppedColumns(t *testing.T) {
	const made = `CREATE TABLE p (a int, b int, c int, d int, PRIMARY KEY (a, b), UNIQUE (c)); CREATE UNIQUE INDEX ON p (a) INCLUDE (d);
CREATE TABLE t (a int, b int, c int, CONSTRAINT two FOREIGN KEY (a, b) REFERENCES p, CONSTRAINT one FOREIGN KEY (c) REFERENCES p (c));
CREATE TABLE h (e int) INHERITS (p); CREATE TABLE i (a int) INHERITS (p); `
	for _, c := range []struct{ sql, p, t, h, i string }{
		{"", "a,b c a", "two one", "a b c d e", "a b c d"},
		{"ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int", "a,b c a", "one", "a b c d e", "a b c d"},
		{"ALTER TABLE t DROP COLUMN c", "a,b c a", "two", "a b c d e", "a b c d"},
		{"ALTER TABLE p DROP COLUMN d", "a,b c", "two one", "a b c e", "a b c"},
		{"ALTER TABLE p DROP COLUMN a CASCADE; ALTER TABLE p ADD COLUMN a int", "c", "one", "b c d e a", "a b c d"},
		{"ALTER TABLE p DROP COLUMN c CASCADE", "a,b a", "two", "a b d e", "a b d"},
		{"ALTER TABLE ONLY p DROP COLUMN c CASCADE", "a,b a", "two", "a b c d e", "a b c d"},
		{"ALTER TABLE ONLY p DROP COLUMN c CASCADE; ALTER TABLE p ADD COLUMN c int; ALTER TABLE p DROP COLUMN c", "a,b a", "two", "a b c d e", "a b c d"},
	} {
		db := load(t, made+c.sql)
		table := func(name string) *catalog.Table { return db.Table(catalog.Name{Schema: "public", Name: name}) }
		columns := func(name string) string {
			var all []string
			for _, c := range table(name).Columns {
				all = append(all, c.Name)
			}
			return strings.Join(all, " ")
		}
		var keys, foreign []string
		for _, k := range table("p").Keys {
			keys = append(keys, strings.Join(k.Columns, ","))
		}
		for _, f := range table("t").Foreign {
			foreign = append(foreign, f.Name)
		}
		got := []string{strings.Join(keys, " "), strings.Join(foreign, " "), columns("h"), columns("i")}
		if want := []string{c.p, c.t, c.h, c.i}; !slices.Equal(got, want) {
			t.Errorf("%s\n got %s\nwant %s", c.sql, fmt.Sprintf("%q", got), fmt.Sprintf("%q", want))
		}
	}
}
