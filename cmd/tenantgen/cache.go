package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen/internal/cache"
)

// cache tells where verdicts are remembered, and forgets them.
func (inv *invocation) cache() *cobra.Command {
	c := &cobra.Command{
		Use: "cache [status|clean]", Short: "say where verdicts are remembered, and how many; forget them",
		Long: `Say where lint and generate remember what they found, how much that is, or why nothing is remembered;
clean forgets it. The directory is tenantgen in the user's cache directory, or what TENANTGEN_CACHE names; off
switches it off. What others could have put there is not believed: docs/cache.md.`,
		Example: `  tenantgen cache
  tenantgen cache clean
  TENANTGEN_CACHE=off tenantgen lint`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && args[0] != "status" && args[0] != "clean" {
				return withHint("tenantgen cache, or tenantgen cache clean", "cache takes status or clean")
			}
			return nil
		},
		ValidArgsFunction: words("clean", "status"),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := cache.Open()
			if err != nil {
				fmt.Fprintf(inv.out, "nothing is remembered: %v\n", err)
				return nil
			}
			defer store.Close()
			entries, bytes := store.Size()
			if len(args) == 1 && args[0] == "clean" {
				if err := store.Clean(); err != nil {
					return err
				}
				fmt.Fprintf(inv.note(), "%d entries of %s are forgotten\n", entries, store.Dir)
				return nil
			}
			fmt.Fprintf(inv.out, "%s: %d entries, %d bytes\n", store.Dir, entries, bytes)
			return nil
		},
	}
	return c
}
