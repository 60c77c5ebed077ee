package config

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/tenantgen/tenantgen/internal/inert"
)

// paths reads schema or queries: a path, or a list of them.
func paths(dst *[]value) setting {
	return setting{takes: oneOrMore(someText), read: func(v value) {
		add := func(e value) {
			if s, ok := e.text(); ok && s == "" {
				e.errorf("name a file, a directory or a pattern", "empty path")
			} else if ok {
				*dst = append(*dst, e)
			}
		}
		if isList(v) {
			v.list(add)
			return
		}
		add(v)
	}}
}

// written returns the paths as written.
func written(vs []value) []string {
	var out []string
	for _, v := range vs {
		out = append(out, v.n.Value)
	}
	return out
}

// files reads what sqlc reads for the given paths, in its order: patterns come
// sorted, a directory gives its own files sorted by name, and a path listed
// twice is read twice.
func (c *Config) files(vs []value) []File {
	var out []File
	for _, v := range vs {
		for _, path := range c.expand(v) {
			if r, found := inert.Hidden(path, ""); found {
				v.errorf("rename it", "%q has a name with a control character or one that cannot be seen, %U", path, r)
				continue
			}
			if base := filepath.Base(path); strings.Contains(base, `\`) || strings.Contains(base, "+build") {
				// To sqlc the one is a separator; to go vet the other is a constraint, in "// source: …".
				v.errorf("rename it", "%q has a backslash or +build in its name", path)
				continue
			}
			data, err := os.ReadFile(path)
			if err != nil {
				v.errorf("", "cannot read %s: %s", filepath.ToSlash(path), reason(err))
				continue
			}
			// The PostgreSQL parser would stop there and not see the rest.
			if i := strings.IndexByte(string(data), 0); i >= 0 {
				v.errorf("", "%s contains a NUL byte at offset %d", filepath.ToSlash(path), i)
				continue
			}
			out = append(out, File{Path: path, Text: string(data)})
		}
	}
	return out
}

// expand returns the files of one path. sqlc says nothing when that is none;
// here it is an error, because a query nobody read is a query nobody proved.
func (c *Config) expand(v value) []string {
	path := filepath.Join(c.Dir, v.n.Value)
	found, isPattern := []string{path}, strings.ContainsAny(path, "*?[]")
	if isPattern {
		var err error
		if found, err = filepath.Glob(path); err != nil {
			v.errorf("", "bad pattern %q: %s", v.n.Value, err)
			return nil
		}
	}
	var files []string
	for _, p := range found {
		below, err := listed(p)
		if err != nil {
			v.errorf("paths are relative to the directory of sqlc.yaml", "%q: %s", v.n.Value, reason(err))
			return nil
		}
		files = append(files, below...)
	}
	sql := filterSQL(files)
	if len(sql) == 0 {
		v.nothingRead(isPattern, files)
	}
	return sql
}

// nothingRead explains why a path that exists gives no file.
func (v value) nothingRead(isPattern bool, files []string) {
	const skips = "sqlc reads files that end in .sql, and skips hidden files, *.down.sql and nested directories"
	switch {
	case isPattern && len(files) == 0:
		v.errorf("paths are relative to the directory of sqlc.yaml; ** is not supported", "pattern %q matches nothing", v.n.Value)
	case len(files) == 1 && filepath.Base(files[0]) == filepath.Base(v.n.Value):
		v.errorf(skips, "%q is no file that sqlc reads", v.n.Value)
	default:
		v.errorf(skips, "%q gives no file that sqlc reads", v.n.Value)
	}
}

// listed returns the file itself, or what a directory holds.
func listed(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{filepath.Clean(path)}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		files = append(files, filepath.Join(path, e.Name()))
	}
	return files, nil
}

func filterSQL(files []string) []string {
	var out []string
	for _, f := range files {
		base := filepath.Base(f)
		if strings.HasSuffix(base, ".sql") && !strings.HasPrefix(base, ".") && !strings.HasSuffix(base, ".down.sql") {
			out = append(out, f)
		}
	}
	return out
}
