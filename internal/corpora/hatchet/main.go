// Hatchet makes a project of hatchet's queries in a directory of its own, and prints the
// project's file:
//
//	go run ./cmd/tenantgen -f "$(go run ./internal/corpora/hatchet)" lint
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/tenantgen/tenantgen/internal/corpora"
)

func main() {
	dir, err := os.MkdirTemp("", "hatchet-")
	if err != nil {
		log.Fatal(err)
	}
	file, err := corpora.HatchetProject(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(file)
}
