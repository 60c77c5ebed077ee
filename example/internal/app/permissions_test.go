package app

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
)

// The owner has every permission that a route or an operation takes, and each
// role those of the role before it; nobody gets one that nothing takes.
func TestPermissionsAreGiven(t *testing.T) {
	taken := map[string]bool{"comments:moderate": true} // asked within a handler
	for _, r := range (&App{}).routes() {
		taken[r.permission] = true
	}
	given := slices.Concat(permissions[repo.MemberRoleOwner], entering)
	for p := range taken {
		if !slices.Contains(permissions[repo.MemberRoleOwner], p) {
			t.Errorf("a route takes %s, which not even the owner has", p)
		}
	}
	for op, p := range operations.Operations {
		if !slices.Contains(given, p) {
			t.Errorf("%s takes %s, which nobody has", op, p)
		}
		taken[p] = true
	}
	for _, p := range given {
		if !taken[p] {
			t.Errorf("%s is given, and nothing takes it", p)
		}
	}
	order := []repo.MemberRole{repo.MemberRoleViewer, repo.MemberRoleMember, repo.MemberRoleAdmin, repo.MemberRoleOwner}
	for i, role := range order[1:] {
		for _, p := range permissions[order[i]] {
			if !slices.Contains(permissions[role], p) {
				t.Errorf("%s lacks %s", role, p)
			}
		}
	}
	if len(permissions["guest"]) != 0 {
		t.Error("a role that is not known has permissions")
	}
}

// A handler that forgets to ask is refused by the guard of the repositories.
func TestOperationsAreGuarded(t *testing.T) {
	scope := repo.NewOrgID([16]byte{1}).Scope()
	for _, c := range []struct {
		role repo.MemberRole
		op   string
		may  bool
	}{
		{repo.MemberRoleViewer, "NotesRepository.GetNote", true},
		{repo.MemberRoleViewer, "NotesRepository.CreateNote write", false},
		{repo.MemberRoleViewer, "TokensRepository.CreateToken write", true},
		{repo.MemberRoleMember, "NotesRepository.CreateNote write", true},
		{repo.MemberRoleMember, "NotesRepository.DeleteNotesOfArchivedProjects write", false},
		{repo.MemberRoleMember, "DomainsRepository.ListDomains", false},
		{repo.MemberRoleMember, "UsageRepository.RecordUsage write", true},
		{repo.MemberRoleAdmin, "NotesRepository.DeleteNotesOfArchivedProjects write", true},
		{repo.MemberRoleAdmin, "MembersRepository.RemoveMember write", true},
		{repo.MemberRoleAdmin, "MembersRepository.TransferOwnership write", false},
		{repo.MemberRoleAdmin, "OrganizationsRepository.ChangePlan write", false},
		{repo.MemberRoleOwner, "OrganizationsRepository.ChangePlan write", true},
		{repo.MemberRoleOwner, "OrganizationsRepository.CreateOrganization write", false},
		{repo.MemberRoleViewer, "SharingRepository.CopyTemplate write", false},
		{repo.MemberRoleMember, "SharingRepository.ShareNote write", false},
		{repo.MemberRoleAdmin, "SharingRepository.ShareNote write", true},
		{repo.MemberRoleAdmin, "SharingRepository.OfferTemplate write", false},
		{repo.MemberRoleViewer, "IntegrationsRepository.GetSealed", false},
		{repo.MemberRoleMember, "IntegrationsRepository.GetSealed", true},
		{repo.MemberRoleMember, "IntegrationsRepository.ListIntegrations", false},
		{repo.MemberRoleMember, "IntegrationsRepository.PutIntegration write", false},
		{repo.MemberRoleAdmin, "IntegrationsRepository.PutIntegration write", true},
		{repo.MemberRoleViewer, "Jobs.List", true},
		{repo.MemberRoleViewer, "Jobs.Cancel write", false},
		{repo.MemberRoleMember, "Jobs.Cancel write", true},
		{repo.MemberRoleViewer, "Files.Get", true},
		{repo.MemberRoleViewer, "Files.Put write", false},
		{repo.MemberRoleViewer, "Events.Subscribe", true},
		{repo.MemberRoleOwner, "NewRepository.NewQuery", false},
	} {
		ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: scope}, tenant.Member{ID: "somebody", Permissions: permissions[c.role]})
		if err != nil {
			t.Fatal(err)
		}
		name, write := strings.CutSuffix(c.op, " write")
		repository, query, _ := strings.Cut(name, ".")
		err = operations.Guard(ctx, scope, tenant.Operation{Repository: repository, Name: query, Write: write})
		if c.may != (err == nil) || err != nil && !errors.Is(err, tenant.ErrPermission) {
			t.Errorf("%s: %s: got %v", c.role, c.op, err)
		}
	}
}
