package exampledb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// Demo is what there is to look at beside what tests need.
type Demo struct {
	*World
	// Carol is a member of Acme, and administers Globex.
	Carol Person
	// Initech is suspended. Carol belongs to it, too.
	Initech Organization
}

var initechID = uuid.MustParse("cccccccc-0000-4000-8000-000000000003")

// SeedDemo adds to what Seed has made: somebody who belongs to both organizations, and notes that look like some.
func SeedDemo(ctx context.Context, repos *repo.Repositories, world *World) (*Demo, error) {
	d := &Demo{
		World: world, Carol: Person{Email: "carol@consulting.example", Name: "Carol"}, Initech: Organization{ID: repo.NewOrgID(initechID), Name: "Initech"},
	}
	s := seeder{ctx: ctx, repos: repos}
	s.person(&d.Carol)
	s.organization(&d.Initech, "initech", d.Carol)
	s.in(d.Initech.ID, func(ctx context.Context, tx *repo.Tx) error {
		_, err := tx.Organizations.UpdateSettings(ctx, d.Initech.ID, []byte(`{"suspended": true}`))
		return err
	})
	s.member(d.Initech, &d.Carol, repo.MemberRoleOwner)
	s.member(world.Globex, &d.Carol, repo.MemberRoleAdmin)
	s.member(world.Acme, &d.Carol, repo.MemberRoleMember)
	for _, o := range []struct {
		org    Organization
		author Person
		notes  []demoNote
	}{{world.Acme, world.Alice, acmeNotes}, {world.Globex, world.Bob, globexNotes}} {
		s.in(o.org.ID, func(ctx context.Context, tx *repo.Tx) error { return write(ctx, tx, o.org, o.author, o.notes) })
	}
	if s.err != nil {
		return nil, fmt.Errorf("seed demo: %w", s.err)
	}
	return d, nil
}

type demoNote struct {
	title, body string
	status      repo.NoteStatus
}

var acmeNotes = []demoNote{
	{"Anvil 2.0: what customers ask for", "Lighter, and a handle.\n\nThe roadrunner segment asks for wheels.", repo.NoteStatusPublished},
	{"Minutes of the Monday meeting", "1. Rockets\n2. Springs\n3. Who orders lunch", repo.NoteStatusPublished},
	{"Catalogue for spring", "Draft of the page about magnets.", repo.NoteStatusDraft},
	{"Supplier visit in March", "They can make twice as many, at the same price.", repo.NoteStatusDraft},
	{"Price list of last year", "Kept for the auditors.", repo.NoteStatusArchived},
}

var globexNotes = []demoNote{
	{"Expansion to the east coast", "Offices, people, and a place for the hammocks.", repo.NoteStatusPublished},
	{"Onboarding of new colleagues", "Day one: the tour. Day two: the volcano.", repo.NoteStatusPublished},
	{"Budget of the next quarter", "Not to be seen outside of Globex.", repo.NoteStatusDraft},
}

// write writes an organization's notes, unless it has the last of them.
func write(ctx context.Context, tx *repo.Tx, o Organization, author Person, notes []demoNote) error {
	last := notes[len(notes)-1].title
	there, err := tx.Notes.ListNotes(ctx, o.ID, repo.ListNotesParams{Search: &last, PageSize: 1})
	if err != nil || len(there) > 0 {
		return err
	}
	for _, n := range notes {
		note, err := tx.Notes.CreateNote(ctx, o.ID, repo.CreateNoteParams{AuthorID: author.ID, Title: n.title, Body: n.body})
		if err != nil {
			return err
		}
		if _, err := tx.Notes.UpdateNote(ctx, o.ID, repo.UpdateNoteParams{NoteID: note.ID, Status: &n.status}); err != nil {
			return err
		}
	}
	return nil
}
