package main

import (
	"bytes"
	"os"
	"testing"
)

// nodes.go is what pg_query's messages are.
func TestGenerated(t *testing.T) {
	want, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.ReadFile("../nodes.go"); err != nil || !bytes.Equal(have, want) {
		t.Errorf("nodes.go is not what pg_query's messages are: go generate ./analyzer/internal/treejson (%v)", err)
	}
}
