package db

import (
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// Every migration can be undone, the generated one included, and done again.
func TestThereAndBack(t *testing.T) {
	url := pgserver.DatabaseForTest(t)
	if err := Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	err := migrate(url, func(p *goose.Provider) error {
		_, err := p.DownTo(t.Context(), 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
}
