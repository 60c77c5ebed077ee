package tenantgen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/tenantgen/tenantgen/internal/dirlock"
)

// File is a file to be written, by path relative to the working directory.
type File struct {
	Path string
	Text []byte
	new  bool // nothing is there
}

// Lock keeps other runs out of the Go module that a configuration is in, or out of its
// directory, until release is called: what is read, planned and written belongs together.
// While another run is at it, Lock calls waiting once and waits until ctx ends.
func Lock(ctx context.Context, config string, waiting func(dir string)) (release func(), err error) {
	dir := filepath.Dir(config)
	if root, _, err := moduleOf(dir); err == nil {
		dir = root
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return func() {}, nil // Load says so
	}
	return dirlock.Acquire(ctx, dir, func() { waiting(dir) })
}

// Commit writes changes, all or none: every file is first written beside its place, then
// each is moved there, and surplus files go last. When something fails on the way, what was
// there before is put back. A run that is killed leaves each file old or new, and what it
// wrote beside goes with the next run.
func Commit(c Changes) error {
	w := &writing{}
	err := w.sweep(c)
	if err == nil {
		err = w.stage(c.Write)
	}
	for i, f := range c.Write {
		if err == nil {
			err = w.place(f, w.temps[i])
		}
	}
	for _, path := range c.Remove {
		if err == nil {
			err = w.remove(path)
		}
	}
	if err != nil {
		err = errors.Join(err, w.undo())
	}
	for _, t := range w.temps {
		os.Remove(t) // those that were moved are gone already
	}
	return err
}

// writing is one Commit.
type writing struct {
	temps []string
	made  []string // directories
	done  []File   // what was there; Text is nil where nothing was
}

// beside is what files are called before they are moved. No migration tool and no Go tool
// reads a name that begins with a dot.
const beside = ".tenantgen-tmp-"

// sweep removes what a killed run left.
func (w *writing) sweep(c Changes) error {
	dirs := slices.Clone(c.dirs)
	for _, f := range c.Write {
		dirs = append(dirs, filepath.Dir(f.Path))
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			if len(e.Name()) > len(beside) && e.Name()[:len(beside)] == beside && e.Type().IsRegular() {
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// stage writes every file beside its place.
func (w *writing) stage(files []File) error {
	for _, f := range files {
		if err := w.mkdir(filepath.Dir(f.Path)); err != nil {
			return err
		}
		t, err := os.CreateTemp(filepath.Dir(f.Path), beside+"*")
		if err != nil {
			return err
		}
		w.temps = append(w.temps, t.Name())
		_, err = t.Write(f.Text)
		if err := errors.Join(err, t.Chmod(0o644), t.Close()); err != nil {
			return err
		}
	}
	return nil
}

// mkdir makes a directory and those above it, and remembers them.
func (w *writing) mkdir(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := w.mkdir(filepath.Dir(dir)); err != nil {
		return err
	}
	w.made = append(w.made, dir)
	return os.Mkdir(dir, 0o755)
}

// place moves a file to where it belongs. A new one replaces nothing, not even what came
// there since the changes were compared with the disk.
func (w *writing) place(f File, temp string) error {
	old, err := os.ReadFile(f.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		old = nil
	case err != nil:
		return err
	case f.new:
		return fmt.Errorf("%s was made by somebody else in the meantime; run tenantgen again", f.Path)
	case old == nil:
		old = []byte{}
	}
	if f.new {
		// As a rename, but for replacing nothing; not every file system has links.
		switch err := os.Link(temp, f.Path); {
		case err == nil:
			w.done = append(w.done, File{Path: f.Path})
			return nil
		case errors.Is(err, os.ErrExist):
			return err
		}
	}
	w.done = append(w.done, File{Path: f.Path, Text: old})
	return os.Rename(temp, f.Path)
}

func (w *writing) remove(path string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	w.done = append(w.done, File{Path: path, Text: append([]byte{}, old...)})
	return os.Remove(path)
}

// undo puts back what was there.
func (w *writing) undo() error {
	var errs []error
	for _, f := range slices.Backward(w.done) {
		err := os.Remove(f.Path)
		if f.Text != nil {
			err = os.WriteFile(f.Path, f.Text, 0o644)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("cannot be put back: %w", err))
		}
	}
	for _, t := range w.temps {
		os.Remove(t)
	}
	for _, dir := range slices.Backward(w.made) {
		os.Remove(dir) // unless somebody put something there
	}
	return errors.Join(errs...)
}
