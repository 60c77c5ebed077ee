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
	filter := repo.ListNotesParams{ViewerID: c.user, Search: Searched(q.Get("search")), Tag: given(q.Get("tag"))}
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

// listNotesByIDs is GET /orgs/{org}/notes/batch?id=…&id=…. Ids of notes that the
// organization does not have are passed over.
func (a *App) listNotesByIDs(ctx context.Context, c *call) (*reply, error) {
	given := c.URL.Query()["id"]
	if len(given) > maxPage {
		return nil, badRequest("at most 100 notes at once")
	}
	ids := make([]uuid.UUID, len(given))
	for i, s := range given {
		var err error
		if ids[i], err = uuid.Parse(s); err != nil {
			return nil, badRequest("id is not an id")
		}
	}
	return read(a.repos.Notes.ListNotesByIDs(ctx, c.org, repo.ListNotesByIDsParams{NoteIds: ids, ViewerID: c.user}))
}

// Searched is a text to be found as it stands, nil for none.
func Searched(text string) *string { return given(plain.Replace(text)) }
