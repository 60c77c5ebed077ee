package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
)

// departmentTree is GET /orgs/{org}/departments: all of them, each after the one above it.
func (a *App) departmentTree(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Departments.DepartmentTree(ctx, c.org))
}

type newDepartment struct {
	ParentID *uuid.UUID `json:"parent_id"`
	Name     string     `json:"name"`
}

// createDepartment is POST /orgs/{org}/departments.
func (a *App) createDepartment(ctx context.Context, c *call) (*reply, error) {
	body, err := decode[newDepartment](c.Request)
	if err != nil {
		return nil, err
	}
	if body.Name == "" {
		return nil, badRequest("a department needs a name")
	}
	return add(a.repos.Departments.CreateDepartment(ctx, c.org, repo.CreateDepartmentParams{
		ParentID: body.ParentID, Name: body.Name,
	}))
}

type departmentParent struct {
	ParentID uuid.UUID `json:"parent_id"`
}

// moveDepartment is PUT /orgs/{org}/departments/{department}/parent. A move
// that would make a circle is like one to a department that is not there.
func (a *App) moveDepartment(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("department")
	if err != nil {
		return nil, err
	}
	body, err := decode[departmentParent](c.Request)
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Departments.MoveDepartment(ctx, c.org, repo.MoveDepartmentParams{
		DepartmentID: id, ParentID: body.ParentID,
	}))
}

// departmentProjects is GET /orgs/{org}/departments/{department}/projects, those further down included.
func (a *App) departmentProjects(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("department")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Departments.ListDepartmentProjects(ctx, c.org, repo.ListDepartmentProjectsParams{DepartmentID: id, ViewerID: c.user}))
}

// viewer is the context's member, as queries ask what a person may see: what
// belongs to a restricted department is not there for whoever is kept out of it.
func viewer(ctx context.Context) (uuid.UUID, error) {
	m, err := tenant.CurrentMember(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	return uuid.Parse(m.ID)
}

type restriction struct {
	Restricted bool `json:"restricted"`
}

// restrictDepartment is PUT /orgs/{org}/departments/{department}/restriction:
// whether projects of the department and of those below it, and their notes, are
// for its members alone. Whoever manages the organization sees them all the same.
func (a *App) restrictDepartment(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("department")
	if err != nil {
		return nil, err
	}
	body, err := decode[restriction](c.Request)
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Departments.RestrictDepartment(ctx, c.org, repo.RestrictDepartmentParams{Restricted: body.Restricted, DepartmentID: id}))
}

// departmentMembers is GET /orgs/{org}/departments/{department}/members.
func (a *App) departmentMembers(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("department")
	if err != nil {
		return nil, err
	}
	return read(a.repos.Departments.ListDepartmentMembers(ctx, c.org, id))
}

// assignToDepartment is PUT /orgs/{org}/departments/{department}/members/{user}.
// The foreign keys include org_id: another organization's department or member is none.
func (a *App) assignToDepartment(ctx context.Context, c *call) (*reply, error) {
	department, user, err := c.departmentMember()
	if err != nil {
		return nil, err
	}
	return done(), a.repos.Departments.AssignToDepartment(ctx, c.org, repo.AssignToDepartmentParams{DepartmentID: department, UserID: user})
}

// removeFromDepartment is DELETE /orgs/{org}/departments/{department}/members/{user}.
func (a *App) removeFromDepartment(ctx context.Context, c *call) (*reply, error) {
	department, user, err := c.departmentMember()
	if err != nil {
		return nil, err
	}
	return changed(a.repos.Departments.RemoveFromDepartment(ctx, c.org, repo.RemoveFromDepartmentParams{DepartmentID: department, UserID: user}))
}

func (c *call) departmentMember() (department, user uuid.UUID, err error) {
	if department, err = c.id("department"); err != nil {
		return department, user, err
	}
	user, err = c.id("user")
	return department, user, err
}
