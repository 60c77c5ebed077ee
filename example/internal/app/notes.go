package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

type newNote struct {
	ProjectID *uuid.UUID `json:"project_id"`
	Title     string     `json:"title"`
	Body      string     `json:"body"`
}

// createNote is POST /orgs/{org}/notes. The plan limits how many there may be.
func (a *App) createNote(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[newNote](c.Request)
	if err != nil {
		return nil, err
	}
	if body.Title == "" {
		return nil, badRequest("a note needs a title")
	}
	var note repo.Note
	err = a.repos.InTx(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		if err := roomForNote(ctx, tx, c.org); err != nil {
			return err
		}
		note, err = tx.Notes.CreateNote(ctx, c.org, repo.CreateNoteParams{
			ProjectID: body.ProjectID, AuthorID: c.user, Title: body.Title, Body: body.Body,
		})
		return err
	})
	return add(note, err)
}

// getNote is GET /orgs/{org}/notes/{note}.
func (a *App) getNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Notes.GetNoteDetails(ctx, c.org, id))
}

type noteChange struct {
	Title  *string          `json:"title"`
	Body   *string          `json:"body"`
	Status *repo.NoteStatus `json:"status"`
}

// updateNote is PUT /orgs/{org}/notes/{note}. What is left out stays as it is.
func (a *App) updateNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	change, err := decode[noteChange](c.Request)
	if err != nil {
		return nil, err
	}
	if change.Title != nil && *change.Title == "" {
		return nil, badRequest("a note needs a title")
	}
	if change.Status != nil && !change.Status.Valid() {
		return nil, badRequest("status is one of draft, published, archived")
	}
	return read(a.repos.Notes.UpdateNote(ctx, c.org, repo.UpdateNoteParams{
		NoteID: id, Title: change.Title, Body: change.Body, Status: change.Status,
	}))
}

// deleteNote is DELETE /orgs/{org}/notes/{note}.
func (a *App) deleteNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Notes.DeleteNote(ctx, c.org, id))
}

// copyNote is POST /orgs/{org}/notes/{note}/copy.
func (a *App) copyNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	var note repo.Note
	err = a.repos.InTx(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		if err := roomForNote(ctx, tx, c.org); err != nil {
			return err
		}
		note, err = tx.Notes.CopyNote(ctx, c.org, repo.CopyNoteParams{NoteID: id, AuthorID: c.user})
		return err
	})
	return add(note, err)
}
