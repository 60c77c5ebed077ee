package tenantgen

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
)

// OnlyChanged restricts Check to what a change of the given files bears on, as Only does,
// for hooks that pass every changed file: files that no entry reads are passed over.
// Everything is judged when a given file is gone, or when git knows of deleted files, which
// pre-commit passes to nobody: the schema without them is another one.
func (p *Project) OnlyChanged(files []string) error {
	var ours []string
	for _, name := range files {
		path, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			return nil
		}
		if read, err := p.below(path); err == nil && len(read) > 0 {
			ours = append(ours, name)
		}
	}
	if deletedFiles(p.Config.Dir) {
		return nil
	}
	return p.Only(ours)
}

// deletedFiles reports whether a change deletes files in the repository of a folder: what
// is staged, or what pre-commit was asked to compare. Without git the answer is not known.
func deletedFiles(dir string) bool {
	args := []string{"-C", dir, "diff", "--name-only", "--diff-filter=DR", "--no-renames"}
	if from, to := os.Getenv("PRE_COMMIT_FROM_REF"), os.Getenv("PRE_COMMIT_TO_REF"); from != "" && to != "" {
		args = append(args, "--end-of-options", from+"..."+to)
	} else {
		args = append(args, "--cached")
	}
	out, err := exec.Command("git", args...).Output()
	return err != nil || len(bytes.TrimSpace(out)) > 0
}
