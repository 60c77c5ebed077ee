package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tenantgen/tenantgen/config"
)

// help is what a command says of itself. The program's commands are in the order of a
// user's work with them.
const help = `{{with or .Long .Short}}{{.}}

{{end}}usage: tenantgen [-f sqlc.yaml] {{if .HasParent}}{{.Use}}{{else}}<command> [arguments]{{end}}
{{- if .HasAvailableSubCommands}}

commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name 11}} {{.Short}}{{end}}{{end}}{{end}}
{{- with .Example}}

examples:
{{.}}{{end}}
{{- if .HasAvailableLocalFlags}}

flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableSubCommands}}

tenantgen <command> --help tells a command's flags.{{end}}
exit status: 0 clean, 1 findings, 2 could not run
`

// root makes the whole command line.
func (inv *invocation) root() *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use: "tenantgen", Short: "tenantgen makes a tenant leak a build error.", Version: buildVersion(),
		SilenceErrors: true, SilenceUsage: true, Args: cobra.ArbitraryArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return inv.paintAs(inv.colour) },
		RunE:              inv.noCommand,
	}
	root.SetIn(inv.in)
	root.SetOut(inv.out)
	root.SetErr(inv.errOut)
	root.SetHelpTemplate(help)
	root.SetVersionTemplate("tenantgen {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.StringVarP(&inv.config, "file", "f", "sqlc.yaml", "the configuration of sqlc; or sqlc.yml or sqlc.json, where that is there alone")
	inv.config = defaultFile()
	flags.BoolVarP(&inv.quiet, "quiet", "q", false, "say nothing but findings, failures and what was asked for")
	flags.StringVar(&inv.colour, "color", "auto", "colours: auto (on a terminal, unless NO_COLOR is set), always or never")
	flags.BoolP("help", "h", false, "say what a command does, with examples")
	root.Flags().Bool("version", false, "print the version")
	root.AddCommand(inv.init(), inv.lint(), inv.vet(), inv.check(), inv.fix(), inv.generate(), inv.tables(), inv.advise(), inv.prove(), inv.audit(), inv.verify(), inv.lsp(), inv.schema(), inv.cache(), inv.explain(), inv.completion(), inv.version(), inv.help())
	root.SetHelpCommand(root.Commands()[len(root.Commands())-1])
	for _, c := range root.Commands() {
		c.Flags().SortFlags = false
	}
	complete(root, "file", extensions("yaml", "yml", "json"))
	complete(root, "color", words("auto", "always", "never"))
	return root
}

// noCommand answers who names no command, or one that is none.
func (inv *invocation) noCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		root.SetOut(inv.errOut)
		root.Help()
		return errSaid
	}
	return withHint(config.Suggest(args[0], names(root)), "unknown command %q; tenantgen help lists them", args[0])
}

// names are those of the commands that help lists.
func names(root *cobra.Command) []string {
	var list []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, c.Name())
		}
	}
	return list
}

// help says what a command does.
func (inv *invocation) help() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "say what a command does, with examples",
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return inv.noCommand(c.Root(), args)
			}
			return found.Help()
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return offered(names(c.Root()), word), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// nothing refuses arguments of a command that has none.
func nothing(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, got %s", c.Name(), strings.Join(args, " "))
	}
	return nil
}

// flagError says what is meant by a flag that is none. A value may be a secret, and is not
// repeated where it stands behind a name that means nothing.
func flagError(c *cobra.Command, err error) error {
	text := err.Error()
	name, unknown := strings.CutPrefix(text, "unknown flag: --")
	if strings.HasPrefix(text, "bad flag syntax") {
		text, _, _ = strings.Cut(text, "=")
	}
	hint := c.CommandPath() + " --help lists the flags"
	if unknown {
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := config.Suggest(name, known); strings.HasPrefix(near, "did you mean ") {
			hint = strings.Replace(near, `"`, `"--`, 1)
		}
	}
	return withHint(hint, "%s", text)
}

// spell writes flags with the number of dashes that cobra wants. As Go's own programs do,
// this one takes -format for --format, and --f for -f.
func spell(root *cobra.Command, args []string) []string {
	spelt := []string{}
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return append(spelt, args...) // a shell wants back what it has
	}
	for i := 0; i < len(args); i++ {
		name, dashed := strings.CutPrefix(args[i], "-")
		if !dashed || name == "" {
			spelt = append(spelt, args[i])
			continue
		}
		if args[i] == "--" {
			return append(spelt, args[i:]...)
		}
		name, value, inline := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		f := flagNamed(root, name)
		dashes := "--"
		if f != nil && f.Shorthand == name {
			dashes = "-"
		}
		if name = dashes + name; inline {
			name += "=" + value
		}
		spelt = append(spelt, name)
		if f != nil && f.NoOptDefVal == "" && !inline && i+1 < len(args) {
			i++
			spelt = append(spelt, args[i])
		}
	}
	return spelt
}

// flagNamed is a flag of any command, by its name or its letter.
func flagNamed(root *cobra.Command, name string) (found *pflag.Flag) {
	for _, c := range append(root.Commands(), root) {
		for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) {
				if f.Name == name || f.Shorthand == name {
					found = f
				}
			})
		}
	}
	return found
}
