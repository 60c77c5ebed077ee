package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
)

// listProjects is GET /orgs/{org}/projects?archived=true.
func (a *App) listProjects(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Projects.ListProjects(ctx, c.org, repo.ListProjectsParams{IncludeArchived: c.URL.Query().Get("archived") == "true", ViewerID: c.user}))
}

type newProject struct {
	DepartmentID *uuid.UUID `json:"department_id"`
	Name         string     `json:"name"`
}

// createProject is POST /orgs/{org}/projects. A department of another
// organization is refused by the foreign key, which includes org_id.
func (a *App) createProject(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[newProject](c.Request)
	if err != nil {
		return nil, err
	}
	if body.Name == "" {
		return nil, badRequest("a project needs a name")
	}
	return add(a.repos.Projects.CreateProject(ctx, c.org, repo.CreateProjectParams{
		DepartmentID: body.DepartmentID, Name: body.Name, ViewerID: c.user,
	}))
}

// getProject is GET /orgs/{org}/projects/{project}.
func (a *App) getProject(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("project")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Projects.GetProject(ctx, c.org, repo.GetProjectParams{ProjectID: id, ViewerID: c.user}))
}

// latestNotes is GET /orgs/{org}/projects/latest.
func (a *App) latestNotes(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Projects.LatestNotePerProject(ctx, c.org, c.user))
}

type noteIDs struct {
	IDs []uuid.UUID `json:"note_ids"`
}

// moveNotes is POST /orgs/{org}/projects/{project}/notes. Notes that the
// organization does not have are not counted, and not moved.
func (a *App) moveNotes(ctx context.Context, c *call) (*reply, error) {
	project, err := c.id("project")
	if err != nil {
		return nil, err
	}
	notes, err := decode[noteIDs](c.Request)
	if err != nil {
		return nil, err
	}
	moved, err := a.repos.Notes.MoveNotes(ctx, c.org, repo.MoveNotesParams{ViewerID: c.user, ProjectID: project, NoteIds: notes.IDs})
	return read(map[string]int64{"moved": moved}, err)
}

// archiveProject is POST /orgs/{org}/projects/{project}/archive.
func (a *App) archiveProject(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("project")
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Projects.ArchiveProject(ctx, c.org, id))
}

// deleteArchivedNotes is DELETE /orgs/{org}/projects/archived/notes?before=. It
// replies with what is gone; before is a time that a project must have been
// archived by, now when left out.
func (a *App) deleteArchivedNotes(ctx context.Context, c *call) (*reply, error) {
	before := time.Now()
	if s := c.URL.Query().Get("before"); s != "" {
		var err error
		if before, err = time.Parse(time.RFC3339, s); err != nil {
			return nil, badRequest("before is a time like 2026-01-31T12:00:00Z")
		}
	}
	return read(a.repos.Notes.DeleteNotesOfArchivedProjects(ctx, c.org, before))
}
