package app

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

const (
	defaultPage = 20
	maxPage     = 100
)

// notePage is one page of a listing.
type notePage struct {
	Notes []repo.ListNotesRow `json:"notes"`
	// Total counts all that match. A page past the end does not know it and says 0.
	Total int64 `json:"total"`
}

// listNotes is GET /orgs/{org}/notes?search=&status=&tag=&project=&page=&size=.
func (a *App) listNotes(ctx context.Context, c *call) (*reply, error) {
	filter, err := noteFilter(c)
	if err != nil {
		return nil, err
	}
	notes, err := a.repos.Notes.ListNotes(ctx, c.org, filter)
	if err != nil {
		return nil, err
	}
	page := notePage{Notes: notes}
	if len(notes) > 0 {
		page.Total = notes[0].Total
	}
	return ok(page), nil
}

// plain takes their meaning from the characters that are special to ILIKE.
var plain = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// noteFilter reads the query string.
func noteFilter(c *call) (repo.ListNotesParams, error) {
	q := c.URL.Query()
	filter := repo.ListNotesParams{Search: given(plain.Replace(q.Get("search"))), Tag: given(q.Get("tag"))}
	if s := q.Get("status"); s != "" {
		status := repo.NoteStatus(s)
		if !status.Valid() {
			return filter, badRequest("status is one of draft, published, archived")
		}
		filter.Status = &status
	}
	if s := q.Get("project"); s != "" {
		project, err := uuid.Parse(s)
		if err != nil {
			return filter, badRequest("project is not an id")
		}
		filter.ProjectID = &project
	}
	page, size, err := paging(q.Get("page"), q.Get("size"))
	filter.PageSize, filter.PageOffset = size, (page-1)*size
	return filter, err
}

// paging reads the page, from 1, and how many notes fit on it.
func paging(page, size string) (int32, int32, error) {
	number, err := between(page, 1, 1_000_000)
	if err != nil {
		return 0, 0, err
	}
	perPage, err := between(size, defaultPage, maxPage)
	return number, perPage, err
}

// between reads a number from 1 to a limit, which may be left out.
func between(s string, otherwise, limit int32) (int32, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 1 || n > int64(limit) {
		return 0, badRequest("page and size are numbers from 1, and size at most 100")
	}
	return int32(n), nil
}

// given is nil for what the caller left out.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

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
	err = a.repos.InTx(ctx, c.org, func(tx *repo.Tx) error {
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
	err = a.repos.InTx(ctx, c.org, func(tx *repo.Tx) error {
		if err := roomForNote(ctx, tx, c.org); err != nil {
			return err
		}
		note, err = tx.Notes.CopyNote(ctx, c.org, repo.CopyNoteParams{NoteID: id, AuthorID: c.user})
		return err
	})
	return add(note, err)
}
