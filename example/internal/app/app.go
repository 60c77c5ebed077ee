// Package app is the notes service: an HTTP API for several organizations on
// one database.
//
// Its code never writes a tenant condition and cannot forget one. A handler is
// handed the organization that its caller was found to belong to, passes it to
// the generated repositories, and what belongs to somebody else is not there.
package app

import (
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"gocloud.dev/blob"

	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/example/internal/sealed"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantaudit"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// App serves the API.
type App struct {
	db *tenant.DB
	// guarded is the same for what the context's member may do.
	guarded *tenant.DB
	// repos do everything that is done for one organization, if the member may do it.
	repos *repo.Repositories
	// lookups are the same before it is known who the member is.
	lookups *repo.Repositories
	// directory finds out which organization a request is about, before there is one.
	directory directories
	// organizations keeps for a while what requests ask for again and again.
	organizations *tenanthttp.Directory
	requests      *tenanthttp.Middleware
	hosts         []string // the service's own
	dns           Resolver
	secret        []byte // of this service's DNS records
	providers     map[string]Provider
	keys          *sealed.Keyring // nil: no secret is taken
	endpoints     map[string]string
	sender        Sender
	billing       *billing.Billing
	limited       bool // requests are counted and limited by the plan
	audit         *tenantaudit.Auditor
	stream        *tenantstream.Hub
	jobs          *tenantjobs.Jobs[labels]
	queues        []*river.Client[pgx.Tx] // the first puts jobs in; each fetches those of one database
	importPause   time.Duration
	files         *tenantblob.Store
	log           *slog.Logger
}

// Options are what the service can do without.
type Options struct {
	// Hosts are the service's own; any other host is an organization's, or nobody's.
	Hosts []string
	// Secret makes the records by which domains are verified. Without one they change with each start.
	Secret []byte
	// DNS is the system's when it is nil.
	DNS Resolver
	// Providers sign people in for the organizations that name them in their settings, by the name that they have there: an
	// issuer's address. What one says counts in that organization alone.
	Providers map[string]Provider
	// Keys seal the secrets of integrations. Without them there are none.
	Keys *sealed.Keyring
	// Endpoints are where notes can be sent to, by name. Members choose among them, and name no address.
	Endpoints map[string]string
	// Sender sends to them, by HTTP when it is nil.
	Sender Sender
	// Workers connect as the role that fetches jobs, one to each database. Without them this process runs none.
	Workers []*riverpgxv5.Driver
	// ImportPause is how long an import waits after each of its steps, so that it leaves the database to requests.
	ImportPause time.Duration
	// Bucket has the files. Without it they are in memory.
	Bucket *blob.Bucket
	// Elsewhere look across the databases of organizations that have their own.
	Elsewhere []*repo.CrossTenant
	// Billing limits requests by the plan. Without it they are not, and nobody is charged for real.
	Billing *billing.Billing
}

// New makes the service on a database, with the handle for what is looked up across organizations.
func New(db *tenant.DB, directory *repo.CrossTenant, log *slog.Logger, o Options) (*App, error) {
	auditor, err := newAuditor(log)
	if err != nil {
		return nil, err
	}
	bills := o.Billing
	if bills == nil {
		if bills, err = billing.New(&billing.FakePayments{}, time.Now); err != nil {
			return nil, err
		}
	}
	db = db.With(tenant.WithTracer(bills.Meter), tenant.WithTracer(auditor))
	if err := bills.Use(db); err != nil {
		return nil, err
	}
	guarded := db.With(tenant.WithGuard(operations.Guard))
	a := &App{
		billing: bills, limited: o.Billing != nil, audit: auditor,
		db: db, guarded: guarded, repos: repo.New(guarded), lookups: repo.New(db), directory: append(directories{directory}, o.Elsewhere...),
		hosts: append([]string{"localhost"}, o.Hosts...), dns: o.DNS, secret: o.Secret, providers: o.Providers, log: log,
		keys: o.Keys, endpoints: o.Endpoints, sender: o.Sender,
		importPause: o.ImportPause,
	}
	if a.dns == nil {
		a.dns = net.DefaultResolver
	}
	if a.sender == nil {
		a.sender = newWebhooks()
	}
	if len(a.secret) == 0 {
		a.secret = make([]byte, 32)
		rand.Read(a.secret)
	}
	a.organizations = tenanthttp.NewDirectory(a.findOrganization, tenanthttp.Limits{})
	a.stream, a.files = newStream(db), newFiles(o.Bucket, bills)
	if err := a.newJobs(o.Workers, log); err != nil {
		return nil, err
	}
	a.requests, err = a.Middleware(a.authenticate, nil)
	return a, err
}

// route is one endpoint inside an organization, and the permission it takes.
type route struct {
	pattern    string
	permission string
	do         endpoint
}

// Handler returns the whole API.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.pattern, a.inOrganization(r))
	}
	mux.Handle("GET /orgs/{org}/files/{name...}", a.inOrganizationRaw("files:read", a.ServeFile))
	mux.Handle("GET /orgs/{org}/events", a.requests.Wrap(a.Events()))
	mux.Handle("GET /me/orgs", a.signedIn(a.listMyOrganizations))
	mux.Handle("POST /me/join", a.signedIn(a.joinByDomain))
	mux.Handle("POST /me/invitations", a.signedIn(a.acceptInvitation))
	mux.Handle("POST /orgs", a.signedIn(a.foundOrganization))
	mux.Handle("POST /orgs/{org}/sign-in", a.public(a.signInByProvider))
	mux.Handle("GET /branding", a.public(a.getBranding))
	mux.Handle("GET /plans", a.public(a.listPlans))
	mux.Handle("/", a.public(func(*http.Request) (*reply, error) { return nil, errNotFound }))
	return addressed(mux)
}

// routes lists the endpoints inside an organization. Which role has which
// permissions is in permissions.go: viewers read, members write, admins manage
// who is in, the owner decides about the organization.
func (a *App) routes() []route {
	return []route{
		{"GET /orgs/{org}", "organizations:read", a.getOrganization},
		{"GET /orgs/{org}/summary", "organizations:read", a.getSummary},
		{"GET /orgs/{org}/quota", "organizations:read", a.getQuota},
		{"GET /orgs/{org}/usage/{metric}", "usage:read", a.listUsage},
		{"PATCH /orgs/{org}/settings", "organizations:write", a.updateSettings},
		{"PUT /orgs/{org}/plan", "organizations:plan", a.changePlan},
		{"GET /orgs/{org}/billing", "usage:read", a.getBilling},
		{"GET /orgs/{org}/invoices", "usage:read", a.listInvoices},
		{"POST /orgs/{org}/invoices/{month}/payment", "organizations:plan", a.payInvoice},
		{"PUT /orgs/{org}/seats", "organizations:plan", a.buySeats},
		{"GET /orgs/{org}/audit", "audit:read", a.listAudit},
		{"PUT /orgs/{org}/owner", "members:transfer", a.transferOwnership},
		{"GET /orgs/{org}/domains", "domains:read", a.listDomains},
		{"PUT /orgs/{org}/domains/{domain}", "domains:write", a.claimDomain},
		{"POST /orgs/{org}/domains/{domain}/verification", "domains:write", a.verifyDomain},

		{"GET /orgs/{org}/notes", "notes:read", a.listNotes},
		{"POST /orgs/{org}/notes", "notes:write", a.createNote},
		{"GET /orgs/{org}/notes/batch", "notes:read", a.listNotesByIDs},
		{"GET /orgs/{org}/notes/{note}", "notes:read", a.getNote},
		{"PUT /orgs/{org}/notes/{note}", "notes:write", a.updateNote},
		{"DELETE /orgs/{org}/notes/{note}", "notes:write", a.deleteNote},
		{"POST /orgs/{org}/notes/{note}/copy", "notes:write", a.copyNote},
		{"GET /orgs/{org}/notes/{note}/comments", "comments:read", a.listComments},
		{"POST /orgs/{org}/notes/{note}/comments", "comments:write", a.addComment},
		{"PUT /orgs/{org}/notes/{note}/comments/{comment}", "comments:write", a.editComment},
		{"DELETE /orgs/{org}/notes/{note}/comments/{comment}", "comments:write", a.deleteComment},
		{"POST /orgs/{org}/notes/{note}/tags", "tags:write", a.tagNote},
		{"DELETE /orgs/{org}/notes/{note}/tags/{tag}", "tags:write", a.untagNote},
		{"GET /orgs/{org}/notes/{note}/shares", "sharing:read", a.getShares},
		{"PUT /orgs/{org}/notes/{note}/shares/{with}", "sharing:write", a.shareNote},
		{"DELETE /orgs/{org}/notes/{note}/shares/{with}", "sharing:write", a.unshareNote},
		{"PUT /orgs/{org}/notes/{note}/template", "sharing:publish", a.offerTemplate},
		{"GET /orgs/{org}/shared", "sharing:read", a.listShared},
		{"GET /orgs/{org}/shared/{note}", "sharing:read", a.getShared},
		{"GET /orgs/{org}/templates", "sharing:read", a.listTemplates},
		{"POST /orgs/{org}/templates/{note}/copy", "notes:write", a.copyTemplate},
		{"POST /orgs/{org}/notes/{note}/deliveries", "integrations:use", a.deliverNote},
		{"GET /orgs/{org}/integrations", "integrations:read", a.listIntegrations},
		{"PUT /orgs/{org}/integrations/{integration}", "integrations:write", a.putIntegration},
		{"DELETE /orgs/{org}/integrations/{integration}", "integrations:write", a.deleteIntegration},
		{"GET /orgs/{org}/comments/authors", "comments:read", a.commentAuthors},
		{"GET /orgs/{org}/tags", "tags:read", a.listTags},
		{"PUT /orgs/{org}/tags/{tag}", "tags:write", a.putTag},
		{"DELETE /orgs/{org}/tags", "tags:prune", a.deleteUnusedTags},

		{"GET /orgs/{org}/projects", "projects:read", a.listProjects},
		{"POST /orgs/{org}/projects", "projects:write", a.createProject},
		{"GET /orgs/{org}/projects/latest", "projects:read", a.latestNotes},
		{"DELETE /orgs/{org}/projects/archived/notes", "notes:purge", a.deleteArchivedNotes},
		{"GET /orgs/{org}/projects/{project}", "projects:read", a.getProject},
		{"POST /orgs/{org}/projects/{project}/notes", "notes:write", a.moveNotes},
		{"POST /orgs/{org}/projects/{project}/archive", "projects:archive", a.archiveProject},
		{"GET /orgs/{org}/departments", "departments:read", a.departmentTree},
		{"POST /orgs/{org}/departments", "departments:write", a.createDepartment},
		{"PUT /orgs/{org}/departments/{department}/parent", "departments:write", a.moveDepartment},
		{"PUT /orgs/{org}/departments/{department}/restriction", "departments:write", a.restrictDepartment},
		{"GET /orgs/{org}/departments/{department}/members", "departments:read", a.departmentMembers},
		{"PUT /orgs/{org}/departments/{department}/members/{user}", "departments:write", a.assignToDepartment},
		{"DELETE /orgs/{org}/departments/{department}/members/{user}", "departments:write", a.removeFromDepartment},
		{"GET /orgs/{org}/departments/{department}/projects", "departments:read", a.departmentProjects},

		{"GET /orgs/{org}/files", "files:read", a.listFiles},
		{"PUT /orgs/{org}/files/{name...}", "files:write", a.putFile},
		{"DELETE /orgs/{org}/files/{name...}", "files:write", a.deleteFile},
		{"GET /orgs/{org}/imports", "jobs:read", a.listImports},
		{"POST /orgs/{org}/imports", "jobs:write", a.startImport},
		{"POST /orgs/{org}/imports/{job}/cancellation", "jobs:cancel", a.cancelImport},
		{"POST /orgs/{org}/imports/{job}/retry", "jobs:write", a.retryImport},

		{"GET /orgs/{org}/members", "members:read", a.listMembers},
		{"PUT /orgs/{org}/members/{user}", "members:write", a.changeRole},
		{"DELETE /orgs/{org}/members/{user}", "members:write", a.removeMember},
		{"GET /orgs/{org}/invitations", "invitations:read", a.listInvitations},
		{"POST /orgs/{org}/invitations", "invitations:write", a.invite},
		{"GET /orgs/{org}/tokens", "tokens:read", a.listTokens},
		{"POST /orgs/{org}/tokens", "tokens:write", a.createToken},
		{"DELETE /orgs/{org}/tokens/{token}", "tokens:write", a.revokeToken},
	}
}
