package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// CreateNote writes a note, if the plan has room for one more, and tells those who look.
func (a *App) CreateNote(ctx context.Context, org repo.OrgID, p repo.CreateNoteParams) (note repo.Note, err error) {
	if p.Title == "" {
		return note, badRequest("a note needs a title")
	}
	return a.newNote(ctx, org, func(ctx context.Context, tx *repo.Tx) (repo.Note, error) { return tx.Notes.CreateNote(ctx, org, p) })
}

// newNote inserts a note, if the plan has room for one more, and tells those who look.
func (a *App) newNote(ctx context.Context, org repo.OrgID, insert func(context.Context, *repo.Tx) (repo.Note, error)) (note repo.Note, err error) {
	err = a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if err := roomForNote(ctx, tx, org); err != nil {
			return err
		}
		if note, err = insert(ctx, tx); err != nil {
			return err
		}
		return tellOfNote(ctx, tx, org, noteCreated, note.ID)
	})
	return note, err
}

// UpdateNote changes what is given of a note that the context's member may see, and leaves the rest.
func (a *App) UpdateNote(ctx context.Context, org repo.OrgID, p repo.UpdateNoteParams) (note repo.Note, err error) {
	if p.Title != nil && *p.Title == "" {
		return note, badRequest("a note needs a title")
	}
	if p.Status != nil && !p.Status.Valid() {
		return note, badRequest("status is one of draft, published, archived")
	}
	if p.ViewerID, err = viewer(ctx); err != nil {
		return note, err
	}
	err = a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if note, err = tx.Notes.UpdateNote(ctx, org, p); err != nil {
			return err
		}
		if _, err := tx.Sharing.RefreshShared(ctx, org, note.ID); err != nil {
			return err
		}
		return tellOfNote(ctx, tx, org, noteUpdated, note.ID)
	})
	return note, err
}

// DeleteNote deletes a note that the context's member may see. One that another organization has is not there.
func (a *App) DeleteNote(ctx context.Context, org repo.OrgID, id uuid.UUID) error {
	who, err := viewer(ctx)
	if err != nil {
		return err
	}
	return a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		gone, err := tx.Notes.DeleteNote(ctx, org, repo.DeleteNoteParams{NoteID: id, ViewerID: who})
		if err == nil && gone == 0 {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		return tellOfNote(ctx, tx, org, noteDeleted, id)
	})
}
