package golangci_test

import (
	"fmt"
	"log"

	"github.com/golangci/plugin-module-register/register"

	"github.com/tenantgen/tenantgen/vet/golangci"
)

// golangci-lint finds the linter by its name, and hands it the settings of .golangci.yml.
func ExampleNew() {
	linter, err := register.GetPlugin(golangci.Name)
	if err != nil {
		log.Fatal(err)
	}
	l, err := linter(map[string]any{"config": "../../sqlc.yaml"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(golangci.Name, "needs", l.GetLoadMode())
	// Output: tenantgen needs typesinfo
}
