package sqlc

import (
	"strings"
	"testing"
)

// TestReadUnexpectedMany alters the code of batches and copies.
func TestReadUnexpectedMany(t *testing.T) {
	const batch, copies = "batch.go", "copyfrom.go"
	tests := []struct{ name, file, old, new, want string }{
		{"dropped value", batch, "\t\t\ta.OrgID,\n", "", "query GetNote: field OrgID of GetNoteParams is not passed"},
		{"doubled value", batch, "\t\t\ta.OrgID,\n", "\t\t\ta.OrgID,\n\t\t\ta.OrgID,\n", "has 2 parameters, but sqlc's code passes 3"},
		{"computed value", batch, "a.OrgID,\n", "f(a.OrgID),\n", "query GetNote: argument $2 is no field"},
		{"value of another element", batch, "a.OrgID,\n", "arg[0].OrgID,\n", "query GetNote: argument $2 is no field"},
		{"other element", batch, "\t\t\ta,\n", "\t\t\torgID[0],\n", "query TitlesOf: argument $1 is not the element of orgID"},
		{"statement of another query", batch, "batch.Queue(getNote,", "batch.Queue(titlesOf,", "query GetNote: sqlc's GetNote has a form"},
		{"another database", batch, "q.db.SendBatch", "q.other.SendBatch", "query GetNote: sqlc's GetNote has a form"},
		{"more statements", batch, "\tbr := q.db", "\tbatch.Queue(titlesOf)\n\tbr := q.db", "query GetNote: sqlc's GetNote has a form"},
		{"not spread", batch, "vals...)", "vals)", "query GetNote: sqlc's GetNote has a form"},
		{"no slice", batch, "arg []GetNoteParams", "arg GetNoteParams", ":batchone does not take a slice"},
		{"other command", batch, "-- name: GetNote :batchone", "-- name: GetNote :one", "it sends a batch, but is no"},
		{"reader of another command", batch, "-- name: GetNote :batchone", "-- name: GetNote :batchmany", "GetNoteBatchResults has no method Query"},
		{"callback", batch, "QueryRow(f func(int, GetNoteRow, error))", "QueryRow(f func(GetNoteRow, error))", "callback of 2 parameters"},
		{"result", batch, ") *GetNoteBatchResults {", ") *pgx.Batch {", "its result is not a *GetNoteBatchResults"},

		{"dropped column", copies, `"org_id", `, "", "its iterator yields 4 values for 3 columns"},
		{"doubled column", copies, `"id", "org_id"`, `"id", "id"`, "copies twice to column id"},
		{"computed columns", copies, `[]string{"id", "org_id", "title", "Odd Name"}`, "columns()", "it names no table and columns"},
		{"other rows", copies, "rows: arg}", "rows: arg[1:]}", "sqlc's AddNotes has a form"},
		{"other iterator", copies, "&iteratorForAddNotes{", "&iteratorForAddTitles{", "sqlc's AddNotes has a form"},
		{"iterator stays", copies, "\tr.rows = r.rows[1:]\n", "", "sqlc's Next has a form"},
		{"value of another row", copies, "r.rows[0].OrgID", "r.rows[1].OrgID", "argument $2 is no field"},
		{"iterator fails", copies, "Err() error {\n\treturn nil", "Err() error {\n\treturn err", "sqlc's Err has a form"},
		{"iterator of another type", copies, "rows                 []AddNotesParams", "rows []AddTitlesParams", "iteratorForAddNotes does not hold the rows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := readAltered(t, "testdata/many.txtar", "gen/sqlcgen/"+test.file, test.old, test.new)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestCheckCopy has the statements that sqlc v1.31 accepts as :copyfrom.
func TestCheckCopy(t *testing.T) {
	tests := []struct{ written, want string }{
		{"INSERT INTO notes (id, org_id) VALUES (@id, @org_id)", ""},
		{"insert into s.\"a(b\" AS n (\"x, y\", /* , */ org_id)\n-- (\nVALUES (sqlc.arg(id), sqlc.narg('org_id'));", ""},
		{"INSERT INTO notes (id, org_id, title) VALUES (@id, @org_id, @id)", "sqlc copies to 2 of its 3 columns (id, org_id)"},
		{"INSERT INTO notes (id, org_id) OVERRIDING SYSTEM VALUE VALUES (@id, @org_id)", "is written INSERT INTO"},
		{"INSERT INTO notes (id, org_id[1]) VALUES (@id, @org_id)", "is written INSERT INTO"},
		{"INSERT INTO notes (id, org_id.x) VALUES (@id, @org_id)", "is written INSERT INTO"},
		{"INSERT INTO notes VALUES (@id, @org_id)", "is written INSERT INTO"},
	}
	for _, test := range tests {
		err := (&Query{Columns: []string{"id", "org_id"}}).CheckCopy(test.written)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.written, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %q", test.written, err, test.want)
		}
	}
}
