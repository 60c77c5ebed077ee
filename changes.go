package tenantgen

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
)

// Changes are the differences between an Output and the disk.
type Changes struct {
	Write  []File
	Remove []string
	dirs   []string // where a killed run may have left something
}

// Changes compares the output with the disk. It refuses to touch a file that this
// configuration did not generate.
func (o *Output) Changes() (Changes, error) {
	var c Changes
	var errs []error
	keep := map[string]bool{}
	for _, f := range o.Files {
		keep[f.Path] = true
	}
	there := map[string]found{}
	for i := range o.owned {
		d := &o.owned[i]
		if d.sqlc == nil {
			continue
		}
		f, err := d.look()
		if err == nil {
			err = d.adopt(f)
		}
		if err != nil {
			return c, err
		}
		there[d.path] = f
	}
	for _, f := range o.Files {
		differs, err := o.differs(&f, there)
		if errs = append(errs, err); differs {
			c.Write = append(c.Write, f)
		}
	}
	for i := range o.owned {
		d := &o.owned[i]
		stale, err := d.surplus(keep, there[d.path])
		c.Remove, errs = append(c.Remove, stale...), append(errs, err)
		c.dirs = append(c.dirs, d.path)
	}
	if o.migrations != "" {
		c.dirs = append(c.dirs, o.migrations)
	}
	return c, errors.Join(errs...)
}

// differs reports whether a file has to be written, or why it cannot be.
func (o *Output) differs(f *File, there map[string]found) (bool, error) {
	old, err := os.ReadFile(f.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		f.new = true
		return true, nil
	case err != nil || bytes.Equal(old, f.Text):
		return false, err
	case o.signed[f.Path] != nil && bytes.Equal(old, o.signed[f.Path]):
		return true, nil
	}
	for i := range o.owned {
		if d := &o.owned[i]; d.path == path.Dir(f.Path) && !o.IsMigration(f.Path) {
			err := d.replaceable(*f, old, there[d.path])
			return err == nil, err
		}
	}
	return false, fmt.Errorf("%s exists and was not generated; move it away", f.Path)
}
