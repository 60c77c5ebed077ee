package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
)

// perPage is how many notes a page of the list has.
const perPage = 20

// noteStatuses are in the order in which a note goes through them.
var noteStatuses = []repo.NoteStatus{repo.NoteStatusDraft, repo.NoteStatusPublished, repo.NoteStatusArchived}

// noteList is the page of notes.
type noteList struct {
	Search, Status string
	Statuses       []repo.NoteStatus
	Notes          []repo.ListNotesRow
	Total          int64
	Earlier, Later string // the queries of the pages beside this one
}

// listNotes is GET …/notes?search=&status=&page=.
func (w *Web) listNotes(v *visit) error {
	q := v.r.URL.Query()
	number := 1
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 && n < 1_000_000 {
		number = n
	}
	list := noteList{Search: q.Get("search"), Status: q.Get("status"), Statuses: noteStatuses}
	filter := repo.ListNotesParams{ViewerID: v.user, Search: app.Searched(list.Search), PageSize: perPage, PageOffset: int32(number-1) * perPage}
	if status := repo.NoteStatus(list.Status); status.Valid() {
		filter.Status = &status
	}
	var err error
	if list.Notes, err = w.repos.Notes.ListNotes(v.r.Context(), v.org, filter); err != nil {
		return err
	}
	if len(list.Notes) > 0 {
		list.Total = list.Notes[0].Total
	}
	if number > 1 {
		list.Later = beside(q, number-1)
	}
	if list.Total > int64(number*perPage) {
		list.Earlier = beside(q, number+1)
	}
	return w.show(v, "notes", "Notes", "notes", list)
}

// beside is the query of another page of the same list.
func beside(q url.Values, page int) string {
	next := url.Values{"page": {strconv.Itoa(page)}}
	for _, kept := range []string{"search", "status"} {
		if q.Get(kept) != "" {
			next.Set(kept, q.Get(kept))
		}
	}
	return "?" + next.Encode()
}

// noteForm is a note that is written or changed.
type noteForm struct {
	ID          string // of a note that there is
	Title, Body string
	Status      repo.NoteStatus
	Statuses    []repo.NoteStatus
	Details     *repo.GetNoteDetailsRow
}

// newNote is GET …/notes/new.
func (w *Web) newNote(v *visit) error {
	return w.show(v, "note", "New note", "notes", noteForm{Title: v.r.PostFormValue("title"), Body: v.r.PostFormValue("body")})
}

// createNote is POST …/notes. The plan limits how many there may be.
func (w *Web) createNote(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	note, err := w.app.CreateNote(v.r.Context(), v.org, repo.CreateNoteParams{
		AuthorID: v.user, Title: strings.TrimSpace(v.r.PostFormValue("title")), Body: v.r.PostFormValue("body"),
	})
	if err != nil {
		return w.again(v, err, (*Web).newNote)
	}
	return v.done("notes/"+note.ID.String(), "note-created")
}

// showNote is GET …/notes/{note}. What was sent and could not be saved stays in the form.
func (w *Web) showNote(v *visit) error {
	id, err := v.id("note")
	if err != nil {
		return err
	}
	note, err := w.repos.Notes.GetNoteDetails(v.r.Context(), v.org, repo.GetNoteDetailsParams{NoteID: id, ViewerID: v.user})
	if err != nil {
		return err
	}
	form := noteForm{ID: id.String(), Title: note.Note.Title, Body: note.Note.Body, Status: note.Note.Status, Statuses: noteStatuses, Details: &note}
	if v.failed != nil {
		form.Title, form.Body, form.Status = v.r.PostFormValue("title"), v.r.PostFormValue("body"), repo.NoteStatus(v.r.PostFormValue("status"))
	}
	return w.show(v, "note", note.Note.Title, "notes", form)
}

// saveNote is POST …/notes/{note}.
func (w *Web) saveNote(v *visit) error {
	id, err := v.id("note")
	if err != nil {
		return err
	}
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	title, body, status := strings.TrimSpace(v.r.PostFormValue("title")), v.r.PostFormValue("body"), repo.NoteStatus(v.r.PostFormValue("status"))
	_, err = w.app.UpdateNote(v.r.Context(), v.org, repo.UpdateNoteParams{NoteID: id, Title: &title, Body: &body, Status: &status})
	if err != nil {
		return w.again(v, err, (*Web).showNote)
	}
	return v.done("notes/"+id.String(), "note-saved")
}

// deleteNote is POST …/notes/{note}/delete.
func (w *Web) deleteNote(v *visit) error {
	id, err := v.id("note")
	if err != nil {
		return err
	}
	if err := w.app.DeleteNote(v.r.Context(), v.org, id); err != nil {
		return err
	}
	return v.done("notes", "note-deleted")
}
