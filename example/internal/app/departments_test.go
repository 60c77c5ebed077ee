package app_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/repo"
)

// departments are Acme's: Company, with Research below, which has the project and the note, and Lab below Research with a project of its own.
type departments struct {
	*service
	company, research, lab, labProject, labNote string
	vera, otto                                  string // tokens of members who are no admins
	ottos                                       exampledb.Person
}

func newDepartments(t *testing.T) *departments {
	t.Helper()
	d := &departments{service: newService(t)}
	tree := get[[]repo.DepartmentTreeRow](d.service, d.Alice.Token, "GET /orgs/{acme}/departments", "")
	d.company, d.research = tree[0].ID.String(), tree[1].ID.String()
	d.lab = get[repo.Department](d.service, d.Alice.Token, "POST /orgs/{acme}/departments", `{"name": "Lab", "parent_id": "`+d.research+`"}`).ID.String()
	d.labProject = get[repo.Project](d.service, d.Alice.Token, "POST /orgs/{acme}/projects", `{"name": "Laser", "department_id": "`+d.lab+`"}`).ID.String()
	d.labNote = get[repo.Note](d.service, d.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "Mirrors", "project_id": "`+d.labProject+`"}`).ID.String()
	d.want(http.StatusNoContent, d.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "member"}`)
	user, err := d.repos.Users.UpsertUser(t.Context(), "otto@acme.example", "Otto")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.repos.Members.AddMember(t.Context(), d.Acme.ID, repo.AddMemberParams{UserID: user.ID, Role: repo.MemberRoleMember}); err != nil {
		t.Fatal(err)
	}
	d.ottos = exampledb.Person{ID: user.ID}
	d.vera, d.otto = d.Vera.Token, d.tokenFrom(d.Acme, d.ottos, 0)
	return d
}

func (d *departments) restrict(department string, on string) {
	d.t.Helper()
	d.want(http.StatusNoContent, d.Alice.Token, "PUT /orgs/{acme}/departments/"+department+"/restriction", `{"restricted": `+on+`}`)
}

func (d *departments) assign(department string, user uuid.UUID) {
	d.t.Helper()
	d.want(http.StatusNoContent, d.Alice.Token, "PUT /orgs/{acme}/departments/"+department+"/members/"+user.String(), "")
}

// sees checks which of the two notes, and of their projects, a person finds, wherever they look.
func (d *departments) sees(who, token string, rocket, laser bool) {
	d.t.Helper()
	status := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}
	d.want(status[rocket], token, "GET /orgs/{acme}/notes/{a.note}", "")
	d.want(status[laser], token, "GET /orgs/{acme}/notes/"+d.labNote, "")
	d.want(status[rocket], token, "GET /orgs/{acme}/projects/{a.project}", "")
	d.want(status[laser], token, "GET /orgs/{acme}/projects/"+d.labProject, "")
	found := map[bool]int{true: 1}
	want := found[rocket] + found[laser]
	page := get[struct {
		Notes []repo.ListNotesRow
		Total int
	}](d.service, token, "GET /orgs/{acme}/notes", "")
	if len(page.Notes) != want || page.Total != want {
		d.t.Errorf("%s lists %d of %d notes, want %d", who, len(page.Notes), page.Total, want)
	}
	for request, got := range map[string]int{
		"GET /orgs/{acme}/notes/batch?id={a.note}&id=" + d.labNote: len(get[[]repo.Note](d.service, token, "GET /orgs/{acme}/notes/batch?id={a.note}&id="+d.labNote, "")),
		"GET /orgs/{acme}/projects":                                len(get[[]repo.ListProjectsRow](d.service, token, "GET /orgs/{acme}/projects", "")),
		"GET /orgs/{acme}/projects/latest":                         len(get[[]repo.LatestNotePerProjectRow](d.service, token, "GET /orgs/{acme}/projects/latest", "")),
		"projects of the company":                                  len(get[[]repo.Project](d.service, token, "GET /orgs/{acme}/departments/"+d.company+"/projects", "")),
	} {
		if got != want {
			d.t.Errorf("%s: %s: %d, want %d", who, request, got, want)
		}
	}
}

// What belongs to a restricted department is for those who are assigned to it, to
// one above, or to the one below that it belongs to; and for admins.
func TestRestrictedDepartments(t *testing.T) {
	d := newDepartments(t)
	d.sees("Vera", d.vera, true, true)
	d.restrict(d.research, "true")
	d.sees("Alice, who owns Acme", d.Alice.Token, true, true)
	d.sees("Vera, of no department", d.vera, false, false)
	d.assign(d.lab, d.ottos.ID)
	d.sees("Otto of the lab", d.otto, false, true)
	d.assign(d.company, d.Vera.ID)
	d.sees("Vera of the company", d.vera, true, true)
	d.want(http.StatusNoContent, d.Alice.Token, "DELETE /orgs/{acme}/departments/"+d.company+"/members/{vera}", "")
	d.want(http.StatusNotFound, d.Alice.Token, "DELETE /orgs/{acme}/departments/"+d.company+"/members/{vera}", "")
	d.sees("Vera, of no department any more", d.vera, false, false)
	d.assign(d.research, d.Vera.ID)
	d.sees("Vera of research", d.vera, true, true)

	// Restricted within: research is below the company, the lab below research.
	d.restrict(d.research, "false")
	d.restrict(d.lab, "true")
	d.sees("Vera of research, above the lab", d.vera, true, true)
	d.sees("Otto of the lab", d.otto, true, true)
	d.want(http.StatusNoContent, d.Alice.Token, "DELETE /orgs/{acme}/departments/"+d.lab+"/members/"+d.ottos.ID.String(), "")
	d.sees("Otto, of no department", d.otto, true, false)

	// A department that moves takes its restriction along, and leaves that of others.
	d.restrict(d.lab, "false")
	d.restrict(d.research, "true")
	d.sees("Otto, of no department", d.otto, false, false)
	d.want(http.StatusNoContent, d.Alice.Token, "PUT /orgs/{acme}/departments/"+d.lab+"/parent", `{"parent_id": "`+d.company+`"}`)
	d.sees("Otto, after the lab has moved out", d.otto, false, true)

	d.want(http.StatusNoContent, d.Alice.Token, "PUT /orgs/{acme}/members/{vera}", `{"role": "admin"}`)
	d.want(http.StatusNoContent, d.Alice.Token, "DELETE /orgs/{acme}/departments/"+d.research+"/members/{vera}", "")
	d.sees("Vera, who is an admin", d.vera, true, true)
	d.globexIsWhole()
}

// Whoever does not see a note does nothing with it, or with a project.
func TestRestrictedIsOutOfReach(t *testing.T) {
	d := newDepartments(t)
	own := get[repo.Note](d.service, d.otto, "POST /orgs/{acme}/notes", `{"title": "Otto's"}`).ID.String()
	comment := get[repo.NoteComment](d.service, d.otto, "POST /orgs/{acme}/notes/{a.note}/comments", `{"body": "before"}`).ID.String()
	d.want(http.StatusOK, d.Alice.Token, "PUT /orgs/{acme}/tags/later", `{"color": "blue"}`)
	d.restrict(d.research, "true")
	const note = "/orgs/{acme}/notes/{a.note}"
	for _, c := range []struct {
		status        int
		request, body string
	}{
		{404, "PUT " + note, `{"title": "taken over"}`},
		{404, "DELETE " + note, ""},
		{404, "POST " + note + "/copy", ""},
		{404, "GET " + note + "/comments", ""},
		{404, "POST " + note + "/comments", `{"body": "hello"}`},
		{404, "PUT " + note + "/comments/" + comment, `{"body": "after"}`},
		{404, "DELETE " + note + "/comments/" + comment, ""},
		{404, "POST " + note + "/tags", `{"tags": ["later"]}`},
		{404, "DELETE " + note + "/tags/urgent", ""},
		{404, "GET " + note + "/shares", ""},
		{404, "POST " + note + "/deliveries", `{"integration": "chat"}`},
		{404, "POST /orgs/{acme}/notes", `{"title": "t", "project_id": "{a.project}"}`},
		{404, "POST /orgs/{acme}/projects", `{"name": "n", "department_id": "` + d.research + `"}`},
		{404, "POST /orgs/{acme}/projects", `{"name": "n", "department_id": "` + d.lab + `"}`},
		{403, "PUT /orgs/{acme}/departments/" + d.research + "/restriction", `{"restricted": false}`},
		{403, "PUT /orgs/{acme}/departments/" + d.research + "/members/" + d.ottos.ID.String(), ""},
		{403, "POST /orgs/{acme}/projects/{a.project}/archive", ""},
	} {
		d.want(c.status, d.otto, c.request, c.body)
	}
	for request, ids := range map[string]string{
		"into a project that he does not see": own,
		"of a note that he does not see":      d.Acme.Note.String(),
	} {
		project := d.Acme.Project.String()
		if ids != own {
			project = get[repo.Project](d.service, d.otto, "POST /orgs/{acme}/projects", `{"name": "Open"}`).ID.String()
		}
		if moved := get[map[string]int](d.service, d.otto, "POST /orgs/{acme}/projects/"+project+"/notes", `{"note_ids": ["`+ids+`"]}`); moved["moved"] != 0 {
			t.Errorf("moved %s", request)
		}
	}
	// The handlers of these look for the note first; the queries do not rely on that.
	otto := d.ottos.ID
	comments, err1 := d.repos.Comments.ListComments(t.Context(), d.Acme.ID, repo.ListCommentsParams{NoteID: d.Acme.Note, ViewerID: otto})
	tagged, err2 := d.repos.Tags.TagNote(t.Context(), d.Acme.ID, repo.TagNoteParams{NoteID: d.Acme.Note, Tags: []string{"later"}, ViewerID: otto})
	if err := errors.Join(err1, err2); err != nil || len(comments) != 0 || tagged != 0 {
		t.Errorf("%d comments, %d tags: %v", len(comments), tagged, err)
	}
	if authors := get[[]repo.CountCommentsByAuthorRow](d.service, d.otto, "GET /orgs/{acme}/comments/authors", ""); len(authors) != 0 {
		t.Errorf("authors: %+v", authors)
	}
	if got := get[repo.GetNoteDetailsRow](d.service, d.Alice.Token, "GET "+note, ""); got.Note.Title != "Launch plan" || got.Comments != 2 {
		t.Errorf("the note: %+v", got)
	}
	if tree := get[[]repo.DepartmentTreeRow](d.service, d.otto, "GET /orgs/{acme}/departments", ""); len(tree) != 3 || !tree[1].Restricted || tree[2].Restricted {
		t.Errorf("departments: %+v", tree)
	}
}

// Departments and their members are one organization's.
func TestDepartmentMembersApart(t *testing.T) {
	d := newDepartments(t)
	foreign := get[[]repo.DepartmentTreeRow](d.service, d.Bob.Token, "GET /orgs/{globex}/departments", "")[0].ID.String()
	for _, c := range []struct {
		status         int
		token, request string
	}{
		{422, d.Alice.Token, "PUT /orgs/{acme}/departments/" + d.lab + "/members/{bob}"},
		{422, d.Alice.Token, "PUT /orgs/{acme}/departments/" + foreign + "/members/{vera}"},
		{422, d.Bob.Token, "PUT /orgs/{globex}/departments/" + d.lab + "/members/{bob}"},
		{403, d.Bob.Token, "PUT /orgs/{acme}/departments/" + d.lab + "/members/{bob}"},
		{403, d.Bob.Token, "GET /orgs/{acme}/departments/" + d.lab + "/members"},
	} {
		d.want(c.status, c.token, c.request, "")
	}
	d.want(http.StatusNotFound, d.Bob.Token, "PUT /orgs/{globex}/departments/"+d.lab+"/restriction", `{"restricted": true}`)
	d.assign(d.lab, d.Vera.ID)
	d.assign(d.lab, d.Vera.ID) // once is enough
	if list := get[[]repo.ListDepartmentMembersRow](d.service, d.otto, "GET /orgs/{acme}/departments/"+d.lab+"/members", ""); len(list) != 1 || list[0].Name != "Vera" {
		t.Errorf("members of the lab: %+v", list)
	}
	if list := get[[]repo.ListDepartmentMembersRow](d.service, d.Bob.Token, "GET /orgs/{globex}/departments/"+d.lab+"/members", ""); len(list) != 0 {
		t.Errorf("Globex sees %+v", list)
	}
	// Who leaves the organization leaves its departments.
	d.want(http.StatusNoContent, d.Alice.Token, "DELETE /orgs/{acme}/members/{vera}", "")
	if list := get[[]repo.ListDepartmentMembersRow](d.service, d.otto, "GET /orgs/{acme}/departments/"+d.lab+"/members", ""); len(list) != 0 {
		t.Errorf("members of the lab: %+v", list)
	}
}
