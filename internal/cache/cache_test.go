package cache

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// opened is a new cache with its directories.
func opened(t *testing.T) (s *Store, dir, secrets string) {
	t.Helper()
	dir, secrets = filepath.Join(t.TempDir(), "c", "tenantgen"), filepath.Join(t.TempDir(), "s")
	s, err := OpenAt(dir, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir, secrets
}

func key(texts ...string) Key {
	f := NewFacts("test")
	f.Add(texts...)
	return f.Key()
}

func put(t *testing.T, s *Store, k Key, text string) {
	t.Helper()
	if err := s.Put(k, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestKept(t *testing.T) {
	s, dir, secrets := opened(t)
	put(t, s, key("a"), "verdict")
	put(t, s, key("b"), "")
	again, err := OpenAt(dir, secrets)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := again.Get(key("a")); !ok || string(got) != "verdict" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := again.Get(key("b")); !ok || len(got) != 0 {
		t.Errorf("got %q, %v", got, ok)
	}
	if _, ok := again.Get(key("c")); ok {
		t.Error("what nobody put is there")
	}
	put(t, again, key("a"), "another")
	if got, _ := s.Get(key("a")); string(got) != "another" {
		t.Errorf("got %q", got)
	}
}

// No byte of an entry may be another one, none may be missing, and none added.
func TestDamage(t *testing.T) {
	s, dir, _ := opened(t)
	put(t, s, key("a"), "scoped")
	path := filepath.Join(dir, place(key("a")))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range whole {
		for bit := range 8 {
			text := bytes.Clone(whole)
			text[i] ^= 1 << bit
			write(text)
			if _, ok := s.Get(key("a")); ok {
				t.Errorf("bit %d of byte %d may be another one", bit, i)
			}
		}
		if write(whole[:i]); func() bool { _, ok := s.Get(key("a")); return ok }() {
			t.Errorf("the first %d bytes are taken for all", i)
		}
	}
	if write(append(bytes.Clone(whole), 0)); func() bool { _, ok := s.Get(key("a")); return ok }() {
		t.Error("a byte more is taken")
	}
	if write(whole); func() bool { _, ok := s.Get(key("a")); return !ok }() {
		t.Error("the whole entry is not taken")
	}
}

// An entry is one under its own key, of the same secret, and a file.
func TestElsewhere(t *testing.T) {
	s, dir, _ := opened(t)
	put(t, s, key("a"), "scoped")
	whole, err := os.ReadFile(filepath.Join(dir, place(key("a"))))
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, place(key("b")))
	os.MkdirAll(filepath.Dir(to), 0o700)
	if err := os.WriteFile(to, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get(key("b")); ok {
		t.Error("an entry is taken for one under another key")
	}
	other, err := OpenAt(dir, filepath.Join(t.TempDir(), "another"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := other.Get(key("a")); ok {
		t.Error("an entry is taken that somebody with another secret wrote")
	}
	// A link to a whole entry outside, a directory, a pipe.
	outside := filepath.Join(t.TempDir(), "entry")
	from := filepath.Join(dir, place(key("a")))
	if err := os.Rename(from, outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, from); err == nil {
		if _, ok := s.Get(key("a")); ok {
			t.Error("a link is followed")
		}
		os.Remove(from)
	}
	os.Mkdir(from, 0o700)
	if _, ok := s.Get(key("a")); ok {
		t.Error("a directory is read")
	}
	if _, err := exec.LookPath("mkfifo"); err == nil {
		os.Remove(from)
		if out, err := exec.Command("mkfifo", from).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		done := make(chan bool)
		go func() { _, ok := s.Get(key("a")); done <- ok }()
		select {
		case ok := <-done:
			if ok {
				t.Error("a pipe is an entry")
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a pipe is waited for")
		}
	}
}

// What others can write is not used, nor what is another user's, nor a secret beside its entries.
func TestOthers(t *testing.T) {
	if !modes {
		t.Skip("permissions say nothing here")
	}
	refused := func(what, dir, secrets, want string) {
		t.Helper()
		if _, err := OpenAt(dir, secrets); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	for _, mode := range []os.FileMode{0o770, 0o707, 0o720, 0o702, 0o777} {
		_, dir, secrets := opened(t)
		os.Chmod(dir, mode)
		refused(fmt.Sprintf("a cache of mode %o", mode), dir, secrets, "open to others")
		os.Chmod(dir, 0o700)
		os.Chmod(secrets, mode)
		refused(fmt.Sprintf("secrets of mode %o", mode), dir, secrets, "open to others")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
		_, dir, secrets := opened(t)
		os.Chmod(filepath.Join(secrets, secretName), mode)
		refused(fmt.Sprintf("a secret of mode %o", mode), dir, secrets, "open to others")
	}
	_, dir, secrets := opened(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	refused("a link to a cache", link, secrets, "is a link")
	refused("a secret in the cache", dir, filepath.Join(dir, "s"), "must not lie in")
	refused("a cache among the secrets", filepath.Join(secrets, "c"), secrets, "must not lie in")
	os.WriteFile(filepath.Join(secrets, secretName), []byte("short"), 0o600)
	refused("a short secret", dir, secrets, "damaged")
	if os.Geteuid() != 0 { // what the system has is root's
		_, dir, secrets = opened(t)
		refused("root's cache", "/usr", secrets, "another user")
		refused("root's secrets", dir, "/usr", "another user")
		return
	}
	_, dir, secrets = opened(t)
	os.Chown(dir, 12345, 12345)
	refused("another user's cache", dir, secrets, "another user")
	_, dir, secrets = opened(t)
	os.Chown(filepath.Join(secrets, secretName), 12345, 12345)
	refused("another user's secret", dir, secrets, "another user")
	_, dir, secrets = opened(t)
	os.Chown(secrets, 12345, 12345)
	refused("another user's secrets", dir, secrets, "another user")
}

// A new cache and its secret are this user's alone, whatever the umask.
func TestModes(t *testing.T) {
	if !modes {
		t.Skip("permissions say nothing here")
	}
	s, dir, secrets := opened(t)
	put(t, s, key("a"), "x")
	for path, want := range map[string]os.FileMode{dir: 0o700, secrets: 0o700, filepath.Join(secrets, secretName): 0o600, filepath.Join(dir, place(key("a"))): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// Texts are hashed with their lengths, lists with theirs.
func TestFacts(t *testing.T) {
	seen := map[Key]string{}
	for name, add := range map[string]func(*Facts){
		"ab":       func(f *Facts) { f.Add("ab") },
		"a, b":     func(f *Facts) { f.Add("a", "b") },
		"a; b":     func(f *Facts) { f.Add("a"); f.Add("b") },
		"ab, ":     func(f *Facts) { f.Add("ab", "") },
		", ab":     func(f *Facts) { f.Add("", "ab") },
		"a; ; b":   func(f *Facts) { f.Add("a"); f.Add(); f.Add("b") },
		"nothing":  func(*Facts) {},
		"empty":    func(f *Facts) { f.Add() },
		"one":      func(f *Facts) { f.Add("") },
		"a\\x00b":  func(f *Facts) { f.Add("a\x00b") },
		"a1b":      func(f *Facts) { f.Add("a\x00\x00\x00\x00\x00\x00\x00\x01b") },
		"b, a":     func(f *Facts) { f.Add("b", "a") },
		"a, b, c":  func(f *Facts) { f.Add("a", "b", "c") },
		"a, b; c":  func(f *Facts) { f.Add("a", "b"); f.Add("c") },
		"a; b, c":  func(f *Facts) { f.Add("a"); f.Add("b", "c") },
		"purpose1": func(f *Facts) { *f = *NewFacts("testa") },
	} {
		f := NewFacts("test")
		add(f)
		if before, ok := seen[f.Key()]; ok {
			t.Errorf("%q and %q are the same", before, name)
		}
		seen[f.Key()] = name
	}
}

// Processes that write the same entries at once leave whole ones, and one secret.
func TestRaces(t *testing.T) {
	if dir := os.Getenv("TENANTGEN_TEST_RACE"); dir != "" {
		s, err := OpenAt(filepath.Join(dir, "c"), filepath.Join(dir, "s"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			k, text := key(fmt.Sprint(i%7)), strings.Repeat(fmt.Sprint(i%7), 100_000)
			put(t, s, k, text)
			if got, ok := s.Get(k); !ok || string(got) != text {
				t.Fatalf("entry %d is not whole", i)
			}
		}
		return
	}
	dir := t.TempDir()
	var runs []*exec.Cmd
	for range 3 {
		run := exec.Command(os.Args[0], "-test.run", "^TestRaces$")
		run.Env = append(os.Environ(), "TENANTGEN_TEST_RACE="+dir)
		run.Stdout, run.Stderr = os.Stderr, os.Stderr
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		if err := run.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// What nobody uses goes, what is used stays, and Clean removes entries alone.
func TestTrim(t *testing.T) {
	s, dir, _ := opened(t)
	put(t, s, key("old"), "x")
	put(t, s, key("used"), "x")
	before := time.Now().Add(-unused - time.Hour)
	for _, k := range []Key{key("old"), key("used")} {
		os.Chtimes(filepath.Join(dir, place(k)), before, before)
	}
	os.Chtimes(filepath.Join(dir, marker), before, before)
	s.Get(key("used"))
	put(t, s, key("new"), "x")
	if _, ok := s.Get(key("old")); ok {
		t.Error("what nobody used is there")
	}
	if _, ok := s.Get(key("used")); !ok {
		t.Error("what was used is gone")
	}
	os.WriteFile(filepath.Join(dir, "ab"), nil, 0o600)
	os.WriteFile(filepath.Join(dir, "mine.txt"), nil, 0o600)
	os.MkdirAll(filepath.Join(dir, "cd"), 0o700)
	os.WriteFile(filepath.Join(dir, "cd", "mine.txt"), nil, 0o600)
	if n, _ := s.Size(); n != 2 {
		t.Errorf("%d entries, not 2", n)
	}
	if err := s.Clean(); err != nil {
		t.Error(err)
	}
	if n, bytes := s.Size(); n != 0 || bytes != 0 {
		t.Errorf("%d entries of %d bytes are left", n, bytes)
	}
	for _, name := range []string{"mine.txt", "cd/mine.txt"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// A file has the hash of what is in it, also after a change that leaves its size and its time of modification.
func TestFile(t *testing.T) {
	s, _, _ := opened(t)
	name := filepath.Join(t.TempDir(), "program")
	seen := map[Key]bool{}
	hash := func() Key {
		t.Helper()
		k, err := s.File(name)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	when := time.Now().Add(-time.Hour)
	for i := range 5 {
		os.WriteFile(name, []byte(fmt.Sprint("build ", i)), 0o700)
		os.Chtimes(name, when, when)
		for range 3 {
			seen[hash()] = true
		}
	}
	if len(seen) != 5 {
		t.Errorf("5 contents have %d hashes", len(seen))
	}
	if runtime.GOOS != "linux" {
		return
	}
	time.Sleep(settled + 100*time.Millisecond)
	first := hash() // is remembered
	if n, _ := s.Size(); n != 1 {
		t.Errorf("%d entries, not the one of the file", n)
	}
	os.WriteFile(name, []byte("build X"), 0o700)
	os.Chtimes(name, when, when)
	if hash() == first {
		t.Error("a changed file has the hash that it had")
	}
	if _, err := s.Program(); err != nil {
		t.Error(err)
	}
	if _, err := s.File(t.TempDir()); err == nil {
		t.Error("a directory has a hash")
	}
}

// Without a home, or where the user wants none, there is no cache.
func TestWhere(t *testing.T) {
	for value, want := range map[string]string{"off": "switched off", "cache": "absolute path", "./x": "absolute path"} {
		t.Setenv(Variable, value)
		if _, err := Open(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
	t.Setenv(Variable, filepath.Join(t.TempDir(), "x"))
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	if s, err := Open(); err != nil || s.Dir != os.Getenv(Variable) {
		t.Errorf("%v, %v", s, err)
	}
}
