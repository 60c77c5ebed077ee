package inert

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestDirective(t *testing.T) {
	for text, want := range map[string]bool{
		"go:generate touch x": true, "go:embed x": true, "go:linkname a b": true, "line x.go:1": true, "export F": true, "extern f": true,
		"\rgo:generate x": true, "g\ro:generate x": true, "+build ignore": true, " +build ignore": true, "line\tx:1": true, "tool:arg": true,
		"cgo:a": true, "export": true,
		"nolint:all": false, " go:generate x": false, "lines of text": false, "exported": false, "see: this": false, "http://x": false,
		"": false, " line 3": false, "Go:generate": false, "a b:c": false,
	} {
		if got := Directive(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for line, want := range map[string]bool{
		"//go:generate x": true, "/\r/go:generate x": true, " //go:generate x": false, "// go:generate x": false, "/*line x:1*/": true,
		"  /*line x:1:2*/ SELECT": true, "go:generate": false,
	} {
		if got := DirectiveLine(line); got != want {
			t.Errorf("line %q: %v", line, got)
		}
	}
}

func TestHidden(t *testing.T) {
	for _, s := range []string{"a\x00", "\x1b[31m", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\u0085", "\x7f", "\xff", "\U000e0041", "\r", "\u00ad", "\n"} {
		if _, found := Hidden(s, "\t"); !found {
			t.Errorf("%q is not found", s)
		}
	}
	if r, found := Hidden("a b\tc\nÄ漢🙂\ufffd", "\n\t"); found {
		t.Errorf("%q", r)
	}
}

func TestWriter(t *testing.T) {
	for text, want := range map[string]string{
		"plain Ä\ttext\n":            "plain Ä\ttext\n",
		"a\x1b[2J\rb":                `a\u001b[2J\u000db`,
		"x\u202ey\u200b\ufeff\u0085": `x\u202ey\u200b\ufeff\u0085`,
		"\U000e0041":                 `\udb40\udc41`,
		"a\n::error::b\n  ::set-env": "a\n\\u003a:error::b\n  \\u003a:set-env",
		"a ::b a::b":                 "a ::b a::b",
		"see ##[add-path]/tmp":       `see \u0023#[add-path]/tmp`,
		"\xff":                       `\ufffd`,
	} {
		for _, step := range []int{1, 2, 3, len(text)} {
			var b bytes.Buffer
			w := NewWriter(&b)
			for rest := text; rest != ""; {
				n := min(step, len(rest))
				if step < len(text) && strings.HasPrefix(rest, "::") || strings.HasPrefix(rest, "##[") {
					n = len(rest) // what is broken up is written at once
				}
				if k, err := w.Write([]byte(rest[:n])); k != n || err != nil {
					t.Fatal(k, err)
				}
				rest = rest[n:]
			}
			if b.String() != want && step == len(text) {
				t.Errorf("%q: got %q, want %q", text, b.String(), want)
			}
			if strings.ContainsAny(b.String(), "\x1b\r\u202e\u200b\ufeff") {
				t.Errorf("%q in steps of %d: got %q", text, step, b.String())
			}
		}
	}
	var b bytes.Buffer
	w := NewWriter(&b).Commands()
	w.Write([]byte("::error::\u202e\n"))
	if b.String() != "::error::\\u202e\n" {
		t.Errorf("got %q", b.String())
	}
}

// What is escaped in JSON is still the same JSON.
func TestWriterJSON(t *testing.T) {
	text := "a\x1b\u202e\U000e0041 ##[x]\n::y\xff"
	var b bytes.Buffer
	if err := json.NewEncoder(NewWriter(&b)).Encode(text); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got != strings.ToValidUTF8(text, "\ufffd") {
		t.Errorf("%s: got %q, %v", b.String(), got, err)
	}
}
