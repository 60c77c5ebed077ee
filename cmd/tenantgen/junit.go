package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// junitSuites is a report as JUnit's runner for Ant writes it, which CI servers read
// (https://github.com/windyroad/JUnit-Schema): a case for each query.
type junitSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Suites   []*junitSuite
}

type junitSuite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Cases    []*junitCase
}

type junitCase struct {
	XMLName  xml.Name `xml:"testcase"`
	Name     string   `xml:"name,attr"`
	Class    string   `xml:"classname,attr"`
	File     string   `xml:"file,attr,omitempty"`
	Line     int      `xml:"line,attr,omitempty"`
	Failures []junitFailure
	Skipped  *junitSkipped
}

type junitFailure struct {
	XMLName xml.Name `xml:"failure"`
	Type    string   `xml:"type,attr"`
	Message string   `xml:"message,attr"`
	Text    string   `xml:",chardata"`
}

type junitSkipped struct {
	XMLName xml.Name `xml:"skipped"`
	Message string   `xml:"message,attr"`
}

// junit prints a suite for each file: a case for each query, and for each other finding that
// fails lint.
func (inv *invocation) junit(r *tenantgen.Report) error {
	all := &junitSuites{Name: "tenantgen"}
	suites := map[string]*junitSuite{}
	add := func(file string, c *junitCase) *junitCase {
		if suites[file] == nil {
			suites[file] = &junitSuite{Name: file}
			all.Suites = append(all.Suites, suites[file])
		}
		c.Class, c.File = file, file
		suites[file].Cases = append(suites[file].Cases, c)
		suites[file].Tests, all.Tests = suites[file].Tests+1, all.Tests+1
		return c
	}
	byQuery := map[string]*junitCase{}
	for _, q := range r.Queries {
		c := add(q.File, &junitCase{Name: q.Name, Line: q.Line})
		if r.Baselined(q) {
			c.Skipped = &junitSkipped{Message: "excused by the baseline"}
		}
		byQuery[q.File+"|"+q.Name] = c
	}
	for _, d := range r.Diagnostics {
		if d.Severity != analyzer.Error {
			continue
		}
		c := byQuery[d.File+"|"+d.Query]
		if c == nil {
			c = add(d.File, &junitCase{Name: strings.TrimSpace(d.Rule + " " + d.Table), Line: d.Line})
		}
		if len(c.Failures) == 0 {
			all.Failures++
			suites[d.File].Failures++
		}
		c.Failures = append(c.Failures, junitFailure{Type: d.Rule, Message: d.Message, Text: fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Column, sentence(d))})
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(inv.out, "%s%s\n", xml.Header, text)
	}
	return err
}
