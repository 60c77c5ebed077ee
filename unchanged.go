package tenantgen

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/tenantgen/tenantgen/internal/cache"
	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// Whether what is generated is up to date can be known without generating: a run that found nothing to write would find
// the same again when nothing has changed of all that it reads, sqlc and its own output included. A run that would
// write something is never known by that; it judges, runs sqlc and writes.

// GenerateDigest is a hash of everything that Generate and Changes read, but for the program itself: the inputs; what is
// in the directories of the output, and of the migrations; go.mod; and what decides which sqlc runs. Hash is that of a large file.
func (in *Inputs) GenerateDigest(hash func(name string) ([32]byte, error)) [32]byte {
	digest := in.Digest()
	facts := cache.NewFacts("generated")
	facts.Add(string(digest[:]))
	for _, dir := range in.outputs() {
		facts.Add(directoryFacts(dir, func(name string) bool { return filepath.Ext(name) == ".go" })...)
		facts.Add(moduleFacts(dir)...)
	}
	if m := in.config.Tenant.Migrations.Dir; m != "" {
		facts.Add(directoryFacts(in.config.Join(m), func(string) bool { return true })...)
	}
	facts.Add(moduleFacts(in.config.Dir)...)
	facts.Add(in.ownTypes()...)
	t := in.toolchain()
	facts.Add(t.facts()...)
	for _, program := range []string{t.goCommand, t.sqlc} {
		h, err := hash(program)
		facts.Add(program, string(h[:]), fmt.Sprint(err))
	}
	return facts.Key()
}

// Repeats reports whether a run of Generate would do the same again wherever the GenerateDigest is the same. It does not
// where something takes part that the digest is not of: a program in sqlc's or Go's place that may call another one, source of sqlc's that
// can be edited here, Go types whose declaration leads to other packages, or a database.
func (in *Inputs) Repeats(p *Project) bool {
	t := in.toolchain()
	if p.SQLCDatabase || p.beyond || len(p.command) == 0 || in.baselineErr != nil {
		return false
	}
	if p.command[0] == "go" {
		return t.pinned() && !t.local() && isProgram(t.goCommand, "cmd/go")
	}
	return !t.pinned() && p.command[0] == t.sqlc && isProgram(t.sqlc, sqlc.Module)
}

// outputs are the directories that files are generated into.
func (in *Inputs) outputs() []string {
	var dirs []string
	for i, e := range in.config.SQL {
		if e.Go.Out == "" {
			continue
		}
		dirs = append(dirs, in.config.Join(e.Go.Out))
		if in.config.Tenant.Out != "" {
			dirs = append(dirs, in.config.RepoDir(i))
		}
	}
	return dirs
}

// ownTypes is the source of the packages of this module that overrides name types of (ownKinds).
func (in *Inputs) ownTypes() []string {
	var list []string
	for _, e := range in.config.SQL {
		root, module, err := moduleOf(in.config.Join(e.Go.Out))
		for _, o := range e.Go.Overrides {
			if below, inside := strings.CutPrefix(o.GoType.ImportPath()+"/", module+"/"); inside && err == nil && module != "" {
				list = append(list, directoryFacts(filepath.Join(root, filepath.FromSlash(below)), func(name string) bool { return filepath.Ext(name) == ".go" })...)
			}
		}
	}
	return list
}

// directoryFacts are the names in a directory, and the texts of files of some of them.
func directoryFacts(dir string, read func(name string) bool) []string {
	entries, err := os.ReadDir(dir)
	facts := []string{dir, fmt.Sprint(len(entries)), fmt.Sprint(err != nil, errors.Is(err, fs.ErrNotExist))}
	for _, e := range entries {
		text := []byte(nil)
		if read(e.Name()) && !e.IsDir() {
			text, err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
		facts = append(facts, e.Name(), fmt.Sprint(e.Type()), string(text), fmt.Sprint(err))
	}
	return facts
}

// moduleFacts are the go.mod that rules a directory, and what the go command reads with it.
func moduleFacts(dir string) []string {
	root, _, err := moduleOf(dir)
	facts := []string{root, fmt.Sprint(err)}
	for _, name := range []string{"go.mod", "go.sum", "vendor/modules.txt"} {
		facts = append(facts, fileFacts(filepath.Join(root, name))...)
	}
	return facts
}

// fileFacts are the text of a file, or why there is none.
func fileFacts(name string) []string {
	text, err := os.ReadFile(name)
	return []string{name, string(text), fmt.Sprint(err)}
}

// toolchain is what decides which sqlc runs (package sqlc, find), as it can be known without the go command.
type toolchain struct {
	roots, files, env []string // of package sqlc
	goCommand, sqlc   string   // on PATH, "" where there is none
	goRoot            string
}

func (in *Inputs) toolchain() *toolchain {
	t := &toolchain{}
	t.roots, t.files, t.env = sqlc.Places(in.config.Dir)
	slices.Sort(t.env)
	t.goCommand, t.sqlc = onPath("go"), onPath("sqlc")
	if real, err := filepath.EvalSymlinks(t.goCommand); err == nil && t.goCommand != "" {
		t.goRoot = filepath.Dir(filepath.Dir(real))
	}
	return t
}

func onPath(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// facts are all texts that say which sqlc is built and run.
func (t *toolchain) facts() []string {
	facts := append([]string{fmt.Sprint(len(t.env))}, t.env...)
	for _, name := range t.read() {
		facts = append(facts, fileFacts(name)...)
	}
	return facts
}

// read lists the files that the go command reads for it.
func (t *toolchain) read() []string {
	var names []string
	for _, root := range t.roots {
		for _, name := range []string{"go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt"} {
			names = append(names, filepath.Join(root, name))
		}
	}
	for _, file := range t.files {
		names = append(names, file, strings.TrimSuffix(file, ".mod")+".sum")
	}
	names = append(names, t.used()...)
	if config, err := os.UserConfigDir(); err == nil {
		names = append(names, filepath.Join(config, "go", "env")) // of go env -w
	}
	if name := os.Getenv("GOENV"); name != "" && name != "off" {
		names = append(names, name)
	}
	for _, root := range []string{t.goRoot, os.Getenv("GOROOT")} {
		if root != "" {
			names = append(names, filepath.Join(root, "VERSION"), filepath.Join(root, "go.env"))
		}
	}
	return names
}

// used are the go.mod files of a workspace.
func (t *toolchain) used() []string {
	var names []string
	for _, root := range t.roots {
		name := filepath.Join(root, "go.work")
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		work, err := modfile.ParseWork(name, text, nil)
		if err != nil {
			continue
		}
		for _, u := range work.Use {
			dir := filepath.FromSlash(u.Path)
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(root, dir)
			}
			names = append(names, filepath.Join(dir, "go.mod"))
		}
	}
	return names
}

// modules are the files that may pin sqlc by a tool directive: those of the module and workspace, and those of tools.
func (t *toolchain) modules() []*modfile.File {
	var list []*modfile.File
	var names []string
	for _, root := range t.roots {
		names = append(names, filepath.Join(root, "go.mod"))
	}
	for _, name := range slices.Concat(names, t.used(), t.files) {
		if text, err := os.ReadFile(name); err == nil {
			if f, err := modfile.Parse(name, text, nil); err == nil {
				list = append(list, f)
			}
		}
	}
	return list
}

func pins(f *modfile.File) bool {
	return slices.ContainsFunc(f.Tool, func(t *modfile.Tool) bool { return sqlc.Pins(t.Path) })
}

// pinned reports whether some file pins sqlc.
func (t *toolchain) pinned() bool { return slices.ContainsFunc(t.modules(), pins) }

// local reports whether sqlc may be built from source that is edited here, or in a way that flags of the go command decide:
// the versions in the files do not say then what it is.
func (t *toolchain) local() bool {
	for _, name := range t.read() {
		text, _ := os.ReadFile(name)
		switch filepath.Base(name) {
		case "modules.txt":
			if text != nil {
				return true
			}
		case "env", "go.env":
			if flagged(string(text)) {
				return true
			}
		}
	}
	if slices.ContainsFunc(t.env, func(v string) bool {
		name, value, _ := strings.Cut(v, "=")
		return name == "GOFLAGS" && flagged(v) || name == "GOTOOLCHAIN" && strings.Contains(value, "path") || name == "GOWORK" && value != "off" && value != "" || name == "GOENV" && flagged(value)
	}) {
		return true
	}
	for _, f := range t.modules() {
		if !pins(f) {
			continue
		}
		inWorkspace := !slices.Contains(t.files, f.Syntax.Name) && len(t.used()) > 0
		edited := slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool { return r.New.Version == "" })
		if inWorkspace || edited || f.Module == nil || slices.ContainsFunc(f.Tool, func(tool *modfile.Tool) bool { return strings.HasPrefix(tool.Path+"/", f.Module.Mod.Path+"/") }) {
			return true
		}
	}
	return false
}

// flagged reports whether settings of the go command have it take other source than the versions say, or another compiler.
func flagged(settings string) bool {
	return slices.ContainsFunc([]string{"-modfile", "-overlay", "-toolexec", "vendor", "-modcacherw", "GOTOOLCHAIN=path"}, func(flag string) bool { return strings.Contains(settings, flag) })
}

// isProgram reports whether a file is the Go program of a package itself, and not what chooses one: a script, a shim of a
// version manager.
func isProgram(file, path string) bool {
	info, err := buildinfo.ReadFile(file)
	return err == nil && info.Path == path
}
