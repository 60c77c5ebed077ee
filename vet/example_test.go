package vet_test

import (
	"fmt"
	"log"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/vet"
)

// A program of one's own with the analyzers, next to others.
func ExampleAnalyzers() {
	var all []*analysis.Analyzer // and others
	all = append(all, vet.Analyzers("")...)
	_ = func() { multichecker.Main(all...) }
	for _, a := range all {
		fmt.Println(a.Name)
	}
	// Output:
	// tenantsql
	// tenantbypass
	// tenantid
	// tenanttx
}

func ExampleSuite_Run() {
	project, err := tenantgen.Load("sqlc.yaml")
	if err != nil {
		log.Fatal(err)
	}
	suite, err := vet.New(project)
	if err != nil {
		log.Fatal(err)
	}
	report, err := suite.Run(vet.Options{}, "./...")
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Findings {
		fmt.Printf("%s:%d: %s\n", f.File, f.Line, f.Sentence())
	}
}
