// Package app is the notes service: an HTTP API for several organizations on
// one database.
//
// Its code never writes a tenant condition and cannot forget one. A handler is
// handed the organization that its caller was found to belong to, passes it to
// the generated repositories, and what belongs to somebody else is not there.
package app

import (
	"log/slog"
	"net/http"

	"github.com/tenantgen/tenantgen/example/repo"
)

// App serves the API.
type App struct {
	// repos do everything that is done for one organization.
	repos *repo.Repositories
	// directory finds out which organization a request is about, before there is one.
	directory *repo.CrossTenant
	log       *slog.Logger
}

// New makes the service.
func New(repos *repo.Repositories, directory *repo.CrossTenant, log *slog.Logger) *App {
	return &App{repos: repos, directory: directory, log: log}
}

// route is one endpoint inside an organization, and the least role it takes.
type route struct {
	pattern string
	least   repo.MemberRole
	do      endpoint
}

// Handler returns the whole API.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.pattern, a.inOrganization(r.least, r.do))
	}
	mux.Handle("GET /me/orgs", a.signedIn(a.listMyOrganizations))
	mux.Handle("POST /me/join", a.signedIn(a.joinByDomain))
	mux.Handle("POST /me/invitations", a.signedIn(a.acceptInvitation))
	mux.Handle("POST /orgs", a.signedIn(a.foundOrganization))
	mux.Handle("GET /plans", a.public(a.listPlans))
	mux.Handle("/", a.public(func(*http.Request) (*reply, error) { return nil, errNotFound }))
	return mux
}

// routes lists the endpoints inside an organization. Viewers read, members
// write, admins manage who is in, the owner decides about the organization.
func (a *App) routes() []route {
	const viewer, member = repo.MemberRoleViewer, repo.MemberRoleMember
	const admin, owner = repo.MemberRoleAdmin, repo.MemberRoleOwner
	return []route{
		{"GET /orgs/{org}", viewer, a.getOrganization},
		{"GET /orgs/{org}/summary", viewer, a.getSummary},
		{"GET /orgs/{org}/quota", viewer, a.getQuota},
		{"GET /orgs/{org}/usage/{metric}", admin, a.listUsage},
		{"PATCH /orgs/{org}/settings", admin, a.updateSettings},
		{"PUT /orgs/{org}/plan", owner, a.changePlan},
		{"PUT /orgs/{org}/owner", owner, a.transferOwnership},
		{"GET /orgs/{org}/domains", admin, a.listDomains},
		{"PUT /orgs/{org}/domains/{domain}", admin, a.claimDomain},

		{"GET /orgs/{org}/notes", viewer, a.listNotes},
		{"POST /orgs/{org}/notes", member, a.createNote},
		{"GET /orgs/{org}/notes/batch", viewer, a.listNotesByIDs},
		{"GET /orgs/{org}/notes/{note}", viewer, a.getNote},
		{"PUT /orgs/{org}/notes/{note}", member, a.updateNote},
		{"DELETE /orgs/{org}/notes/{note}", member, a.deleteNote},
		{"POST /orgs/{org}/notes/{note}/copy", member, a.copyNote},
		{"GET /orgs/{org}/notes/{note}/comments", viewer, a.listComments},
		{"POST /orgs/{org}/notes/{note}/comments", member, a.addComment},
		{"PUT /orgs/{org}/notes/{note}/comments/{comment}", member, a.editComment},
		{"DELETE /orgs/{org}/notes/{note}/comments/{comment}", member, a.deleteComment},
		{"POST /orgs/{org}/notes/{note}/tags", member, a.tagNote},
		{"DELETE /orgs/{org}/notes/{note}/tags/{tag}", member, a.untagNote},
		{"GET /orgs/{org}/comments/authors", viewer, a.commentAuthors},
		{"GET /orgs/{org}/tags", viewer, a.listTags},
		{"PUT /orgs/{org}/tags/{tag}", member, a.putTag},
		{"DELETE /orgs/{org}/tags", admin, a.deleteUnusedTags},

		{"GET /orgs/{org}/projects", viewer, a.listProjects},
		{"POST /orgs/{org}/projects", member, a.createProject},
		{"GET /orgs/{org}/projects/latest", viewer, a.latestNotes},
		{"DELETE /orgs/{org}/projects/archived/notes", admin, a.deleteArchivedNotes},
		{"GET /orgs/{org}/projects/{project}", viewer, a.getProject},
		{"POST /orgs/{org}/projects/{project}/notes", member, a.moveNotes},
		{"POST /orgs/{org}/projects/{project}/archive", admin, a.archiveProject},
		{"GET /orgs/{org}/departments", viewer, a.departmentTree},
		{"POST /orgs/{org}/departments", admin, a.createDepartment},
		{"PUT /orgs/{org}/departments/{department}/parent", admin, a.moveDepartment},
		{"GET /orgs/{org}/departments/{department}/projects", viewer, a.departmentProjects},

		{"GET /orgs/{org}/members", viewer, a.listMembers},
		{"PUT /orgs/{org}/members/{user}", admin, a.changeRole},
		{"DELETE /orgs/{org}/members/{user}", admin, a.removeMember},
		{"GET /orgs/{org}/invitations", admin, a.listInvitations},
		{"POST /orgs/{org}/invitations", admin, a.invite},
		{"GET /orgs/{org}/tokens", viewer, a.listTokens},
		{"POST /orgs/{org}/tokens", viewer, a.createToken},
		{"DELETE /orgs/{org}/tokens/{token}", viewer, a.revokeToken},
	}
}
