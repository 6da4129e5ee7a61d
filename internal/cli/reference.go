package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:generate go run ./gen

// Reference is the reference page of the command line.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# Command line

<!-- Generated from internal/cli; do not edit. -->

Each command tells its arguments with ` + "`--help`" + `. The exit status is 0, or 1 for a failure, which is told on standard error.
`)
	root := newRoot(Deps{})
	root.InitDefaultCompletionCmd("completion")
	describe(&b, root)
	return b.Bytes()
}

// describe writes a command's section and those of the commands below it.
func describe(b *bytes.Buffer, c *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n", c.CommandPath())
	if c.Name() == "completion" {
		// Its commands come with the library, one a shell, with a page of advice each.
		fmt.Fprintf(b, "Print the completion script for a shell: %s. `%s bash --help` tells how to load it.\n", names(c), c.CommandPath())
		return
	}
	flags := flagRows(c)
	if c.Runnable() && !c.HasSubCommands() {
		c.DisableFlagsInUseLine = len(flags) == 0
		fmt.Fprintf(b, "    %s\n\n", c.UseLine())
	}
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	// What a help text indents is a command line there and a block of code here.
	b.WriteString(strings.ReplaceAll(strings.TrimSpace(text), "\n\t", "\n    ") + "\n")
	if len(flags) > 0 {
		fmt.Fprintf(b, "\n| flag | default | meaning |\n|---|---|---|\n%s\n", strings.Join(flags, "\n"))
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			describe(b, sub)
		}
	}
}

// flagRows are the rows of a command's own flags.
func flagRows(c *cobra.Command) (rows []string) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		initial := f.DefValue
		if initial == "false" || initial == "[]" {
			initial = ""
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", strings.TrimSpace("--"+f.Name+" "+strings.ToUpper(value)), initial, strings.ReplaceAll(usage, "|", `\|`)))
	})
	return rows
}

func names(c *cobra.Command) string {
	var all []string
	for _, sub := range c.Commands() {
		all = append(all, sub.Name())
	}
	return strings.Join(all, ", ")
}
