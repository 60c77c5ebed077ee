package repo_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// copier is code of an application. It takes what begins transactions, and calls the repositories that it is given there.
type copier struct {
	begin repo.Transactor
	log   func(string)
}

// copy copies a note, and tells so once that is committed.
func (c copier) copy(ctx context.Context, org repo.OrgID, note, author uuid.UUID) error {
	return c.begin.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		copied, err := tx.Notes.CopyNote(ctx, org, repo.CopyNoteParams{NoteID: note, AuthorID: author})
		if err != nil {
			return err
		}
		return tx.AfterCommit(func(context.Context) { c.log("copied: " + copied.Title) })
	})
}

// fakeNotes has of the repository's methods those that the test needs.
type fakeNotes struct {
	repo.NotesQuerier
	notes map[uuid.UUID]repo.Note
}

func (f fakeNotes) CopyNote(_ context.Context, _ repo.OrgID, arg repo.CopyNoteParams) (repo.Note, error) {
	note, ok := f.notes[arg.NoteID]
	if !ok {
		return repo.Note{}, errors.New("no such note")
	}
	note.Title += " (copy)"
	return note, nil
}

// Code that uses InTx, tested without a database.
func ExampleNewFake() {
	note := uuid.MustParse("11111111-1111-4111-8111-111111111111")
	org := repo.NewOrgID(uuid.MustParse("22222222-2222-4222-8222-222222222222"))
	notes := fakeNotes{notes: map[uuid.UUID]repo.Note{note: {Title: "plan"}}}
	repos := repo.NewFake(tenanttest.NewDB(), repo.Fakes{Notes: notes})

	c := copier{begin: repos, log: func(text string) { fmt.Println(text) }}
	fmt.Println(c.copy(context.Background(), org, note, uuid.New()))
	fmt.Println(c.copy(context.Background(), org, uuid.New(), uuid.New()))
	fmt.Println(c.copy(context.Background(), repo.OrgID{}, note, uuid.New()))
	_, err := repos.Tags.ListTags(context.Background(), org)
	fmt.Println(err)
	// Output:
	// copied: plan (copy)
	// <nil>
	// no such note
	// tenant: no tenant
	// tenant: a test without a database calls what it has given no fake for
}

// nightly deletes what is of no use any more, of all organizations.
func nightly(ctx context.Context, repos *repo.Repositories, reason string, log func(string)) error {
	return repos.CrossTenant(reason).InTx(ctx, func(ctx context.Context, tx *repo.CrossTenant) error {
		n, err := tx.DeleteExpiredTokens(ctx)
		if err != nil {
			return err
		}
		return tx.AfterCommit(func(context.Context) { log(fmt.Sprintf("deleted: %d", n)) })
	})
}

// fakeTokens has of the queries across tenants the one that the test needs.
type fakeTokens struct {
	repo.CrossTenantQuerier
	expired int64
}

func (f fakeTokens) DeleteExpiredTokens(context.Context) (int64, error) { return f.expired, nil }

// Code that works across tenants, tested without a database.
func ExampleFakes() {
	repos := repo.NewFake(tenanttest.NewDB(), repo.Fakes{CrossTenant: fakeTokens{expired: 3}})
	ctx, log := context.Background(), func(text string) { fmt.Println(text) }

	fmt.Println(nightly(ctx, repos, "clean-up", log))
	fmt.Println(nightly(ctx, repos, "", log))
	fmt.Println(nightly(ctx, repo.NewFake(tenanttest.NewDB(), repo.Fakes{}), "clean-up", log))
	// Output:
	// deleted: 3
	// <nil>
	// tenant: cross-tenant work needs a reason
	// tenant: a test without a database calls what it has given no fake for
}
