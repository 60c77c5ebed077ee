package exampledb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// World is what Seed puts into a database: two organizations that know nothing
// of each other.
type World struct {
	Acme, Globex Organization
	// Alice owns Acme, Vera may only look at it, Bob owns Globex.
	Alice, Vera, Bob Person
}

// Organization is a tenant and something in it to ask for.
type Organization struct {
	ID   repo.OrgID
	Name string
	// Project, Note and Comment are ids of rows that the organization has, the
	// note being in the project and the comment on the note.
	Project, Note, Comment uuid.UUID
}

// Person is a user, with a token for their organization.
type Person struct {
	ID          uuid.UUID
	Email, Name string
	Token       string
}

// The seeded organizations have the same ids on every database, so that an
// address once noted works again.
var (
	acmeID   = uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001")
	globexID = uuid.MustParse("bbbbbbbb-0000-4000-8000-000000000002")
)

// Seed fills both organizations, through the same repositories that the
// application uses: row-level security holds for it too. On a database that is
// seeded already it only makes new tokens.
func Seed(ctx context.Context, repos *repo.Repositories) (*World, error) {
	w := &World{
		Acme:   Organization{ID: repo.NewOrgID(acmeID), Name: "Acme"},
		Globex: Organization{ID: repo.NewOrgID(globexID), Name: "Globex"},
		Alice:  Person{Email: "alice@acme.example", Name: "Alice"},
		Vera:   Person{Email: "vera@acme.example", Name: "Vera"},
		Bob:    Person{Email: "bob@globex.example", Name: "Bob"},
	}
	s := seeder{ctx: ctx, repos: repos}
	for _, p := range []*Person{&w.Alice, &w.Vera, &w.Bob} {
		s.person(p)
	}
	s.organization(&w.Acme, "acme", w.Alice)
	s.organization(&w.Globex, "globex", w.Bob)
	s.member(w.Acme, &w.Alice, repo.MemberRoleOwner)
	s.member(w.Acme, &w.Vera, repo.MemberRoleViewer)
	s.member(w.Globex, &w.Bob, repo.MemberRoleOwner)
	if s.err != nil {
		return nil, fmt.Errorf("seed: %w", s.err)
	}
	return w, nil
}

// seeder stops at the first error and keeps it.
type seeder struct {
	ctx   context.Context
	repos *repo.Repositories
	err   error
}

// in runs a transaction of one organization.
func (s *seeder) in(org repo.OrgID, fn func(context.Context, *repo.Tx) error) {
	if s.err == nil {
		s.err = s.repos.InTx(s.ctx, org, fn)
	}
}

func (s *seeder) person(p *Person) {
	if s.err != nil {
		return
	}
	var user repo.User
	user, s.err = s.repos.Users.UpsertUser(s.ctx, p.Email, p.Name)
	p.ID = user.ID
}

// known writes a person down where the organization is.
func (s *seeder) known(tx *repo.Tx, p Person) error {
	return tx.Users.KnowUser(s.ctx, repo.KnowUserParams{ID: p.ID, Email: p.Email, Name: p.Name})
}

// member gives a person a role and a new token.
func (s *seeder) member(org Organization, p *Person, role repo.MemberRole) {
	p.Token = "demo_" + uuid.NewString()
	hash := sha256.Sum256([]byte(p.Token))
	s.in(org.ID, func(ctx context.Context, tx *repo.Tx) error {
		if err := s.known(tx, *p); err != nil {
			return err
		}
		if _, err := tx.Members.AddMember(s.ctx, org.ID, repo.AddMemberParams{UserID: p.ID, Role: role}); err != nil {
			return err
		}
		_, err := tx.Tokens.CreateToken(s.ctx, org.ID, repo.CreateTokenParams{
			UserID: p.ID, Name: "demo", TokenHash: hash[:], ExpiresAt: time.Now().Add(24 * time.Hour), SignedInAt: time.Now(),
		})
		return err
	})
}
