package inert

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Writer writes text for a terminal or a log. Characters that [Hidden] names, but for line
// feeds and tabs, are written as \u001b, which is an escape in JSON too; what a runner of
// GitHub Actions would take for a command is broken up (actions/runner, ActionCommand.cs:
// "::" where a line starts, blanks aside, and "##[" anywhere).
type Writer struct {
	to io.Writer
	// commands are let through: the caller writes some itself, and escapes what is in them.
	commands bool
	begun    bool   // something but blanks stands on the line
	rest     []byte // the start of a character, to be continued
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Commands returns a Writer to the same place that lets workflow commands through.
func (w *Writer) Commands() *Writer { return &Writer{to: w.to, commands: true} }

// Write writes p with what could do something escaped.
func (w *Writer) Write(p []byte) (int, error) {
	text := append(w.rest, p...)
	w.rest = nil
	out := make([]byte, 0, len(text)+16)
	for i := 0; i < len(text); {
		if !utf8.FullRune(text[i:]) {
			w.rest = append(w.rest, text[i:]...)
			break
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || r != '\n' && r != '\t' && hidden(r) || w.command(text[i:]) {
			out = escape(out, r)
		} else {
			out = append(out, text[i:i+size]...)
		}
		w.begun = r != '\n' && (w.begun || r != ' ' && r != '\t')
		i += size
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// command reports whether a runner would read a command from text on.
func (w *Writer) command(text []byte) bool {
	if w.commands {
		return false
	}
	has := func(prefix string) bool { return len(text) >= len(prefix) && string(text[:len(prefix)]) == prefix }
	return !w.begun && has("::") || has("##[")
}

func escape(out []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}
