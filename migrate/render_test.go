package migrate_test

import (
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/tenantgen/tenantgen/migrate"
)

var steps = []migrate.Step{
	{Comment: "One {{ thing }}\nmore.", SQL: []string{"SELECT 1;", "SELECT '{{'\n    AS x;"}, Reverse: []string{"SELECT -1;"}, Cause: "the +goose Down"},
	{Comment: "Two.", SQL: []string{"DO $$\nBEGIN\n    NULL;\nEND\n$$;"}},
	{Comment: "Three.", SQL: []string{`DROP TABLE "--";`}, Reverse: []string{"SELECT -3;", "SELECT\n    -4;"}},
}

const header = "-- Written by tenantgen. Keep it as it is once it is applied: what changes later becomes the next migration.\n"

const plainUp = `
-- One {{ thing }} more.
-- Cause: the goose Down
SELECT 1;
SELECT '{{'
    AS x;

-- Two.
DO $$
BEGIN
    NULL;
END
$$;

-- Three.
DROP TABLE "--";
`

const plainDown = `
SELECT -3;
SELECT
    -4;

SELECT -1;
`

const gooseText = `-- +goose Up
` + header + `
-- One {{ thing }} more.
-- Cause: the goose Down
SELECT 1;
SELECT '{{'
    AS x;

-- Two.
-- +goose StatementBegin
DO $$
BEGIN
    NULL;
END
$$;
-- +goose StatementEnd

-- Three.
-- +goose StatementBegin
DROP TABLE "--";
-- +goose StatementEnd

-- +goose Down
` + plainDown

func TestRender(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	undo := "\n-- To undo this migration:\n-- SELECT -3;\n-- SELECT\n--     -4;\n-- SELECT -1;\n"
	for _, c := range []struct {
		format migrate.Format
		want   []migrate.File
	}{
		{migrate.Goose, []migrate.File{{Name: "00001_tenant_isolation.sql", Text: []byte(gooseText)}}},
		{migrate.GolangMigrate, []migrate.File{
			{Name: "000001_tenant_isolation.up.sql", Text: []byte(header + plainUp)},
			{Name: "000001_tenant_isolation.down.sql", Text: []byte(header + plainDown)}}},
		{migrate.Dbmate, []migrate.File{{Name: "20260102020405_tenant_isolation.sql",
			Text: []byte("-- migrate:up\n" + header + plainUp + "\n-- migrate:down\n" + plainDown)}}},
		{migrate.Tern, []migrate.File{{Name: "001_tenant_isolation.sql",
			Text: []byte(strings.ReplaceAll(header+plainUp+"\n---- create above / drop below ----\n"+plainDown, "{{", `{{"{{"}}`))}}},
		{migrate.Plain, []migrate.File{{Name: "0001_tenant_isolation.sql", Text: []byte(header + "BEGIN;\n" + plainUp + "\nCOMMIT;\n" +
			strings.Replace(undo, "migration:\n", "migration:\n-- BEGIN;\n", 1) + "-- COMMIT;\n")}}},
		{migrate.Atlas, []migrate.File{{Name: "20260102020405_tenant_isolation.sql", Text: []byte(header + plainUp + undo)}}},
	} {
		got, err := migrate.Render(steps, c.format, nil, migrate.Options{Now: now})
		if err != nil || len(got) != len(c.want) {
			t.Fatalf("%s: got %d files, %v", c.format, len(got), err)
		}
		for i, want := range c.want {
			if got[i].Name != want.Name || string(got[i].Text) != string(want.Text) {
				t.Errorf("%s: got %s\n%s\nwant %s\n%s", c.format, got[i].Name, got[i].Text, want.Name, want.Text)
			}
		}
	}
}

// PostgreSQL refuses some statements within a transaction, and each tool has its own way to say that it is to begin none.
func TestRenderAlone(t *testing.T) {
	one := []migrate.Step{{Comment: "One.", SQL: []string{"CREATE INDEX CONCURRENTLY x;"}, Reverse: []string{"DROP INDEX CONCURRENTLY x;"}}}
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for f, want := range map[migrate.Format][2]string{
		migrate.Goose:         {"-- +goose NO TRANSACTION\n-- +goose Up\n" + header, "-- +goose Down\n"},
		migrate.Dbmate:        {"-- migrate:up transaction:false\n" + header, "-- migrate:down transaction:false\n"},
		migrate.Tern:          {"---- tern: disable-tx ----\n" + header, "---- create above / drop below ----\n---- tern: disable-tx ----\n"},
		migrate.Atlas:         {"-- atlas:txmode none\n\n" + header, ""},
		migrate.GolangMigrate: {header, ""},
		migrate.Plain:         {header, ""},
	} {
		files, err := migrate.Render(one, f, nil, migrate.Options{Now: now, Alone: true})
		if err != nil {
			t.Fatal(err)
		}
		if text := string(files[0].Text); !strings.HasPrefix(text, want[0]) || !strings.Contains(text, want[1]) {
			t.Errorf("%s: got\n%s", f, text)
		}
	}
	if _, err := migrate.Render(steps, migrate.Goose, nil, migrate.Options{Alone: true}); err == nil {
		t.Error("several statements share a file outside of a transaction")
	}
}

// Tern reads its files as Go templates.
func TestTernTextSurvivesItsTemplates(t *testing.T) {
	files, err := migrate.Render(steps, migrate.Tern, nil, migrate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := template.Must(template.New("").Parse(string(files[0].Text))).Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	if up, _, _ := strings.Cut(b.String(), "\n---- create"); up != header+plainUp {
		t.Errorf("tern executes\n%s", up)
	}
}

// A name may hold what a tool takes for its own: in a comment it is broken up, in a
// statement it is refused.
func TestMarkers(t *testing.T) {
	for format, marker := range map[migrate.Format]string{
		migrate.Goose: "-- +goose Down", migrate.Dbmate: "-- migrate:down", migrate.Tern: "---- create above / drop below ----", migrate.Atlas: "atlas:sum ignore",
	} {
		comment := []migrate.Step{{Comment: strings.TrimPrefix(marker, "-- "), SQL: []string{"SELECT 1;"}, Reverse: []string{"SELECT 2;"}}}
		files, err := migrate.Render(comment, format, nil, migrate.Options{Now: time.Unix(1e9, 0)})
		if err != nil {
			t.Errorf("%s: %v", format, err)
		} else if text := string(files[0].Text); strings.Count(text, marker) > strings.Count(marker, "-- ") {
			t.Errorf("%s: the comment reads as a marker:\n%s", format, text)
		}
		statement := []migrate.Step{{Comment: "x", SQL: []string{"SELECT '\n" + marker + "\n';"}}}
		if _, err := migrate.Render(statement, format, nil, migrate.Options{Now: time.Unix(1e9, 0)}); format != migrate.Atlas && (err == nil || !strings.Contains(err.Error(), "looks like a marker")) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

func TestRenderNothing(t *testing.T) {
	files, err := migrate.Render(nil, migrate.Goose, []string{"00001_a.sql"}, migrate.Options{})
	if files != nil || err != nil {
		t.Errorf("got %v, %v", files, err)
	}
}

func TestNumbers(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		format    migrate.Format
		existing  string
		numbering migrate.Numbering
		now       time.Time
		want      string // a file name, or an error
	}{
		{migrate.Goose, "00001_a.sql 00006_b.go README.md 99999.txt", "", now, "00007_tenant_isolation.sql"},
		{migrate.Goose, "9_a.sql", "", now, "10_tenant_isolation.sql would be read before 9_a.sql"},
		{migrate.Goose, "8_a.sql", "", now, "9_tenant_isolation.sql"},
		{migrate.GolangMigrate, "99_a.up.sql 99_a.down.sql", "", now, "100_tenant_isolation.up.sql would be read before"},
		{migrate.Goose, "9_a.sql", migrate.Timestamp, now, "would be read before 9_a.sql"},
		{migrate.Tern, "001_a.sql 002_b.sql", "", now, "003_tenant_isolation.sql"},
		{migrate.Tern, "001_a.sql", migrate.Timestamp, now, "use numbering: sequential"},
		{migrate.Goose, "099_a.sql 100_b.sql", "", now, "101_tenant_isolation.sql"},
		{migrate.Goose, "20250101000000_a.sql", "", now, "20260102030405_tenant_isolation.sql"},
		{migrate.Goose, "00001_a.sql 20250101000000_a.sql", "", now, "20260102030405_tenant_isolation.sql"},
		{migrate.Goose, "20270101235959_a.sql", "", now, "20270102000000_tenant_isolation.sql"},
		{migrate.Goose, "20260102030405_a.sql", "", now, "20260102030406_tenant_isolation.sql"},
		{migrate.Goose, "20250101000000_a.sql", "", time.Time{}, "no time is given"},
		{migrate.Goose, "20250101000000_a.sql", migrate.Sequential, now, "20250101000001_tenant_isolation.sql"},
		{migrate.Goose, "00001_a.sql", migrate.Timestamp, now, "20260102030405_tenant_isolation.sql"},
		{migrate.Goose, "99991231235959_a.sql", "", now, "no timestamp follows"},
		{migrate.Goose, "99999999999999_a.sql", migrate.Timestamp, now, "no timestamp follows"},
		{migrate.Goose, "", "random", now, "unknown numbering"},
		{migrate.Dbmate, "", migrate.Sequential, now, "0001_tenant_isolation.sql"},
		{migrate.Dbmate, "001_a.sql", "", now, "002_tenant_isolation.sql"},
		{migrate.GolangMigrate, "000001_a.up.sql 000001_a.down.sql 1700000000_b.up.sql", "", now, "1767323045_tenant_isolation.up.sql"},
		{migrate.GolangMigrate, "1767323045_b.up.sql", "", now, "1767323046_tenant_isolation.up.sql"},
		{migrate.GolangMigrate, "1767399999_b.up.sql", "", now, "1767400000_tenant_isolation.up.sql"},
		{migrate.GolangMigrate, "1700000000_b.up.sql", migrate.Sequential, now, "1700000001_tenant_isolation.up.sql"},
		{migrate.Plain, "0001.sql V2__x.sql 1234567890123456789012_x.sql", "", now, "0002_tenant_isolation.sql"},
		{"gose", "", "", now, "unknown migration format"},
	} {
		files, err := migrate.Render(steps, c.format, strings.Fields(c.existing), migrate.Options{Numbering: c.numbering, Now: c.now})
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("after %q: got %v, want %q", c.existing, err, c.want)
			}
		} else if files[0].Name != c.want {
			t.Errorf("after %q: got %q, want %q", c.existing, files[0].Name, c.want)
		}
	}
}
