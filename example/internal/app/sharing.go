package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// getShares is GET /orgs/{org}/notes/{note}/shares: whom a note is shown to.
func (a *App) getShares(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Sharing.GetShares(ctx, c.org, repo.GetSharesParams{NoteID: id, ViewerID: c.user}))
}

// shareNote is PUT /orgs/{org}/notes/{note}/shares/{with}. An organization is
// named by its id, which it has told; whether there is one is not said.
func (a *App) shareNote(ctx context.Context, c *call) (*reply, error) {
	note, with, err := c.share()
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Sharing.ShareNote(ctx, c.org, repo.ShareNoteParams{WithOrg: with, NoteID: note}))
}

// unshareNote is DELETE /orgs/{org}/notes/{note}/shares/{with}.
func (a *App) unshareNote(ctx context.Context, c *call) (*reply, error) {
	note, with, err := c.share()
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Sharing.UnshareNote(ctx, c.org, repo.UnshareNoteParams{WithOrg: with, NoteID: note}))
}

// share reads which note is shared, with which other organization.
func (c *call) share() (note, with uuid.UUID, err error) {
	if note, err = c.id("note"); err != nil {
		return note, with, err
	}
	with, err = c.id("with")
	if err == nil && with == c.org.UUID() {
		err = badRequest("a note is shared with others")
	}
	return note, with, err
}

type templateChoice struct {
	Template bool `json:"template"`
}

// offerTemplate is PUT /orgs/{org}/notes/{note}/template: every organization can read and copy it.
func (a *App) offerTemplate(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	body, err := decode[templateChoice](c.Request)
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Sharing.OfferTemplate(ctx, c.org, repo.OfferTemplateParams{Template: body.Template, NoteID: id}))
}

// listShared is GET /orgs/{org}/shared: what others have shared with the organization.
func (a *App) listShared(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Sharing.ListSharedWithUs(ctx, c.org))
}

// getShared is GET /orgs/{org}/shared/{note}: a note of another organization's that this one may read.
func (a *App) getShared(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Sharing.GetSharedNote(ctx, c.org, id))
}

// listTemplates is GET /orgs/{org}/templates: everybody's.
func (a *App) listTemplates(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Sharing.ListTemplates(ctx, c.org))
}

// copyTemplate is POST /orgs/{org}/templates/{note}/copy. The copy is the
// organization's own, and counts as any note that it makes.
func (a *App) copyTemplate(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return add(a.newNote(ctx, c.org, func(ctx context.Context, tx *repo.Tx) (repo.Note, error) {
		return tx.Sharing.CopyTemplate(ctx, c.org, repo.CopyTemplateParams{AuthorID: c.user, NoteID: id})
	}))
}
