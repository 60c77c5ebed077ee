package main

import (
	"strings"
	"testing"
)

// What the configuration lets tenants read of each other is listed with its condition.
func TestAuditReadAlso(t *testing.T) {
	project(t, "uuid")
	edit(t, "sqlc.yaml", "    tables:\n", "    tables:\n      notes: {read_also: \"state = 'done'\"}\n")
	code, out, errOut := cli("audit")
	if code != exitClean || !strings.Contains(out, ": read_also: notes\n  reason: state = 'done'\n") || !strings.Contains(out, ", 1 with read_also,") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}
