package repo_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// isolationFixture seeds Acme and Globex as the application does, and gives both what the seed leaves out.
func isolationFixture(t *testing.T) isolationTenants {
	ctx, url := t.Context(), pgserver.DatabaseForTest(t)
	db, err := exampledb.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	owner, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(owner.Close)
	world, err := exampledb.Seed(ctx, db.Repositories())
	if err != nil {
		t.Fatal(err)
	}
	f := furnisher{t: t, ctx: ctx, repos: db.Repositories()}
	for _, org := range []repo.OrgID{world.Acme.ID, world.Globex.ID} {
		if _, err := owner.Exec(ctx, strings.ReplaceAll(keptRows, "$1", "'"+org.String()+"'")); err != nil {
			t.Fatal(err)
		}
	}
	return isolationTenants{
		Pool: db.App, Unrestricted: owner,
		A: world.Acme.ID, ArgsA: f.furnish(world.Acme, "acme", world.Alice),
		B: world.Globex.ID, ArgsB: f.furnish(world.Globex, "globex", world.Bob),
		Adjust: map[string]func(*isolationArgs){
			"Billing.WriteInvoice":               func(a *isolationArgs) { a.Billing.Month = date(2026, 2, 1) },
			"Departments.AssignToDepartment":     func(a *isolationArgs) { a.Departments.DepartmentID = a.Departments.ParentID },
			"Departments.ListDepartmentProjects": func(a *isolationArgs) { a.Departments.DepartmentID = a.Departments.ParentID },
			"Domains.ClaimDomain":                func(a *isolationArgs) { a.Domains.Domain = "new." + a.Domains.Domain },
			"Members.JoinOrganization":           func(a *isolationArgs) { a.Members.UserID = a.Invitations.UserID },
			"Projects.CreateProject":             func(a *isolationArgs) { a.Projects.DepartmentID = nil },
			"Tokens.CreateToken":                 func(a *isolationArgs) { a.Tokens.TokenHash = append([]byte("new "), a.Tokens.TokenHash...) },
		},
		FindNothing: map[string]string{
			"Organizations.CreateOrganization": "the organization exists already",
			"Sharing.ListSharedWithUs":         "nobody has shared anything: what is shared with it is to make a difference",
		},
		Oracles: map[string]string{
			"Invitations.Invite": "the hash of a token is of one invitation only",
		},
		RemoveB: func(ctx context.Context) error {
			_, err := owner.Exec(ctx, "DELETE FROM organizations WHERE id = $1::text::uuid", world.Globex.ID.String())
			if err == nil { // the audit log outlives the organization
				_, err = owner.Exec(ctx, "DELETE FROM tenant_audit WHERE org_id = $1::text::uuid", world.Globex.ID.String())
			}
			return err
		},
	}
}

// keptRows are those that packages of the runtime keep for an organization: see docs/quotas.md.
const keptRows = `
INSERT INTO tenant_quota_counters VALUES ($1, 'seats', 'epoch', 2);
INSERT INTO tenant_quota_overrides VALUES ($1, 'seats', 20, 'a test');
INSERT INTO tenant_quota_addons VALUES ($1, 'seats', 'seats', 1);
INSERT INTO tenant_usage VALUES ($1, '2026-01-01', 'calls', false, 7);
INSERT INTO tenant_usage_members VALUES ($1, '2026-01-01', 'somebody');
INSERT INTO tenant_usage_flushes VALUES ($1, 'a process', 1, now());
INSERT INTO tenant_audit VALUES ($1, gen_random_uuid(), now(), 'refused', 'warning', '', '', '', 'a test', '', '')`

// furnisher fills organizations. Both get the same content, so that rows are told apart by their organization only.
type furnisher struct {
	t     *testing.T
	ctx   context.Context
	repos *repo.Repositories
}

// furnish returns the arguments that find what it has made.
func (f furnisher) furnish(o exampledb.Organization, slug string, owner exampledb.Person) (args isolationArgs) {
	member, guest := f.user("member@"+slug+".example"), f.user("guest@"+slug+".example")
	later := time.Now().Add(time.Hour)
	hash := []byte("hash of " + slug)

	args.Organizations.Name, args.Organizations.Slug = o.Name, slug
	args.Organizations.PlanID, args.Organizations.Settings = "team", json.RawMessage(`{"theme": "dark"}`)

	args.Members.UserID, args.Members.Role = member, repo.MemberRoleMember
	args.Members.Email = owner.Email
	args.Members.OldOwner, args.Members.NewOwner = owner.ID, member
	f.rows(f.repos.Members.AddMember(f.ctx, o.ID, repo.AddMemberParams{UserID: member, Role: repo.MemberRoleViewer}))

	args.Invitations.Email, args.Invitations.Role, args.Invitations.InvitedBy = "guest@"+slug+".example", repo.MemberRoleAdmin, owner.ID
	args.Invitations.UserID, args.Invitations.TokenHash, args.Invitations.ExpiresAt = guest, hash, later
	f.must(f.repos.Invitations.Invite(f.ctx, o.ID, repo.InviteParams{Email: args.Invitations.Email, Role: repo.MemberRoleViewer,
		InvitedBy: owner.ID, TokenHash: hash, ExpiresAt: later}))

	args.Tokens.SignedInAt, args.Tokens.Provider = later, "https://id."+slug+".example"
	args.Tokens.UserID, args.Tokens.Name, args.Tokens.TokenHash, args.Tokens.ExpiresAt = member, "ci", hash, later
	token, err := f.repos.Tokens.CreateToken(f.ctx, o.ID, repo.CreateTokenParams{UserID: member, Name: "ci", TokenHash: hash, ExpiresAt: later, SignedInAt: later})
	f.must(err)
	args.Tokens.TokenID = token.ID

	args.Domains.Domain = "claimed." + slug + ".example"
	f.must(f.repos.Domains.ClaimDomain(f.ctx, o.ID, args.Domains.Domain))
	args.Usage.Metric, args.Usage.Amount = "notes", 3
	f.must(f.repos.Usage.RecordUsage(f.ctx, o.ID, repo.RecordUsageParams{Metric: "notes", Amount: 5}))

	month, day := date(2026, 1, 1), date(2026, 1, 31)
	args.Billing.Month, args.Billing.Lines, args.Billing.TotalCents, args.Billing.DueOn = month, json.RawMessage(`[]`), 1900, date(2026, 2, 14)
	args.Billing.PaidThrough, args.Billing.Today, args.Billing.Payment = day, date(2026, 3, 1), "pay_1"
	f.must(f.repos.Billing.Activate(f.ctx, o.ID, day))
	f.rows(f.repos.Billing.WriteInvoice(f.ctx, o.ID, repo.WriteInvoiceParams{Month: month, Lines: json.RawMessage(`[]`), TotalCents: 1900, DueOn: date(2026, 2, 14)}))

	f.content(o, owner, &args)
	return args
}

func date(y int, m time.Month, d int) pgtype.Date {
	return pgtype.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Valid: true}
}

// content makes departments, projects, notes and tags beside those of the seed.
func (f furnisher) content(o exampledb.Organization, owner exampledb.Person, args *isolationArgs) {
	sales, err := f.repos.Departments.CreateDepartment(f.ctx, o.ID, repo.CreateDepartmentParams{Name: "Sales"})
	f.must(err)
	tree, err := f.repos.Departments.DepartmentTree(f.ctx, o.ID)
	f.must(err)
	args.Departments.DepartmentID, args.Departments.ParentID, args.Departments.Name = sales.ID, tree[0].ID, "Support"

	args.Departments.UserID, args.Departments.Restricted = owner.ID, true
	f.must(f.repos.Departments.AssignToDepartment(f.ctx, o.ID, repo.AssignToDepartmentParams{DepartmentID: sales.ID, UserID: owner.ID}))
	f.rows(f.repos.Departments.RestrictDepartment(f.ctx, o.ID, repo.RestrictDepartmentParams{Restricted: true, DepartmentID: tree[0].ID}))
	for _, viewer := range []*uuid.UUID{&args.Departments.ViewerID, &args.Projects.ViewerID, &args.Notes.ViewerID, &args.Comments.ViewerID, &args.Tags.ViewerID, &args.Sharing.ViewerID} {
		*viewer = owner.ID // who sees all
	}
	args.Projects.ProjectID, args.Projects.DepartmentID, args.Projects.Name = o.Project, &sales.ID, "Glider"
	old, err := f.repos.Projects.CreateProject(f.ctx, o.ID, repo.CreateProjectParams{Name: "Balloon"})
	f.must(err)
	stray, err := f.repos.Notes.CreateNote(f.ctx, o.ID, repo.CreateNoteParams{ProjectID: &old.ID, AuthorID: owner.ID, Title: "Hot air"})
	f.must(err)
	f.rows(f.repos.Projects.ArchiveProject(f.ctx, o.ID, old.ID))

	args.Notes.NoteID, args.Notes.NoteIDs, args.Notes.ProjectID = o.Note, []uuid.UUID{o.Note, stray.ID}, o.Project
	args.Notes.AuthorID, args.Notes.Title, args.Notes.Body = owner.ID, "New title", "New body"
	args.Notes.PageSize, args.Notes.ArchivedBefore = 10, time.Now().Add(time.Hour)
	args.Comments.NoteID, args.Comments.CommentID, args.Comments.AuthorID, args.Comments.Body = o.Note, o.Comment, owner.ID, "Hear, hear."

	args.Sharing.NoteID, args.Sharing.AuthorID, args.Sharing.WithOrg = o.Note, owner.ID, uuid.UUID{1}
	f.rows(f.repos.Sharing.ShareNote(f.ctx, o.ID, repo.ShareNoteParams{WithOrg: uuid.UUID{1}, NoteID: o.Note}))
	if o.Name == "Acme" { // one of Globex would make the difference that templates are to make
		f.rows(f.repos.Sharing.OfferTemplate(f.ctx, o.ID, repo.OfferTemplateParams{Template: true, NoteID: o.Note}))
	}
	args.Integrations.Name, args.Integrations.Endpoint, args.Integrations.Sealed, args.Integrations.Hint = "chat", "tracker", []byte("sealed"), "1234"
	args.Integrations.SetBy, args.Integrations.Result = owner.ID, "delivered"
	_, err = f.repos.Integrations.PutIntegration(f.ctx, o.ID, repo.PutIntegrationParams{Name: "chat", Endpoint: "chat", Sealed: []byte("box"), SetBy: owner.ID})
	f.must(err)
	args.Tags.NoteID, args.Tags.NoteIDs, args.Tags.Tag, args.Tags.Tags = o.Note, []uuid.UUID{o.Note}, "urgent", []string{"later"}
	args.Tags.Name, args.Tags.Color = "later", "blue"
	_, err = f.repos.Tags.UpsertTag(f.ctx, o.ID, repo.UpsertTagParams{Name: "later", Color: "grey"})
	f.must(err)
}

func (f furnisher) user(email string) uuid.UUID {
	user, err := f.repos.Users.UpsertUser(f.ctx, email, email)
	f.must(err)
	return user.ID
}

func (f furnisher) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// rows wants a row to have changed.
func (f furnisher) rows(n int64, err error) {
	f.t.Helper()
	if f.must(err); n != 1 {
		f.t.Fatalf("%d rows", n)
	}
}
