package main

import (
	"database/sql"
	"io"
	"net/url"
	"testing"

	"github.com/amacneil/dbmate/v2/pkg/dbmate"
)

func init() {
	dbmate.RegisterDriver(func(dbmate.DriverConfig) dbmate.Driver { return emptyDatabase{} }, "empty")
}

// emptyDatabase has no migration applied. dbmate asks nothing else when it looks for files.
type emptyDatabase struct{ dbmate.Driver }

func (emptyDatabase) Open() (*sql.DB, error)                      { return sql.Open("pgx", "") }
func (emptyDatabase) MigrationsTableExists(*sql.DB) (bool, error) { return false, nil }

func readDbmate(_ *testing.T, dir map[string]string) ([]ran, error) {
	db := dbmate.New(&url.URL{Scheme: "empty"})
	db.FS, db.MigrationsDir, db.Log = fileSystem(dir), []string{"."}, io.Discard
	found, err := db.FindMigrations()
	if err != nil {
		return nil, err
	}
	var list []ran
	for _, m := range found {
		parsed, err := m.Parse()
		if err != nil {
			return nil, err
		}
		list = append(list, ran{m.FileName, parsed.Up})
	}
	return list, nil
}
