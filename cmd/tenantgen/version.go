package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (inv *invocation) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the version", Args: nothing, ValidArgsFunction: nowhere,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(inv.out, "tenantgen", buildVersion())
			return err
		},
	}
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
