package tenantgen

import (
	"strings"
	"testing"
)

// What a finding marks of a line is the element that begins there, and never a whole table
// that stands in one line.
func TestElement(t *testing.T) {
	long := strings.Repeat("x int, ", 30) + "y int"
	for line, want := range map[string]string{
		"users (id bigint PRIMARY KEY);":                       "users (id bigint PRIMARY KEY)",
		"users (":                                              "users",
		"users (" + long + ");":                                "users",
		`"a, b" text DEFAULT '--', c int`:                      `"a, b" text DEFAULT '--'`,
		"email text NOT NULL UNIQUE, -- unique":                "email text NOT NULL UNIQUE",
		"FOREIGN KEY (a, b) REFERENCES c (d, e));":             "FOREIGN KEY (a, b) REFERENCES c (d, e)",
		"counted AS SELECT a, b FROM c;":                       "counted",
		"counted (a) AS":                                       "counted (a)",
		"as_of int /* since */, x int":                         "as_of int",
		"sum int GENERATED ALWAYS AS (a + b) STORED, x int":    "sum int GENERATED ALWAYS AS (a + b) STORED",
		"x text GENERATED ALWAYS AS (f(" + long + ")) STORED,": "x text GENERATED ALWAYS AS",
		"(a, b);": "(a, b)",
		"":        "",
	} {
		if got := line[:element(line)]; got != want {
			t.Errorf("%q marks %q, want %q", line, got, want)
		}
	}
}
