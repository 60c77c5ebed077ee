package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// program makes the command line a program of its own.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "tenantgen")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// Several generate at once, as two //go:generate lines and a pre-commit hook do: one writes
// the migration, the others see it.
func TestGenerateAlone(t *testing.T) {
	bin := program(t)
	project(t, "uuid")
	runs := make([]*exec.Cmd, 4)
	for i := range runs {
		runs[i] = exec.Command(bin, "generate")
		if err := runs[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range runs {
		if err := r.Wait(); err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir("db/migrations")
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if code, out, errOut := cli("generate", "--check"); code != exitClean {
		t.Errorf("code %d: %s%s", code, out, errOut)
	}
}

// Who waits is told so, and what waits begins when the other is done.
func TestGenerateWaits(t *testing.T) {
	pgserver.Long(t)
	bin := program(t)
	project(t, "uuid")
	slow(t, "2")
	first := exec.Command(bin, "generate")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer first.Wait()
	inSQLC(t)
	slow(t, "0") // for the others
	for _, args := range [][]string{{"generate"}, {"generate", "--check"}, {"advise", "--check"}} {
		if code, out, errOut := cli(args...); code == exitFailed || args[0] == "generate" && len(args) == 1 && !strings.Contains(errOut, "waiting for another run in ") {
			t.Errorf("%v: code %d: %s%s", args, code, out, errOut)
		}
	}
}

// A run that is killed leaves nothing that the next one does not put right.
func TestGenerateAfterKill(t *testing.T) {
	bin := program(t)
	t.Setenv("TMPDIR", t.TempDir())
	project(t, "uuid")
	slow(t, "60")
	killed := exec.Command(bin, "generate")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	inSQLC(t)
	killed.Process.Kill()
	killed.Wait()
	slow(t, "0")
	for range 2 { // and where nothing has to be written
		for _, name := range []string{"repo/.tenantgen-tmp-1", "repo/internal/sqlcgen/.tenantgen-tmp-2", "db/migrations/.tenantgen-tmp-3"} {
			put(t, name, "half a file") // as one that is killed later leaves them
		}
		if code, out, errOut := cli("generate"); code != exitClean {
			t.Fatalf("code %d: %s%s", code, out, errOut)
		}
		for name := range snapshot(t) {
			if strings.Contains(name, ".tenantgen-tmp-") {
				t.Errorf("left %s", name)
			}
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "tenantgen") }) {
		t.Errorf("left %v, %v", left, err)
	}
}

// slow makes what stands in for sqlc sleep.
func slow(t *testing.T, seconds string) {
	t.Helper()
	bin, _, _ := strings.Cut(os.Getenv("PATH"), string(os.PathListSeparator))
	put(t, filepath.Join(bin, "seconds"), seconds)
}

// inSQLC waits until what stands in for sqlc sleeps.
func inSQLC(t *testing.T) {
	t.Helper()
	bin, _, _ := strings.Cut(os.Getenv("PATH"), string(os.PathListSeparator))
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(bin, "sleeps")); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatal("sqlc was not called for a minute")
		}
	}
}
