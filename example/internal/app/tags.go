package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// listTags is GET /orgs/{org}/tags.
func (a *App) listTags(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Tags.ListTags(ctx, c.org))
}

type tagColor struct {
	Color string `json:"color"`
}

// putTag is PUT /orgs/{org}/tags/{tag}: a tag is named, not numbered.
func (a *App) putTag(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[tagColor](c.Request)
	if err != nil {
		return nil, err
	}
	if body.Color == "" {
		return nil, badRequest("a tag needs a color")
	}
	return read(a.repos.Tags.UpsertTag(ctx, c.org, repo.UpsertTagParams{Name: c.PathValue("tag"), Color: body.Color}))
}

type tagNames struct {
	Tags []string `json:"tags"`
}

// tagNote is POST /orgs/{org}/notes/{note}/tags. It replies with all tags of the note.
func (a *App) tagNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	names, err := decode[tagNames](c.Request)
	if err != nil {
		return nil, err
	}
	var tags []repo.ListTagsOfNotesRow
	err = a.repos.InTx(ctx, c.org, func(ctx context.Context, tx *repo.Tx) error {
		if _, err := tx.Notes.GetNote(ctx, c.org, repo.GetNoteParams{NoteID: id, ViewerID: c.user}); err != nil {
			return err
		}
		_, err := tx.Tags.TagNote(ctx, c.org, repo.TagNoteParams{ViewerID: c.user, NoteID: id, Tags: names.Tags})
		if err != nil {
			return err
		}
		tags, err = tx.Tags.ListTagsOfNotes(ctx, c.org, []uuid.UUID{id})
		return err
	})
	return read(tags, err)
}

// untagNote is DELETE /orgs/{org}/notes/{note}/tags/{tag}.
func (a *App) untagNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Tags.UntagNote(ctx, c.org, repo.UntagNoteParams{ViewerID: c.user, NoteID: id, Tag: c.PathValue("tag")}))
}

// deleteUnusedTags is DELETE /orgs/{org}/tags. It replies with the names that are gone.
func (a *App) deleteUnusedTags(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Tags.DeleteUnusedTags(ctx, c.org))
}
