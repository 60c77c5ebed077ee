package pgserver

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// downloadVersion is what a machine without PostgreSQL gets.
const downloadVersion = embedded.V17

// download fetches PostgreSQL's binaries once per machine and returns their bin directory.
func download() (string, error) {
	who, err := unprivileged()
	if err != nil {
		return "", err
	}
	cache, err := who.cacheDir()
	if err != nil {
		return "", err
	}
	final := filepath.Join(cache, "postgres-"+string(downloadVersion))
	bin := filepath.Join(final, "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	draft := final + ".draft-" + randomName()
	defer os.RemoveAll(draft)
	if err := fetch(draft); err != nil {
		return "", fmt.Errorf("downloading PostgreSQL %s: %w", downloadVersion, err)
	}
	if err := os.Rename(filepath.Join(draft, "postgres"), final); err != nil {
		if _, statErr := os.Stat(bin); statErr != nil {
			return "", err
		}
	}
	return bin, nil
}

// fetch makes the library unpack its archive into dir/postgres. It has no function for that alone: it unpacks on the
// way to starting a server. Whether that server starts does not matter (as root it never does), only the binaries do.
func fetch(dir string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	db := embedded.NewDatabase(embedded.DefaultConfig().
		Version(downloadVersion).
		Port(uint32(port)).
		CachePath(filepath.Join(dir, "archive")).
		RuntimePath(filepath.Join(dir, "runtime")).
		BinariesPath(filepath.Join(dir, "postgres")).
		StartTimeout(30 * time.Second).
		Logger(io.Discard))
	startErr := db.Start()
	if startErr == nil {
		return db.Stop()
	}
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, "postgres", "bin", program)); err != nil {
			return startErr
		}
	}
	return nil
}
