package migrations

import "testing"

func TestTool(t *testing.T) {
	for _, c := range []struct {
		want  string
		files []Source
	}{
		{"goose", []Source{{"1_a.sql", "-- +goose Up\nSELECT 1;"}}},
		{"dbmate", []Source{{"20240101_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"}}},
		{"tern", []Source{{"001_a.sql", "SELECT 1;\n---- create above / drop below ----\n"}}},
		{"golang-migrate", []Source{{"1_a.up.sql", "SELECT 1;"}, {"1_a.down.sql", "SELECT 1;"}}},
		{"atlas", []Source{{"2024_a.sql", "SELECT 1;"}, {"atlas.sum", "h1:"}}},
		{"", []Source{{"1_a.sql", "SELECT 1;"}}},
		{"", []Source{{"1_a.sql", "-- +goose Up\n"}, {"2_b.sql", "-- migrate:up\n"}}},
		{"", []Source{{"1_a.sql", "-- +migrate Up\n"}}}, // sql-migrate, which no format is for
		{"", nil},
	} {
		if got := Tool(c.files); got != c.want {
			t.Errorf("%v: %q, want %q", c.files, got, c.want)
		}
	}
}
