package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/internal/usermodule"
)

// TestGuide does what docs/adopting.md says, to the letter. Each of its routes begins in an empty module. Its fenced blocks
// are taken one after another:
//
//	sql <file>, yaml <file>     the file is written
//	diff                        is applied, as git applies it
//	console                     what stands behind $ is run; what it prints is what stands below, where a line … stands
//	                            for any lines, and "exit status n" for how it ends
//
// Other blocks are only shown.
func TestGuide(t *testing.T) {
	pgserver.Long(t)
	bin := guideTools(t)
	text, err := os.ReadFile("../docs/adopting.md")
	if err != nil {
		t.Fatal(err)
	}
	routes := 0
	for _, section := range strings.Split("\n"+string(text), "\n## ")[1:] {
		name, rest, _ := strings.Cut(section, "\n")
		if !strings.Contains(rest, "```console") {
			continue
		}
		routes++
		t.Run(name, func(t *testing.T) {
			g := &guide{T: t, dir: t.TempDir(), bin: bin}
			if err := usermodule.Write(g.dir, "..", "example.com/app"); err != nil {
				t.Fatal(err)
			}
			for _, b := range fences.FindAllStringSubmatch(rest, -1) {
				g.block(b[1], b[2], b[3])
			}
			if strings.Contains(name, "Supabase") {
				g.supabase()
			}
			if g.ran < 5 {
				t.Errorf("only %d commands were run", g.ran)
			}
		})
	}
	if routes != 3 {
		t.Errorf("%d routes instead of three", routes)
	}
}

var fences = regexp.MustCompile("(?ms)^```([a-z]+) ?(\\S*)\n(.*?)^```$")

// guideTools are tenantgen and the sqlc that this repository pins, in a folder for PATH.
func guideTools(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-ldflags=-s", "-o", filepath.Join(bin, "tenantgen"), "../cmd/tenantgen").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command("go", "tool", "-modfile=tools/sqlc/go.mod", "-n", "sqlc")
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(strings.TrimSpace(string(out)), filepath.Join(bin, "sqlc")); err != nil {
		t.Fatal(err)
	}
	return bin
}

// guide follows one route in a module of its own.
type guide struct {
	*testing.T
	dir, bin string
	ran      int
}

func (g *guide) block(kind, file, text string) {
	g.Helper()
	switch {
	case kind == "diff":
		if out, err := g.run("git apply -", text); err != nil {
			g.Fatalf("%v\n%s\n%s", err, out, text)
		}
	case kind == "console":
		g.console(text)
	case file != "":
		path := filepath.Join(g.dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			g.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			g.Fatal(err)
		}
	}
}

// console runs commands, each with what it is to print.
func (g *guide) console(text string) {
	g.Helper()
	for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		command, _, _ = strings.Cut(command, "   #")
		out, err := g.run(command, "")
		if code := exitCode(err); code != 0 {
			out += fmt.Sprintf("exit status %d\n", code)
		}
		if g.ran++; !printed(want).MatchString(out) {
			g.Errorf("$ %s\nprints\n%s\nand the guide says\n%s", command, out, want)
		}
	}
}

// printed matches what a guide shows of an output: … is any text within a line, and any lines where it stands alone.
func printed(want string) *regexp.Regexp {
	var pattern strings.Builder
	for line := range strings.Lines(want) {
		if line = strings.TrimRight(line, "\n"); strings.TrimSpace(line) == "…" {
			pattern.WriteString(`(?:.*\n)*`)
		} else {
			pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `\n`)
		}
	}
	return regexp.MustCompile("^" + pattern.String() + "$")
}

func (g *guide) run(command, in string) (string, error) {
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", command)
	cmd.Dir, cmd.Stdin = g.dir, strings.NewReader(in)
	cmd.Env = append(os.Environ(), "GOWORK=off", "NO_COLOR=1", "PATH="+g.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}
