package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/repo"
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
	return read(a.repos.Departments.ListDepartmentProjects(ctx, c.org, id))
}
