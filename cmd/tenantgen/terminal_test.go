package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a device, as a terminal is.
func terminal(t *testing.T) *os.File {
	t.Helper()
	tty, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil || !isTerminal(tty) {
		t.Fatalf("%s is no device: %v", os.DevNull, err)
	}
	t.Cleanup(func() { tty.Close() })
	return tty
}

// Colours are for terminals, and for who wants them there.
func TestPaintAs(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tty := terminal(t)
	for _, c := range []struct {
		when, noColor, term string
		out, errOut         bool // whether standard output is painted, a terminal, and standard error, a file
	}{
		{"auto", "", "xterm", true, false},
		{"auto", "1", "xterm", false, false},
		{"auto", "", "dumb", false, false},
		{"always", "1", "dumb", true, true},
		{"never", "", "xterm", false, false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		inv := newInvocation(nil, tty, file)
		if err := inv.paintAs(c.when); err != nil || inv.out.colours != c.out || inv.errOut.colours != c.errOut {
			t.Errorf("%+v: %v, %v, %v", c, inv.out.colours, inv.errOut.colours, err)
		}
	}
}

// What others wrote paints nothing, also among colours.
func TestPaintedTextDoesNothing(t *testing.T) {
	var out bytes.Buffer
	p := newPrinter(&out)
	p.colours = true
	p.paint(bad, "%s", "a\x1b[2Jb")
	if got, want := out.String(), "\x1b[1;31ma\\u001b[2Jb\x1b[0m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A bar, and the line about a long step, are for terminals only.
func TestBar(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tty := terminal(t)
	if newBar(file, true).out != nil || newBar(new(bytes.Buffer), true).out != nil {
		t.Error("a bar in a file")
	}
	if newBar(tty, true).out == nil || newBar(tty, false).out != nil {
		t.Error("a bar is shown on a device, when it is wanted")
	}
	newBar(file, true).waiting("nothing")()
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%v, %v", info.Size(), err)
	}
}

func TestWaiting(t *testing.T) {
	var out bytes.Buffer
	done := (&bar{out: &out}).waiting("sqlc is run")
	time.Sleep(1200 * time.Millisecond)
	done()
	done()
	if got := out.String(); !strings.HasPrefix(got, "\rsqlc is run, 1 s") || !strings.HasSuffix(got, "\r") {
		t.Errorf("got %q", got)
	}
}
