// Package cli is the command line: it reads flags and arguments, prints results, and leaves the work to what it is given.
package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/internal/admin"
	"parley/internal/config"
)

// DefaultConfig is where the configuration is read from unless --config says otherwise.
const DefaultConfig = "/etc/parley/parley.toml"

// Deps is the work behind the commands.
type Deps struct {
	// Version is what `parley version` prints.
	Version string
	// Serve runs the server until ctx ends; the ready line goes to out, the log to log.
	Serve func(ctx context.Context, configFile string, out, log io.Writer) error
	// Local prepares a server to try out in a folder and runs it until ctx ends; what a user has to know goes to out.
	Local func(ctx context.Context, dir string, out io.Writer) error
	// Users opens the local directory of users: in the running server, or in the data folder when none runs.
	Users func(ctx context.Context, c *config.Config) (Users, error)
	// Quality opens the archive of call quality of the running server.
	Quality func(ctx context.Context, c *config.Config) (Quality, error)
	// Upkeep opens it for tasks: in the running server, or in the data folder when none runs.
	Upkeep func(ctx context.Context, c *config.Config) (Upkeep, error)
	// DNS lists the names that clients look a configured server up by.
	DNS func(c *config.Config) (Names, error)
}

// Users is a directory that is closed after use.
type Users interface {
	admin.Users
	io.Closer
}

// Main runs one command line and returns the exit status: 0, 1 for a failure, which is told on errOut.
func Main(ctx context.Context, d Deps, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot(d)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(errOut, "parley:", err)
		return 1
	}
	return 0
}

func newRoot(d Deps) *cobra.Command {
	root := &cobra.Command{
		Use:           "parley",
		Short:         "Unified-communications front end, interoperability edge and call quality dashboard",
		Args:          cobra.NoArgs,
		RunE:          help,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().String("config", DefaultConfig, "configuration `file`")
	root.AddCommand(serveCommand(d), localCommand(d), userCommand(d), qualityCommand(d), configCommand(), dnsCommand(d), versionCommand(d))
	return root
}

// help is what a command does that only has others below it. Being runnable, it refuses an unknown one.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func serveCommand(d Deps) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the server until it gets SIGINT or SIGTERM",
		Long: `Run the server until it gets SIGINT or SIGTERM; SIGHUP has it read its configuration again.

Once every listener is up, one line of JSON on standard output tells their addresses:
{"ready":{"sip-tls":"192.0.2.1:5061","https":"192.0.2.1:443"}}. The log goes to standard error.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return d.Serve(cmd.Context(), configFile(cmd), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
}

func localCommand(d Deps) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "local",
		Short: "Run a server to try out, with its own certificate authority, sample users and probe calls",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return d.Local(cmd.Context(), dir, cmd.OutOrStdout()) },
	}
	c.Flags().StringVar(&dir, "dir", "parley-local", "`folder` for everything that it makes; used again the next time")
	return c
}

func versionCommand(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) { cmd.Println("parley " + d.Version) },
	}
}

func configFile(cmd *cobra.Command) string {
	return cmd.Flag("config").Value.String()
}
