package config

import (
	"errors"
	"strings"
	"testing"
)

func TestDeclareGlobal(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"among others": {
			"version: \"2\"\noptions:\n  tenantgen:\n    tenant_column: org_id\n    tables:\n      # the tenants\n      orgs: {tenant_column: id}\n",
			"version: \"2\"\noptions:\n  tenantgen:\n    tenant_column: org_id\n    tables:\n      # the tenants\n      log: {global: true}\n      orgs: {tenant_column: id}\n"},
		"the first": {
			"options:\r\n    tenantgen:\r\n        tenant_column: org_id\r\n",
			"options:\r\n    tenantgen:\r\n        tables:\r\n          log: {global: true}\r\n        tenant_column: org_id\r\n"},
		"in braces":       {"options:\n  tenantgen:\n    tables: {orgs: {tenant_column: id}}\n", ""},
		"all in braces":   {"options: {tenantgen: {tenant_column: org_id}}\n", ""},
		"no options":      {"version: \"2\"\n", ""},
		"null":            {"options:\n  tenantgen:\n    tables:\n    out: repo\n", ""},
		"an anchor":       {"options:\n  tenantgen:\n    tables: &t\n      orgs: {global: true}\n", ""},
		"a merge":         {"x: &t {orgs: {global: true}}\noptions:\n  tenantgen:\n    tables:\n      <<: *t\n", ""},
		"an anchor above": {"options:\n  tenantgen: &t\n    tables:\n      orgs: {global: true}\ny: *t\n", ""},
		"JSON":            {`{"options": {"tenantgen": {"tables": {"orgs": {"global": true}}}}}`, ""},
		"declared":        {"options:\n  tenantgen:\n    tables:\n      log: {global: true}\n", ""},
		"no YAML":         {"options: [", ""},
		"a key over two lines": {
			"options:\n  tenantgen:\n    tables:\n      ? orgs\n      : {global: true}\n", ""},
	} {
		got, err := DeclareGlobal(c.text, "log")
		if got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrUndeclarable) {
			t.Errorf("%s: %v\n%s", name, err, strings.ReplaceAll(got, "\r", `\r`))
		}
	}
}
