package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// What a CSV file with notes may be. Its rows are the job's arguments, in the same transaction as the job: there is no file that a job
// could miss, or that would stay.
const (
	MaxImport     = 256 << 10
	maxImportRows = 2000
	maxTitle      = 300
)

// importedNote is a row of a CSV file.
type importedNote struct {
	Title string `json:"title"`
	Body  string `json:"body,omitempty"`
}

// importNotes are the arguments of the job.
type importNotes struct {
	File  string         `json:"file"`
	Notes []importedNote `json:"notes"`
}

// Kind is how River knows the job.
func (importNotes) Kind() string { return "import-notes" }

// InsertOpts: a job that fails five times, over some ten minutes, will not do better.
func (importNotes) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 5} }

// readNotes reads a CSV file, whose first line names the columns title and, as one likes, body.
func readNotes(file io.Reader) ([]importedNote, error) {
	text, err := io.ReadAll(io.LimitReader(file, MaxImport+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxImport {
		return nil, badRequest("the file is larger than 256 KiB")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	columns, err := r.Read()
	if err != nil {
		return nil, badRequest("the file is no CSV: its first line has to name the columns title and body")
	}
	for i, c := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(c))
	}
	title, body := slices.Index(columns, "title"), slices.Index(columns, "body")
	if title < 0 || len(columns) > 2 || len(columns) == 2 && body < 0 {
		return nil, badRequest("the first line has to name the columns title and body, and no others")
	}
	var notes []importedNote
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		n, err := readNote(r, row, title, body, err)
		if err != nil {
			return nil, err
		}
		if notes = append(notes, n); len(notes) > maxImportRows {
			return nil, badRequest("the file has more than " + strconv.Itoa(maxImportRows) + " notes")
		}
	}
	if len(notes) == 0 {
		return nil, badRequest("there is no note in the file")
	}
	return notes, nil
}

// readNote reads a row, and says on which line something is wrong with it.
func readNote(r *csv.Reader, row []string, title, body int, err error) (n importedNote, _ error) {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return n, badRequest(fmt.Sprintf("line %d: %s", wrong.Line, wrong.Err))
	}
	if err != nil {
		return n, err
	}
	line, _ := r.FieldPos(0)
	n.Title = strings.TrimSpace(row[title])
	if body >= 0 {
		n.Body = row[body]
	}
	switch {
	case n.Title == "":
		return n, badRequest(fmt.Sprintf("line %d: a note needs a title", line))
	case len(n.Title) > maxTitle:
		return n, badRequest(fmt.Sprintf("line %d: the title is longer than %d bytes", line, maxTitle))
	case strings.Contains(n.Title+n.Body, "\x00"):
		return n, badRequest(fmt.Sprintf("line %d: there is something in it that cannot be stored", line))
	}
	return n, nil
}

// Import is what an organization is shown of an import.
type Import struct {
	ID    int64     `json:"id"`
	File  string    `json:"file"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	State string    `json:"state"` // waiting, running, done, cancelled, failed
	Done  int64     `json:"done"`
	Total int64     `json:"total"`
	Why   string    `json:"why,omitempty"` // it was stopped
}

// Active reports whether the import goes on.
func (i Import) Active() bool { return i.State == "waiting" || i.State == "running" }

var importStates = map[rivertype.JobState]string{
	rivertype.JobStateRunning: "running", rivertype.JobStateCompleted: "done", rivertype.JobStateCancelled: "cancelled", rivertype.JobStateDiscarded: "failed",
}

// stopped begins the errors that an import stops itself with. No other error is shown: it may say more than is meant for people.
const stopped = "stopped: "

func importOf(job tenantjobs.Job[labels]) (Import, error) {
	var args importNotes
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return Import{}, err
	}
	i := Import{ID: job.ID, File: args.File, By: job.By, At: job.CreatedAt, State: importStates[job.State], Done: job.Progress.Done, Total: int64(len(args.Notes))}
	if i.State == "" {
		i.State = "waiting"
	}
	if n := len(job.Errors); n > 0 && i.State == "cancelled" {
		_, i.Why, _ = strings.Cut(job.Errors[n-1].Error, stopped)
	}
	return i, nil
}

// Imports returns the latest imports of an organization.
func (a *App) Imports(ctx context.Context, org repo.OrgID) ([]Import, error) {
	jobs, err := a.jobs.List(ctx, a.guarded, org.Scope(), tenantjobs.Filter[labels]{Kinds: []string{importNotes{}.Kind()}, First: 10})
	list := []Import{}
	for _, job := range jobs {
		i, err := importOf(job)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, err
}

// StartImport has the notes of a CSV file written by a job, in the name of the context's member.
func (a *App) StartImport(ctx context.Context, org repo.OrgID, name string, file io.Reader) (i Import, err error) {
	notes, err := readNotes(file)
	if err != nil {
		return i, err
	}
	if name == "" || len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return i, badRequest("the file needs a name, of at most 200 bytes")
	}
	err = a.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		job, err := tenantjobs.Insert(ctx, a.jobs, tx.Executor(), org.Scope(), importNotes{File: name, Notes: notes}, &tenantjobs.InsertOpts[labels]{Labels: labels{File: name}})
		if err != nil {
			return err
		}
		i, err = importOf(job)
		return err
	})
	return i, err
}

// CancelImport ends an import. The notes that are written by then stay.
func (a *App) CancelImport(ctx context.Context, org repo.OrgID, id int64) error {
	_, err := a.jobs.Cancel(ctx, a.guarded, org.Scope(), id)
	return err
}

// RetryImport goes on with an import where it ended.
func (a *App) RetryImport(ctx context.Context, org repo.OrgID, id int64) error {
	_, err := a.jobs.Retry(ctx, a.guarded, org.Scope(), id)
	return err
}

// importWorker writes the notes, some at a time, each lot in one transaction with how far it is: however often it has to begin again,
// every row becomes one note.
type importWorker struct{ app *App }

type importJob = tenantjobs.Work[importNotes, labels]

// importStep is how many notes are written at a time.
const importStep = 10

// Timeout is longer than River's: a large file takes a while, with the pauses.
func (w *importWorker) Timeout(*importJob) time.Duration { return time.Hour }

// Work goes on from the last checkpoint.
func (w *importWorker) Work(ctx context.Context, job *importJob) error {
	org, err := repo.OrgIDFrom(ctx)
	if err != nil {
		return err
	}
	author, err := uuid.Parse(job.By)
	if err != nil {
		return river.JobCancel(errors.New(stopped + "nobody is known to have started it"))
	}
	for done := int(job.Progress.Done); done < len(job.Args.Notes); done += importStep {
		if err := w.step(ctx, org, author, job, done); err != nil {
			if p := problemOf(err); p != errInternal {
				return river.JobCancel(errors.New(stopped + p.Message)) // trying again would not help
			}
			return err
		}
		select {
		case <-time.After(w.app.importPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// step writes the notes from one checkpoint to the next.
func (w *importWorker) step(ctx context.Context, org repo.OrgID, author uuid.UUID, job *importJob, done int) error {
	next := min(done+importStep, len(job.Args.Notes))
	return w.app.repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
		if err := job.Checkpoint(ctx, tx.Executor(), int64(next), int64(len(job.Args.Notes))); err != nil {
			return err
		}
		for _, n := range job.Args.Notes[done:next] {
			if err := roomForNote(ctx, tx, org); err != nil {
				return err
			}
			if _, err := tx.Notes.CreateNote(ctx, org, repo.CreateNoteParams{AuthorID: author, Title: n.Title, Body: n.Body}); err != nil {
				return err
			}
		}
		return tenantstream.Publish(ctx, tx.Executor(), org.Scope(), tenantstream.Event{Type: noteImported})
	})
}
