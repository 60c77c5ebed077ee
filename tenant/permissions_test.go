package tenant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

func TestPermissions(t *testing.T) {
	rules := tenant.Permissions{
		Operations: map[string]string{"RunsRepository.CancelRun": "runs:cancel", "RunsRepository.Oops": ""},
		Resources:  map[string]string{"JobRunsRepository": "runs"},
	}
	op := func(repository, name string, write bool) tenant.Operation {
		return tenant.Operation{Repository: repository, Name: name, Write: write}
	}
	for _, c := range []struct {
		op   tenant.Operation
		need string
	}{
		{op("NotesRepository", "GetNote", false), "notes:read"},
		{op("NotesRepository", "AddNote", true), "notes:write"},
		{op("RunsRepository", "CancelRun", true), "runs:cancel"},
		{op("RunsRepository", "RetriggerRun", true), "runs:write"},
		{op("JobRunsRepository", "ListRuns", false), "runs:read"},
		{op("", "Notify", true), ""},
	} {
		if got := rules.Of(c.op); got != c.need {
			t.Errorf("%v takes %q, want %q", c.op, got, c.need)
		}
	}
	ctx := func(permissions ...string) tenant.Member { return tenant.Member{ID: "vera", Permissions: permissions} }
	for name, c := range map[string]struct {
		member tenant.Member
		op     tenant.Operation
		want   error
	}{
		"a viewer reads":            {ctx("notes:read"), op("NotesRepository", "GetNote", false), nil},
		"a viewer writes":           {ctx("notes:read"), op("NotesRepository", "AddNote", true), tenant.ErrPermission},
		"a writer cancels":          {ctx("runs:read", "runs:write"), op("RunsRepository", "CancelRun", true), tenant.ErrPermission},
		"who may cancel cancels":    {ctx("runs:cancel"), op("RunsRepository", "CancelRun", true), nil},
		"who may cancel retriggers": {ctx("runs:cancel"), op("RunsRepository", "RetriggerRun", true), tenant.ErrPermission},
		"a permission without name": {ctx("", "runs:write"), op("RunsRepository", "Oops", true), tenant.ErrPermission},
		"no wildcards":              {ctx("*", "notes:*"), op("NotesRepository", "GetNote", false), tenant.ErrPermission},
		"nobody":                    {tenant.Member{Permissions: []string{"notes:read"}}, op("NotesRepository", "GetNote", false), tenant.ErrNotMember},
		"a notification":            {tenant.Member{}, op("", "Notify", true), nil},
	} {
		db := tenanttest.NewDB(gen.WithSetting(setting), tenant.WithGuard(rules.Guard))
		_, err := gen.Scoped(db, acme, c.op).Exec(entered(t, t.Context(), acme, c.member), "select 1")
		if c.want == nil {
			c.want = tenant.ErrNoDatabase
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if err := rules.Guard(t.Context(), acme, read); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("without a tenant: got %v", err)
	}
	if err := rules.Guard(t.Context(), tenant.Scope{}, read); err != nil {
		t.Errorf("a global call: got %v", err)
	}
}

func TestMay(t *testing.T) {
	m := tenant.Member{ID: "vera", Permissions: []string{"a", "b"}}
	var missing *tenant.PermissionError
	if err := m.May("a", "c", "b"); !errors.As(err, &missing) || missing.Permission != "c" {
		t.Errorf("got %v", err)
	}
	if err := m.May("a", "b"); err != nil {
		t.Error(err)
	}
	if err := (tenant.Member{Permissions: []string{"a"}}).May("a"); !errors.Is(err, tenant.ErrPermission) {
		t.Errorf("nobody: got %v", err)
	}
}

// What is not known to be served is not.
func TestStatus(t *testing.T) {
	for status, want := range map[tenant.Status]error{
		tenant.StatusActive: nil, tenant.StatusSuspended: tenant.ErrSuspended, tenant.StatusUnpaid: tenant.ErrUnpaid,
		tenant.StatusInactive: tenant.ErrInactive, "": tenant.ErrInactive, "Active": tenant.ErrInactive,
	} {
		if err := status.Err(); err != want {
			t.Errorf("%q: got %v, want %v", status, err, want)
		}
	}
}

// The texts tell what is missing, and no tenant.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		err, is error
		text    string
	}{
		{&tenant.PermissionError{Permission: "notes:write"}, tenant.ErrPermission, "tenant: not permitted: needs notes:write"},
		{&tenant.PolicyError{Policy: "sso"}, tenant.ErrPolicy, "tenant: refused by the tenant's security settings: sso"},
		{&tenant.QuotaError{Key: "projects", Limit: 3, Used: 3, Asked: 1, Retry: time.Now()}, tenant.ErrQuotaExceeded, "tenant: quota exceeded: projects"},
		{&tenant.MismatchError{What: "payload", Tx: acme, Call: globex}, tenant.ErrTenantMismatch, "tenant: the payload is for another tenant"},
		{&tenant.MismatchError{Tx: acme, Call: globex}, tenant.ErrTenantMismatch, "tenant: the transaction runs for another tenant"},
	} {
		if !errors.Is(c.err, c.is) || c.err.Error() != c.text {
			t.Errorf("got %q", c.err)
		}
	}
}
