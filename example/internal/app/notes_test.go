package app_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

func TestNotes(t *testing.T) {
	s := newService(t)
	note := get[repo.Note](s, s.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "First", "body": "b", "project_id": "{a.project}"}`)
	path := "/orgs/{acme}/notes/" + note.ID.String()
	changed := get[repo.Note](s, s.Alice.Token, "PUT "+path, `{"status": "published"}`)
	if changed.Title != "First" || changed.Status != repo.NoteStatusPublished {
		t.Errorf("changed to %+v", changed)
	}
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT "+path, `{"status": "gone"}`)
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT "+path, `{"titel": "misspelled"}`)
	twin := get[repo.Note](s, s.Alice.Token, "POST "+path+"/copy", "")
	if twin.Title != "Copy of First" || twin.Status != repo.NoteStatusDraft || *twin.ProjectID != s.Acme.Project {
		t.Errorf("copied to %+v", twin)
	}
	s.want(http.StatusBadRequest, s.Alice.Token, "PUT "+path, `{"title": "\u0000"}`)
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE "+path, "")
	s.want(http.StatusNotFound, s.Alice.Token, "GET "+path, "")
}

func TestPages(t *testing.T) {
	s := newService(t)
	for i := range 4 {
		s.want(http.StatusCreated, s.Alice.Token, "POST /orgs/{acme}/notes", fmt.Sprintf(`{"title": "Note %d, 50%%"}`, i))
	}
	seen := map[uuid.UUID]bool{}
	for page := 1; page <= 3; page++ {
		got := get[struct {
			Notes []repo.ListNotesRow
			Total int
		}](s, s.Vera.Token, fmt.Sprintf("GET /orgs/{acme}/notes?size=2&page=%d", page), "")
		if got.Total != 5 {
			t.Errorf("page %d: total %d, want 5", page, got.Total)
		}
		for _, n := range got.Notes {
			seen[n.ID] = true
		}
	}
	if len(seen) != 5 {
		t.Errorf("the pages hold %d notes, want 5", len(seen))
	}
	for search, want := range map[string]int{"50%25": 4, "%25": 4, "note+1": 1, "secret": 1, "_": 0, "%5C": 0} {
		got := get[struct{ Total int }](s, s.Vera.Token, "GET /orgs/{acme}/notes?search="+search, "")
		if got.Total != want {
			t.Errorf("search %s: %d notes, want %d", search, got.Total, want)
		}
	}
}

// A mixed bag of ids gives the organization's own notes.
func TestBatch(t *testing.T) {
	s := newService(t)
	notes := get[[]repo.Note](s, s.Vera.Token, "GET /orgs/{acme}/notes/batch?id={a.note}&id={g.note}", "")
	if len(notes) != 1 || notes[0].ID != s.Acme.Note {
		t.Errorf("notes: %+v", notes)
	}
	s.want(http.StatusBadRequest, s.Vera.Token, "GET /orgs/{acme}/notes/batch?id=1", "")
}

// Both organizations have a project of the same name; only Acme's is cleaned up.
func TestDeleteArchivedNotes(t *testing.T) {
	s := newService(t)
	const cleanUp = "DELETE /orgs/{acme}/projects/archived/notes"
	s.want(http.StatusNoContent, s.Bob.Token, "POST /orgs/{globex}/projects/{g.project}/archive", "")
	if gone := get[[]repo.DeleteNotesOfArchivedProjectsRow](s, s.Alice.Token, cleanUp, ""); len(gone) != 0 {
		t.Errorf("gone: %+v", gone)
	}
	s.want(http.StatusNoContent, s.Alice.Token, "POST /orgs/{acme}/projects/{a.project}/archive", "")
	s.want(http.StatusNotFound, s.Alice.Token, "POST /orgs/{acme}/projects/{a.project}/archive", "")
	gone := get[[]repo.DeleteNotesOfArchivedProjectsRow](s, s.Alice.Token, cleanUp, "")
	if len(gone) != 1 || gone[0].ID != s.Acme.Note {
		t.Errorf("gone: %+v", gone)
	}
	s.globexIsWhole()
}

func TestTagsAndComments(t *testing.T) {
	s := newService(t)
	s.want(http.StatusOK, s.Alice.Token, "PUT /orgs/{acme}/tags/later", `{"color": "blue"}`)
	tags := get[[]repo.ListTagsOfNotesRow](s, s.Alice.Token, "POST /orgs/{acme}/notes/{a.note}/tags", `{"tags": ["later", "urgent", "unknown"]}`)
	if len(tags) != 2 {
		t.Errorf("tags of the note: %+v", tags)
	}
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE /orgs/{acme}/notes/{a.note}/tags/later", "")
	if gone := get[[]string](s, s.Alice.Token, "DELETE /orgs/{acme}/tags", ""); len(gone) != 1 || gone[0] != "later" {
		t.Errorf("unused tags: %v", gone)
	}
	comment := get[repo.NoteComment](s, s.Alice.Token, "POST /orgs/{acme}/notes/{a.note}/comments", `{"body": "hello"}`)
	path := "/orgs/{acme}/notes/{a.note}/comments/" + comment.ID.String()
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "member"}`)
	s.want(http.StatusNotFound, s.Vera.Token, "PUT "+path, `{"body": "not hers"}`)
	s.want(http.StatusNotFound, s.Vera.Token, "DELETE "+path, "")
	s.want(http.StatusNoContent, s.Alice.Token, "PUT "+path, `{"body": "hello again"}`)
	s.want(http.StatusNoContent, s.Alice.Token, "DELETE "+path, "")
	authors := get[[]repo.CountCommentsByAuthorRow](s, s.Vera.Token, "GET /orgs/{acme}/comments/authors", "")
	if len(authors) != 1 || authors[0].Author != "Alice" || authors[0].Comments != 1 {
		t.Errorf("authors: %+v", authors)
	}
}

func TestDepartments(t *testing.T) {
	s := newService(t)
	tree := get[[]repo.DepartmentTreeRow](s, s.Alice.Token, "GET /orgs/{acme}/departments", "")
	if len(tree) != 2 || tree[1].Depth != 1 || len(tree[1].Path) != 2 {
		t.Fatalf("departments: %+v", tree)
	}
	company, research := tree[0].ID, tree[1].ID
	projects := get[[]repo.Project](s, s.Vera.Token, "GET /orgs/{acme}/departments/"+company.String()+"/projects", "")
	if len(projects) != 1 || projects[0].ID != s.Acme.Project {
		t.Errorf("projects below the company: %+v", projects)
	}
	lab := get[repo.Department](s, s.Alice.Token, "POST /orgs/{acme}/departments", `{"name": "Lab", "parent_id": "`+research.String()+`"}`)
	move := func(status int, id, parent uuid.UUID) {
		t.Helper()
		s.want(status, s.Alice.Token, "PUT /orgs/{acme}/departments/"+id.String()+"/parent", `{"parent_id": "`+parent.String()+`"}`)
	}
	move(http.StatusNotFound, research, lab.ID) // a circle
	move(http.StatusNoContent, lab.ID, company)
	other := get[[]repo.DepartmentTreeRow](s, s.Bob.Token, "GET /orgs/{globex}/departments", "")
	move(http.StatusNotFound, lab.ID, other[0].ID)
	s.want(http.StatusUnprocessableEntity, s.Alice.Token, "POST /orgs/{acme}/departments", `{"name": "Spy", "parent_id": "`+other[0].ID.String()+`"}`)
}

// Many at once find the last place of the plan, and one gets it.
func TestQuotaHoldsUnderConcurrency(t *testing.T) {
	s := newService(t)
	for q := (repo.GetQuotaRow{}); q.Notes < 99; {
		s.want(http.StatusCreated, s.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "t"}`)
		q = get[repo.GetQuotaRow](s, s.Alice.Token, "GET /orgs/{acme}/quota", "")
	}
	var wg sync.WaitGroup
	answers := make([]int, 8)
	for i := range answers {
		wg.Go(func() { answers[i] = s.send(s.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "last"}`).Code })
	}
	wg.Wait()
	count := map[int]int{}
	for _, code := range answers {
		count[code]++
	}
	if count[http.StatusCreated] != 1 || count[http.StatusPaymentRequired] != len(answers)-1 {
		t.Errorf("answers: %v", count)
	}
	s.want(http.StatusCreated, s.Bob.Token, "POST /orgs/{globex}/notes", `{"title": "not concerned"}`)
	usage := get[[]repo.ListUsageRow](s, s.Alice.Token, "GET /orgs/{acme}/usage/notes_created", "")
	if len(usage) != 1 || usage[0].Amount != 99 || usage[0].YearToDate != 99 {
		t.Errorf("usage: %+v", usage)
	}
}

func TestFoundOrganization(t *testing.T) {
	s := newService(t)
	s.want(http.StatusConflict, s.Alice.Token, "POST /orgs", `{"slug": "globex", "name": "Globex"}`)
	mine := get[map[string]string](s, s.Alice.Token, "POST /orgs", `{"slug": "initech", "name": "Initech"}`)
	note := get[repo.Note](s, mine["token"], "POST /orgs/"+mine["org_id"]+"/notes", `{"title": "t"}`)
	s.want(http.StatusNotFound, s.Alice.Token, "GET /orgs/{acme}/notes/"+note.ID.String(), "")
	settings := get[map[string]any](s, mine["token"], "PATCH /orgs/"+mine["org_id"]+"/settings", `{"theme": "dark"}`)
	if settings["theme"] != "dark" {
		t.Errorf("settings: %v", settings)
	}
}
