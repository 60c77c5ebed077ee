package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/config"
)

// shells are those that a script can be written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completion prints what a shell has to read to complete commands, flags and their values.
func (inv *invocation) completion() *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "print a script by which a shell completes commands, rules, formats and queries",
		Example: `  source <(tenantgen completion bash)
  tenantgen completion zsh > "${fpath[1]}/_tenantgen"
  tenantgen completion fish > ~/.config/fish/completions/tenantgen.fish
  tenantgen completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return withHint("for example: tenantgen completion bash", "name one of %s", strings.Join(shells, ", "))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(inv.out, true)
			case "zsh":
				return root.GenZshCompletion(inv.out)
			case "fish":
				return root.GenFishCompletion(inv.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(inv.out)
			}
			return withHint(config.Suggest(args[0], shells), "there is no script for %q", args[0])
		},
	}
}

// completer offers what can stand for the word that a shell completes.
type completer = func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

// complete has the value of a flag completed.
func complete(c *cobra.Command, flag string, by completer) {
	if err := c.RegisterFlagCompletionFunc(flag, by); err != nil {
		panic(err) // there is no such flag
	}
}

// offered are those that begin with the word: what a shell makes of others is its own.
func offered(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !strings.HasPrefix(s, word) })
}

func words(list ...string) completer {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return offered(list, word), cobra.ShellCompDirectiveNoFileComp
	}
}

// nowhere is for what nobody can know.
var nowhere completer = cobra.NoFileCompletions

// extensions offers folders, and files by how their names end.
func extensions(list ...string) completer {
	return cobra.FixedCompletions(list, cobra.ShellCompDirectiveFilterFileExt)
}

// ruleNames offers the rules that explain explains.
func ruleNames(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	var list []string
	if len(args) == 0 {
		for _, r := range everyRule {
			list = append(list, r.Name+"\t"+r.Title)
		}
	}
	return offered(list, word), cobra.ShellCompDirectiveNoFileComp
}

// queryNames offers the queries of the project behind those that the word has already.
func (inv *invocation) queryNames(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	project, err := tenantgen.Load(inv.config)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	before := word[:strings.LastIndexByte(word, ',')+1]
	var list []string
	for _, q := range project.Check().Queries {
		if q.Name != "" && !strings.Contains(","+before, ","+q.Name+",") {
			list = append(list, before+q.Name)
		}
	}
	return offered(list, word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
