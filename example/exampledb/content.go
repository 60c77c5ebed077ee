package exampledb

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/repo"
)

// organization finds the organization, or founds it with something of everything.
func (s *seeder) organization(o *Organization, slug string, author Person) {
	s.in(o.ID, func(ctx context.Context, tx *repo.Tx) error {
		_, err := tx.Organizations.GetOrganization(s.ctx, o.ID)
		if err == nil {
			return s.find(tx, o)
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if err := s.known(tx, author); err != nil {
			return err
		}
		_, err = tx.Organizations.CreateOrganization(s.ctx, o.ID, repo.CreateOrganizationParams{Slug: slug, Name: o.Name})
		if err != nil {
			return err
		}
		return s.fill(tx, o, slug, author)
	})
}

// find looks up what an earlier Seed has made, as far as it is still there.
func (s *seeder) find(tx *repo.Tx, o *Organization) error {
	notes, err := tx.Notes.ListNotes(s.ctx, o.ID, repo.ListNotesParams{PageSize: 100})
	if err != nil {
		return err
	}
	for _, n := range notes {
		if n.ProjectID == nil {
			continue
		}
		o.Note, o.Project = n.ID, *n.ProjectID
		comments, err := tx.Comments.ListComments(s.ctx, o.ID, repo.ListCommentsParams{NoteID: n.ID})
		if err != nil {
			return err
		}
		if len(comments) > 0 {
			o.Comment = comments[0].ID
			return nil
		}
	}
	return nil
}

// fill writes the content of a new organization. Both get the same names on
// purpose: what is told apart by name only would mix them up.
func (s *seeder) fill(tx *repo.Tx, o *Organization, slug string, author Person) error {
	if err := s.domain(tx, o, slug+".example"); err != nil {
		return err
	}
	project, err := s.project(tx, o)
	if err != nil {
		return err
	}
	o.Project = project
	note, err := tx.Notes.CreateNote(s.ctx, o.ID, repo.CreateNoteParams{
		ProjectID: &project, AuthorID: author.ID, Title: "Launch plan", Body: "The secret of " + o.Name + ".",
	})
	if err != nil {
		return err
	}
	o.Note = note.ID
	comment, err := tx.Comments.AddComment(s.ctx, o.ID, repo.AddCommentParams{
		NoteID: note.ID, AuthorID: author.ID, Body: "Only for " + o.Name + ".",
	})
	if err != nil {
		return err
	}
	o.Comment = comment.ID
	return s.tag(tx, o, "urgent")
}

func (s *seeder) domain(tx *repo.Tx, o *Organization, domain string) error {
	if err := tx.Domains.ClaimDomain(s.ctx, o.ID, domain); err != nil {
		return err
	}
	_, err := tx.Domains.VerifyDomain(s.ctx, o.ID, domain)
	return err
}

// project makes a project in a department below another one.
func (s *seeder) project(tx *repo.Tx, o *Organization) (uuid.UUID, error) {
	company, err := tx.Departments.CreateDepartment(s.ctx, o.ID, repo.CreateDepartmentParams{Name: "Company"})
	if err != nil {
		return uuid.Nil, err
	}
	research, err := tx.Departments.CreateDepartment(s.ctx, o.ID, repo.CreateDepartmentParams{ParentID: &company.ID, Name: "Research"})
	if err != nil {
		return uuid.Nil, err
	}
	project, err := tx.Projects.CreateProject(s.ctx, o.ID, repo.CreateProjectParams{DepartmentID: &research.ID, Name: "Rocket"})
	return project.ID, err
}

func (s *seeder) tag(tx *repo.Tx, o *Organization, name string) error {
	if _, err := tx.Tags.UpsertTag(s.ctx, o.ID, repo.UpsertTagParams{Name: name, Color: "red"}); err != nil {
		return err
	}
	_, err := tx.Tags.TagNote(s.ctx, o.ID, repo.TagNoteParams{NoteID: o.Note, Tags: []string{name}})
	return err
}
