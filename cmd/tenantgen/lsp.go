package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen/internal/lsp"
)

// lsp serves an editor.
func (inv *invocation) lsp() *cobra.Command {
	return &cobra.Command{
		Use: "lsp", Short: "serve an editor over standard input and output (Language Server Protocol)",
		Long: `Serve an editor by the Language Server Protocol, over standard input and output: findings while you type,
the proof of the query under the cursor, the condition that a refused query lacks as a quick fix, and
completion of -- tenantgen: comments. Editors start it; docs/editors.md says how.`,
		Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error {
			return lsp.Serve(context.Background(), stdio{inv.in, inv.out.raw}, lsp.Options{Config: inv.config, Version: buildVersion(), Docs: ruleDocs, GoDocs: vetDocs})
		},
	}
}

// stdio is standard input and output as one stream.
type stdio struct {
	io.Reader
	io.Writer
}

func (s stdio) Close() error {
	if c, ok := s.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
