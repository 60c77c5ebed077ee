package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

type commentText struct {
	Body string `json:"body"`
}

// listComments is GET /orgs/{org}/notes/{note}/comments. A note that is not
// there is told from one without comments.
func (a *App) listComments(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	if _, err := a.repos.Notes.GetNote(ctx, c.org, repo.GetNoteParams{NoteID: id, ViewerID: c.user}); err != nil {
		return nil, err
	}
	return read(a.repos.Comments.ListComments(ctx, c.org, repo.ListCommentsParams{NoteID: id, ViewerID: c.user}))
}

// commentAuthors is GET /orgs/{org}/comments/authors.
func (a *App) commentAuthors(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Comments.CountCommentsByAuthor(ctx, c.org, c.user))
}

// addComment is POST /orgs/{org}/notes/{note}/comments. The row that the
// comment hangs on is looked up in the organization by the statement itself: no
// such note, no row, 404.
func (a *App) addComment(ctx context.Context, c *call) (*reply, error) {
	if err := switchedOff(ctx, flagComments); err != nil {
		return nil, err
	}
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	text, err := decodeComment(c)
	if err != nil {
		return nil, err
	}
	return add(a.repos.Comments.AddComment(ctx, c.org, repo.AddCommentParams{
		NoteID: id, AuthorID: c.user, Body: text,
	}))
}

// editComment is PUT /orgs/{org}/notes/{note}/comments/{comment}, for its author.
func (a *App) editComment(ctx context.Context, c *call) (*reply, error) {
	note, comment, err := commentPath(c)
	if err != nil {
		return nil, err
	}
	text, err := decodeComment(c)
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Comments.EditComment(ctx, c.org, repo.EditCommentParams{
		NoteID: note, CommentID: comment, AuthorID: c.user, Body: text,
	}))
}

// deleteComment is DELETE /orgs/{org}/notes/{note}/comments/{comment}, for its author and for admins.
func (a *App) deleteComment(ctx context.Context, c *call) (*reply, error) {
	note, comment, err := commentPath(c)
	if err != nil {
		return nil, err
	}
	which := repo.DeleteCommentParams{NoteID: note, CommentID: comment, ViewerID: c.user}
	if c.member.May("comments:moderate") != nil {
		which.AuthorID = &c.user
	}
	return changed(a.repos.Comments.DeleteComment(ctx, c.org, which))
}

func commentPath(c *call) (note, comment uuid.UUID, err error) {
	if note, err = c.id("note"); err != nil {
		return note, comment, err
	}
	comment, err = c.id("comment")
	return note, comment, err
}

func decodeComment(c *call) (string, error) {
	text, err := decode[commentText](c.Request)
	if err == nil && text.Body == "" {
		err = badRequest("a comment needs a body")
	}
	return text.Body, err
}
