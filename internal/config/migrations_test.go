package config

import (
	"strings"
	"testing"
)

// In these texts ~ stands for a blanked byte.
var migrations = []struct{ name, text, want string }{
	{"goose",
		"-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a (id int);\n-- +goose StatementEnd\n\n-- +goose Down\n-- +goose StatementBegin\nDROP TABLE a;\n-- +goose StatementEnd\n",
		"-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a (id int);\n-- +goose StatementEnd\n\n~~~~~~~~~~~~~~\n~~~~~~~~~~~~~~~~~~~~~~~~\n~~~~~~~~~~~~~\n~~~~~~~~~~~~~~~~~~~~~~\n"},
	{"sql-migrate",
		"-- +migrate Up\nCREATE TABLE a ();\n-- +migrate Down\nDROP TABLE a;",
		"-- +migrate Up\nCREATE TABLE a ();\n~~~~~~~~~~~~~~~~\n~~~~~~~~~~~~~"},
	{"tern",
		"CREATE TABLE a ();\n---- create above / drop below ----\nDROP TABLE a;\n",
		"CREATE TABLE a ();\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n~~~~~~~~~~~~~\n"},
	{"dbmate",
		"-- migrate:up\nCREATE TABLE a ();\n-- migrate:down transaction:false\nDROP TABLE a;\n",
		"-- migrate:up\nCREATE TABLE a ();\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n~~~~~~~~~~~~~\n"},
	{"any case", "A;\n-- +GOOSE down\nB;\n", "A;\n~~~~~~~~~~~~~~\n~~\n"},
	{"only at the start of a line", "A; -- +goose Down\n  -- +goose Down\nB;\n", "A; -- +goose Down\n  -- +goose Down\nB;\n"},
	{"nothing after the marker is read", "-- migrate:down\nA;\n-- migrate:up\nB;", "~~~~~~~~~~~~~~~\n~~\n~~~~~~~~~~~~~\n~~"},
	{"carriage returns", "A;\r\n-- migrate:down\r\nB;\r\n", "A;\r\n~~~~~~~~~~~~~~~\r\n~~\r\n"},
	{"bytes, not characters", "A;\n-- migrate:down\nä;\n", "A;\n~~~~~~~~~~~~~~~\n~~~\n"},
	{"psql", "\\restrict KEY\nA;\n\\unrestrict KEY\n\\.\n \\x\n", "~~~~~~~~~~~~~\nA;\n~~~~~~~~~~~~~~~\n\\.\n \\x\n"},
	{"empty", "", ""},
}

func TestBlankUnread(t *testing.T) {
	for _, m := range migrations {
		t.Run(m.name, func(t *testing.T) {
			want := strings.ReplaceAll(m.want, "~", " ")
			if got := blankUnread(m.text); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// Past 64 KiB in one line sqlc's scanner stops; what follows must not be lost.
func TestLongLine(t *testing.T) {
	text := "-- " + strings.Repeat("x", 1<<17) + "\nCREATE TABLE a ();\n"
	if got := blankUnread(text); got != text {
		t.Errorf("%d bytes became %d", len(text), len(got))
	}
}
