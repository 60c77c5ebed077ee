package main

import (
	"fmt"
	"io"
	"os"
)

// style is how a kind of text looks on a terminal: a parameter of Select Graphic Rendition
// (ECMA-48, 8.3.117).
type style string

const (
	plain   style = "0"
	bold    style = "1"
	bad     style = "1;31" // red
	doubt   style = "1;33" // yellow
	helpful style = "36"   // cyan
	added   style = "32"   // green
	removed style = "31"
)

// paint writes text in a style, plainly where there are no colours.
func (p *printer) paint(s style, format string, args ...any) {
	if !p.colours || s == plain {
		fmt.Fprintf(p.safe, format, args...)
		return
	}
	io.WriteString(p.to, "\x1b["+string(s)+"m")
	fmt.Fprintf(p.safe, format, args...)
	io.WriteString(p.to, "\x1b[0m")
}

// paintAs decides for standard output and standard error, each by itself.
func (inv *invocation) paintAs(when string) error {
	for _, p := range []*printer{inv.out, inv.errOut} {
		switch when {
		case "always":
			p.colours = true
		case "never":
			p.colours = false
		case "auto":
			p.colours = isTerminal(p.raw) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" // https://no-color.org
		default:
			return fmt.Errorf("unknown colour %q; use always, auto, never", when)
		}
	}
	return nil
}

// isTerminal reports whether somebody may be looking. Devices that are no terminals take
// what is written for one; files and pipes are none.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
