package sqlc

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
)

// redirect is a copy of the user's configuration whose schema and query paths
// are relative to another directory and whose outputs are below that directory.
type redirect struct {
	// root is the directory the new configuration stands in, dir the one of the
	// user's; both absolute and free of symbolic links.
	root, dir string
	// database lets sqlc connect to one.
	database bool
	// outs maps a directory below root (slashes) to the user's own.
	outs map[string]string
}

// What sqlc gets of the user's configuration: what decides the Go that it generates. The
// rest runs programs (plugins, codegen), opens connections (database, servers, cloud),
// writes elsewhere (gen.json) or is for other commands (rules, options).
var (
	topKeys   = []string{"version", "sql", "overrides"}
	entryKeys = []string{"name", "engine", "schema", "queries", "gen", "strict_function_checks", "strict_order_by"}
	// databaseKeys are of an entry, serverKeys beside the entries.
	databaseKeys = []string{"database", "analyzer"}
	serverKeys   = []string{"servers", "cloud"}
)

// apply returns the new configuration as JSON, which sqlc reads as YAML.
// It leaves doc alone.
func (r *redirect) apply(doc map[string]any) ([]byte, error) {
	doc, _ = stringKeys(doc).(map[string]any)
	if v := fmt.Sprint(doc["version"]); v != "2" {
		return nil, fmt.Errorf("sqlc configuration has version %q, want \"2\"", v)
	}
	blocks, ok := doc["sql"].([]any)
	if !ok || len(blocks) == 0 {
		return nil, errors.New(`sqlc configuration has no "sql" list`)
	}
	var copied []any
	for i, b := range blocks {
		block, ok := b.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("sqlc configuration: sql[%d] is not a mapping", i)
		}
		moved, err := r.block(block)
		if err != nil {
			return nil, fmt.Errorf("sqlc configuration: sql[%d]: %w", i, err)
		}
		if moved["gen"] != nil {
			copied = append(copied, moved)
		}
	}
	keys := topKeys
	if r.database {
		keys = slices.Concat(keys, serverKeys)
	}
	data, err := json.Marshal(with(only(doc, keys), "sql", copied))
	if err != nil {
		return nil, fmt.Errorf("sqlc configuration: %w", err)
	}
	return data, nil
}

// block redirects one element of the "sql" list. Of its generators only Go's is left.
func (r *redirect) block(block map[string]any) (map[string]any, error) {
	if database, ok := block["database"].(map[string]any); ok && !r.database && len(database) > 0 {
		return nil, ErrDatabase
	}
	keys := entryKeys
	if r.database {
		keys = slices.Concat(keys, databaseKeys)
	}
	block = only(block, keys)
	for _, key := range []string{"schema", "queries"} {
		paths, err := r.inputs(block[key])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		block = with(block, key, paths)
	}
	gen, _ := block["gen"].(map[string]any)
	opts, ok := gen["go"].(map[string]any)
	if !ok {
		delete(block, "gen")
		return block, nil
	}
	return with(block, "gen", map[string]any{"go": r.output(opts)}), nil
}

// ErrDatabase says that sqlc would open a connection, to wherever sqlc.yaml says.
var ErrDatabase = errors.New("sqlc would connect to the database of this entry, with what the environment holds put into its uri\n" +
	"hint: remove database, or run with --sqlc-database to let sqlc do it (generate and generate --check alike)")

// only returns the part of m that has the given keys.
func only(m map[string]any, keys []string) map[string]any {
	part := map[string]any{}
	for _, key := range keys {
		if v, ok := m[key]; ok {
			part[key] = v
		}
	}
	return part
}

// inputs rewrites a path or a list of paths.
func (r *redirect) inputs(v any) ([]string, error) {
	var paths []string
	switch v := v.(type) {
	case nil:
	case string:
		paths = []string{v}
	case []string:
		paths = v
	case []any:
		for _, p := range v {
			s, ok := p.(string)
			if !ok {
				return nil, fmt.Errorf("%v is not a path", p)
			}
			paths = append(paths, s)
		}
	default:
		return nil, fmt.Errorf("%v is neither a path nor a list of paths", v)
	}
	moved := make([]string, len(paths))
	for i, p := range paths {
		// sqlc joins every path to the directory of its configuration, even an
		// absolute one; so the rewritten one has to be relative.
		rel, err := filepath.Rel(r.root, filepath.Join(r.dir, p))
		if err != nil {
			return nil, fmt.Errorf("%w (set TMPDIR to a directory on the same volume)", err)
		}
		moved[i] = filepath.ToSlash(rel)
	}
	return moved, nil
}

// output rewrites the "out" of a code generator's options. The last element
// stays, because it is the default for the name of the package.
func (r *redirect) output(opts map[string]any) map[string]any {
	out, ok := opts["out"].(string)
	if !ok || out == "" {
		return opts // sqlc reports it
	}
	out = path.Clean(filepath.ToSlash(out))
	for moved, o := range r.outs {
		if o == out {
			return with(opts, "out", moved)
		}
	}
	moved := path.Join("out", strconv.Itoa(len(r.outs)), path.Base(out))
	r.outs[moved] = out
	return with(opts, "out", moved)
}

// stringKeys returns v with keys that are text, as JSON wants them: YAML decodes
// the keys null, true and 1 of overrides and rename as something else.
func stringKeys(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = stringKeys(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, e := range v {
			m[key] = stringKeys(e)
		}
		return m
	case map[any]any:
		m := make(map[string]any, len(v))
		for key, e := range v {
			if key == nil {
				key = "null"
			}
			m[fmt.Sprint(key)] = stringKeys(e)
		}
		return m
	}
	return v
}

// with returns a copy of m in which key has the given value.
func with(m map[string]any, key string, value any) map[string]any {
	c := make(map[string]any, len(m)+1)
	for k, v := range m {
		c[k] = v
	}
	c[key] = value
	return c
}
