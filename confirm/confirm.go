// Package confirm is the second reader: PostgreSQL itself. A throw-away server applies the schema
// files; its catalog, and its own analysed tree of every statement, are compared with the catalog
// and the statement that a proof rests on. What both read alike no misreading of ours can have
// got wrong; a difference is an error.
//
// It shares nothing with what reads SQL for the proof: no lexer, no parser, no table of types and
// operators. What is an equality, whose column a name is, which level an aggregate belongs to and
// which function runs is what pg_catalog and debug_print_rewritten say (docs/confirm.md).
package confirm

import (
	"context"
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Input is what the analysis read of an application, and what it read it from.
type Input struct {
	Files []File
	// Schema is what the analysis makes of the files.
	Schema  *catalog.Database
	Queries []*Query
	// Vouched are the functions that somebody vouches for: schema.name, or with a signature.
	Vouched []string
}

// File is a schema file in the order to apply it, without what undoes it.
type File struct {
	Path, Text string
	// Statements are needed only where the file cannot run as one text: a statement in it must
	// not run within a transaction.
	Statements []query.Span
}

// Query is a statement with what its verdict rests on.
type Query struct {
	Name, File string
	Line       int
	SQL        string // as the server takes it
	Statement  *query.Statement
	// Certificate is the proof, nil where there is none.
	Certificate *certificate.Certificate
	// Offset is where in SQL an offset of the statement's positions is, and Origin where in the file they count from.
	Offset func(int) int
	Origin int
	// Unparsed tells that the parser built in refuses the statement, which nobody read then.
	Unparsed bool
}

// Difference is a thing that the analysis and PostgreSQL read differently.
type Difference struct {
	Query *Query      // nil where it is about the schema
	At    query.Span  // from Query.Origin; the zero Span for the whole statement
	Table string      // that it is about, "" where it is about none
	Pos   catalog.Pos // in the schema files, where it is about the schema
	// What is read differently; Ours and Server are the readings.
	What, Ours, Server string
	// Refused tells that the server refuses the statement, and Unread that it does so for a function
	// or a schema that is not there: somebody vouches for what no schema file declares.
	Refused, Unread bool
	// Newer tells that no reading differs: only the server knows the syntax.
	Newer bool
}

func (d *Difference) String() string {
	switch {
	case d.Newer:
		return d.What
	case d.Unread:
		return "PostgreSQL cannot read the query, so that nothing confirms its proof: " + d.Server
	case d.Refused:
		return "PostgreSQL refuses the query: " + d.Server
	}
	return fmt.Sprintf("%s: tenantgen reads %s, PostgreSQL reads %s", d.What, d.Ours, d.Server)
}

// Report is the outcome of Run.
type Report struct {
	Server      string // the version of PostgreSQL
	Queries     int    // that were compared
	Differences []*Difference
}

// Unread counts the queries that the server could not read.
func (r *Report) Unread() (n int) {
	for _, d := range r.Differences {
		if d.Unread {
			n++
		}
	}
	return n
}

// Options say where to read.
type Options struct {
	// DatabaseURL names an empty database, in which the schema stays; empty starts a server of our
	// own, and ends it.
	DatabaseURL string
}

// Run reads the schema and the queries by a server and compares. The error says that it could not
// be tried; a difference is no error, but part of the report.
func Run(ctx context.Context, in Input, o Options) (r *Report, err error) {
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := s.close(); err == nil {
			err = closeErr
		}
	}()
	if err := s.create(ctx, in.Files); err != nil {
		return nil, err
	}
	world, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	r = &Report{Server: s.version}
	if r.Differences, err = s.catalog(ctx, in.Schema); err != nil {
		return nil, err
	}
	for _, more := range []func(context.Context, *catalog.Database) ([]*Difference, error){s.predicates, s.policies} {
		found, err := more(ctx, in.Schema)
		if err != nil {
			return nil, err
		}
		r.Differences = append(r.Differences, found...)
	}
	if err := s.searchPath(ctx, in.Schema.SearchPath); err != nil {
		return nil, err
	}
	if err := s.vouched(ctx, world, in.Vouched); err != nil {
		return nil, err
	}
	for _, q := range in.Queries {
		found, err := s.compare(ctx, world, q)
		if err != nil {
			return nil, err
		}
		r.Queries++
		r.Differences = append(r.Differences, found...)
	}
	found, err := s.paths(ctx, world, in)
	r.Differences = append(r.Differences, found...)
	return r, err
}
