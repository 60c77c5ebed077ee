package vet_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tenantgen/tenantgen/vet"
)

// Of edits that are in each other's way the first is made, of the same ones one; what gofmt had formatted stays so.
func TestFixedFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(file, []byte("package a\n\nvar x = 1 // one\nvar y = 2 // two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	edit := func(start, end int, text string) vet.Located {
		return vet.Located{Edits: []vet.Edit{{File: file, Start: start, End: end, Text: text}}}
	}
	texts, fixed, err := vet.Fixed([]vet.Located{edit(19, 20, "1000"), edit(19, 20, "1000"), edit(19, 20, "7"), edit(15, 20, "z"), {}, edit(36, 37, "5")})
	if err != nil || fixed != 3 {
		t.Fatal(fixed, err)
	}
	if got := string(texts[file]); got != "package a\n\nvar x = 1000 // one\nvar y = 5    // two\n" {
		t.Errorf("%q", got)
	}
}
