package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/internal/corpora"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/prove"
)

// TestProveKinds proves each kind of leak that a schema allows, whatever lint says of the
// queries, and what looks like it but is none. An archive's comment says what is found.
func TestProveKinds(t *testing.T) {
	files, err := filepath.Glob("testdata/prove/*.txtar")
	if err != nil || len(files) < 11 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range a.Files {
				if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, want, _ := strings.Cut(string(a.Comment), "\n\n")
			var got []string
			for _, o := range proveFolder(t, dir, 0) {
				got = append(got, o.Name+" "+string(o.Status))
				if o.Undecided > 0 && o.Status == prove.Held {
					t.Errorf("%s: %d runs are undecided", o.Name, o.Undecided)
				}
			}
			if got := strings.Join(got, "\n"); got != strings.TrimSpace(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// proveFolder proves the queries of a project, refused or not, in so many rounds.
func proveFolder(t *testing.T, dir string, rounds int) []*prove.Outcome {
	t.Helper()
	p, err := tenantgen.Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	o := prove.Options{Seed: 1, Rounds: rounds, DatabaseURL: pgserver.DatabaseForTest(t), Timeout: time.Minute}
	return proveProject(t, p, tenantgen.ProveQueries{Refused: true}, o).Outcomes
}

// TestProveKnownLeaks proves what leaked once: at least 21 of the 23
// folders are called leaks. One is for errors, which are a category of their own, and of
// one the policies alone leaked.
func TestProveKnownLeaks(t *testing.T) {
	pgserver.Long(t)
	folders, _ := filepath.Glob(filepath.Join(corpora.Dir(t, "faults/soundness"), "*", "sqlc.yaml"))
	var leak atomic.Int32
	t.Run("folders", func(t *testing.T) {
		for _, f := range folders {
			t.Run(filepath.Base(filepath.Dir(f)), func(t *testing.T) {
				t.Parallel()
				for _, rounds := range []int{1, prove.DefaultRounds} { // most leaks are seen at once
					outcomes := proveFolder(t, filepath.Dir(f), rounds)
					var all []string
					for _, o := range outcomes {
						all = append(all, o.Name+" "+string(o.Status))
					}
					t.Logf("%d rounds: %s", rounds, strings.Join(all, ", "))
					if slices.ContainsFunc(outcomes, func(o *prove.Outcome) bool { return o.Status == prove.Leaks }) {
						leak.Add(1)
						break
					}
				}
			})
		}
	})
	t.Logf("%d of %d folders leak", leak.Load(), len(folders))
	if len(folders) < 23 || leak.Load() < 21 {
		t.Errorf("%d of %d folders leak, want at least 21 of 23", leak.Load(), len(folders))
	}
}
