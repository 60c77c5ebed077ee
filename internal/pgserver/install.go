package pgserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// superuser owns every cluster this package creates.
const superuser = "postgres"

// installHint ends every error of a machine that has no usable PostgreSQL.
const installHint = `install PostgreSQL 14 or later:
  Debian, Ubuntu   apt-get install postgresql
  Fedora, RHEL     dnf install postgresql-server
  Alpine           apk add postgresql
  macOS            brew install postgresql@17
or set ` + EnvBinDir + ` to the directory of initdb and postgres,
or set ` + EnvURL + ` to a superuser's URL of a running server`

// installation is a set of PostgreSQL binaries that belong together.
type installation struct {
	bin     string
	version string // what postgres --version prints after the product's name
	account *account
}

// findInstallation returns the installation in binDir, or the first usable one of this machine, or a downloaded one.
func findInstallation(binDir string) (*installation, error) {
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if binDir == "" {
		binDir = os.Getenv(EnvBinDir)
	}
	if binDir != "" {
		return inspect(binDir, who)
	}
	var rejected []error
	for _, dir := range candidates() {
		found, err := inspect(dir, who)
		if err == nil {
			return found, nil
		}
		rejected = append(rejected, err)
	}
	dir, err := download()
	if err == nil {
		return inspect(dir, who)
	}
	rejected = append(rejected, err)
	return nil, fmt.Errorf("pgserver: no PostgreSQL to run: %w\n%s", errors.Join(rejected...), installHint)
}

// inspect checks that dir holds an initdb and a postgres of one version which the account may run. A machine can have
// several PostgreSQL versions half-way on PATH; starting one version on another's data directory fails obscurely.
func inspect(dir string, who *account) (*installation, error) {
	versions := map[string]string{}
	for _, program := range []string{"initdb", "postgres"} {
		cmd := who.command(context.Background(), "/", filepath.Join(dir, program), "--version")
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmd.Path, err)
		}
		_, versions[program], _ = strings.Cut(strings.TrimSpace(string(out)), ") ")
	}
	if versions["initdb"] == "" || versions["initdb"] != versions["postgres"] {
		return nil, fmt.Errorf("%s: initdb is version %q and postgres is version %q", dir, versions["initdb"], versions["postgres"])
	}
	return &installation{bin: dir, version: versions["postgres"], account: who}, nil
}

// candidates lists directories that may hold an installation, the preferred one first.
func candidates() []string {
	var dirs []string
	add := func(dir string) {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		// Behind a link on PATH stands the directory with everything that belongs to this initdb.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			add(filepath.Dir(real))
		}
		add(filepath.Dir(path))
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		add(strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin", "/usr/local/pgsql/bin", "/usr/bin",
	} {
		matches, _ := filepath.Glob(pattern) // the patterns are well-formed
		slices.SortFunc(matches, func(a, b string) int { return majorIn(b) - majorIn(a) })
		for _, dir := range matches {
			add(dir)
		}
	}
	return dirs
}

// majorIn is the version number in a path such as /usr/lib/postgresql/15/bin, or 0.
func majorIn(path string) int {
	digits := strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(digits[0])
	return n
}

// template returns a freshly initialised data directory that starts are copied from: initdb takes a second or more, a
// copy takes a tenth of that. It is made once per version and user, and kept.
func (in *installation) template(ctx context.Context) (string, error) {
	cache, err := in.account.cacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(in.bin + "\x00" + in.version + "\x00" + strings.Join(initdbArgs, " ")))
	final := filepath.Join(cache, "template-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	draft := final + ".draft-" + randomName()
	args := append([]string{"-D", draft}, initdbArgs...)
	if out, err := in.account.command(ctx, cache, filepath.Join(in.bin, "initdb"), args...).CombinedOutput(); err != nil {
		os.RemoveAll(draft)
		return "", fmt.Errorf("pgserver: initdb: %w\n%s", err, out)
	}
	// Another process may have been faster: a directory that is not empty cannot be renamed over, and theirs is as good.
	if err := os.Rename(draft, final); err != nil {
		os.RemoveAll(draft)
		if _, statErr := os.Stat(final); statErr != nil {
			return "", fmt.Errorf("pgserver: %w", err)
		}
	}
	return final, nil
}

// initdbArgs make the cluster small and the same on every machine. The C locale is the one all of them have.
var initdbArgs = []string{
	"-U", superuser, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "--wal-segsize=1",
}
