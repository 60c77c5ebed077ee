package app

import (
	"slices"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
)

// permissions are what the members of each role may do, by name. Each role has
// those of the role before it.
var permissions = func() map[repo.MemberRole][]string {
	viewer := []string{
		"organizations:read", "notes:read", "comments:read", "tags:read", "projects:read", "departments:read", "members:read", "events:read", "sharing:read", "jobs:read", "files:read",
		"tokens:read", "tokens:write", // their own
	}
	member := slices.Concat(viewer, []string{"notes:write", "comments:write", "tags:write", "projects:write", "integrations:use", "jobs:write", "jobs:cancel", "files:write"})
	admin := slices.Concat(member, []string{
		"comments:moderate", "tags:prune", "notes:purge", "projects:archive", "departments:write", "members:write",
		"invitations:read", "invitations:write", "domains:read", "domains:write", "usage:read", "audit:read", "organizations:write", "sharing:write", "integrations:read", "integrations:write",
	})
	owner := slices.Concat(admin, []string{"organizations:plan", "members:transfer", "sharing:publish"})
	return map[repo.MemberRole][]string{
		repo.MemberRoleViewer: viewer, repo.MemberRoleMember: member, repo.MemberRoleAdmin: admin, repo.MemberRoleOwner: owner,
	}
}()

// entering is what a person may do in an organization that they found or
// join, before they are a member.
var entering = []string{"organizations:found", "organizations:read", "members:join", "members:write", "invitations:accept", "domains:write", "tokens:write"}

// operations says which permission a query takes, where that is not notes:read
// or notes:write by its file's name and what it does. It is the second time
// that a request is asked: the first is its route.
var operations = tenant.Permissions{Operations: map[string]string{
	"OrganizationsRepository.ChangePlan":            "organizations:plan",
	"OrganizationsRepository.CreateOrganization":    "organizations:found",
	"MembersRepository.TransferOwnership":           "members:transfer",
	"MembersRepository.JoinOrganization":            "members:join",
	"InvitationsRepository.AcceptInvitation":        "invitations:accept",
	"TagsRepository.DeleteUnusedTags":               "tags:prune",
	"NotesRepository.DeleteNotesOfArchivedProjects": "notes:purge",
	"ProjectsRepository.ArchiveProject":             "projects:archive",
	"SharingRepository.OfferTemplate":               "sharing:publish",
	"SharingRepository.RefreshShared":               "notes:write", // of what is written
	"SharingRepository.CopyTemplate":                "notes:write", // it is a note like any other
	"IntegrationsRepository.GetSealed":              "integrations:use",
	"IntegrationsRepository.NoteDelivery":           "integrations:use",
	"UsageRepository.RecordUsage":                   "notes:write", // of what is written
	"Events.Subscribe":                              "events:read",
	"Jobs.Cancel":                                   "jobs:cancel",
}}
