package tenantgen_test

import (
	"fmt"
	"log"

	"github.com/tenantgen/tenantgen"
)

// The example application's queries are judged, as tenantgen lint does.
func ExampleLoad() {
	project, err := tenantgen.Load("sqlc.yaml")
	if err != nil {
		log.Fatal(err)
	}
	report := project.Check()
	for _, d := range report.Diagnostics {
		if d.Severity == "error" {
			fmt.Printf("%s:%d:%d: %s: %s\n", d.File, d.Line, d.Column, d.Rule, d.Message)
		}
	}
	fmt.Println(report.Clean())
	// Output: true
}
