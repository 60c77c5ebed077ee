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
	return add(a.CreateNote(ctx, c.org, repo.CreateNoteParams{
		ProjectID: body.ProjectID, AuthorID: c.user, Title: body.Title, Body: body.Body,
	}))
}

// getNote is GET /orgs/{org}/notes/{note}.
func (a *App) getNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Notes.GetNoteDetails(ctx, c.org, repo.GetNoteDetailsParams{NoteID: id, ViewerID: c.user}))
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
	return read(a.UpdateNote(ctx, c.org, repo.UpdateNoteParams{
		NoteID: id, Title: change.Title, Body: change.Body, Status: change.Status,
	}))
}

// deleteNote is DELETE /orgs/{org}/notes/{note}.
func (a *App) deleteNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return nothing(a.DeleteNote(ctx, c.org, id))
}

// copyNote is POST /orgs/{org}/notes/{note}/copy.
func (a *App) copyNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return add(a.newNote(ctx, c.org, func(ctx context.Context, tx *repo.Tx) (repo.Note, error) {
		return tx.Notes.CopyNote(ctx, c.org, repo.CopyNoteParams{NoteID: id, AuthorID: c.user})
	}))
}
