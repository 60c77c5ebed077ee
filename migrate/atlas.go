package migrate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// SumName is the file in which Atlas keeps the checksums of a migrations directory.
const SumName = "atlas.sum"

// Sum returns the checksum file of a directory to which files are added, and the
// text that it replaces, nil when there was none. It returns no file when the
// directory has no checksums; in the format atlas an empty directory gets some.
// Checksums that do not fit the files as they are mean that somebody changed a
// migration, or did not finish adding one, which is not for us to sign: that is an error.
func Sum(dir fs.FS, f Format, added []File) (sum *File, old []byte, err error) {
	existing, err := sqlFiles(dir)
	if err != nil {
		return nil, nil, err
	}
	old, err = fs.ReadFile(dir, SumName)
	if errors.Is(err, fs.ErrNotExist) {
		if f != Atlas || len(existing) > 0 {
			return nil, nil, nil
		}
		return &File{SumName, atlasSum(append(existing, added...))}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, signed := range []func(string) bool{allSQL, upSQL} {
		if sumsEqual(old, atlasSum(only(existing, signed))) {
			return &File{SumName, atlasSum(only(append(existing, added...), signed))}, old, nil
		}
	}
	return nil, nil, fmt.Errorf("%s does not fit the migrations: %s; run atlas migrate hash, once you know why", SumName, misfit(old, existing))
}

// Atlas signs all files; in a directory of golang-migrate, perhaps only those that go up.
func allSQL(name string) bool { return strings.HasSuffix(name, ".sql") }
func upSQL(name string) bool  { return strings.HasSuffix(name, ".up.sql") }

func only(files []File, signed func(string) bool) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return !signed(f.Name) })
}

func sqlFiles(dir fs.FS) ([]File, error) {
	names, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return nil, err
	}
	var files []File
	for _, n := range names {
		text, err := fs.ReadFile(dir, n)
		if err != nil {
			return nil, err
		}
		files = append(files, File{n, text})
	}
	return files, nil
}

// sumDirective matches Atlas's directive at the start of a file; the text of one
// that says ignore is not signed, its name is.
var sumDirective = lazyre.New(`^[ -~]*atlas:sum +ignore\s*$`)

// atlasSum returns the text of the checksum file: a checksum of all, then one line
// for each file, whose hash runs on over the files before it. The algorithm is that
// of NewHashFile and HashFile.MarshalText in ariga.io/atlas/sql/migrate.
func atlasSum(files []File) []byte {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	running, total := sha256.New(), sha256.New()
	var lines strings.Builder
	for _, f := range files {
		running.Write([]byte(f.Name))
		if first, _, _ := bytes.Cut(f.Text, []byte("\n")); sumDirective().Match(first) {
			continue
		}
		running.Write(f.Text)
		hash := base64.StdEncoding.EncodeToString(running.Sum(nil))
		total.Write([]byte(f.Name + hash))
		fmt.Fprintf(&lines, "%s h1:%s\n", f.Name, hash)
	}
	return []byte("h1:" + base64.StdEncoding.EncodeToString(total.Sum(nil)) + "\n" + lines.String())
}

func sumsEqual(a, b []byte) bool {
	return slices.Equal(sumLines(a), sumLines(b))
}

func sumLines(text []byte) []string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// misfit names the first file that the checksums do not fit.
func misfit(sum []byte, files []File) string {
	have, want := sumLines(sum), sumLines(atlasSum(files))
	for i := 1; i < len(want); i++ {
		name, _, _ := strings.Cut(want[i], " ")
		listed := slices.IndexFunc(have, func(l string) bool { return strings.HasPrefix(l, name+" ") })
		switch {
		case listed < 0:
			return name + " is not in it"
		case have[listed] != want[i]:
			return name + ", or a file before it, is not what it was"
		}
	}
	return "it lists files that are not there"
}
