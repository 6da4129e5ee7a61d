package cli

import (
	"time"

	"github.com/spf13/cobra"

	"parley/internal/config"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check the configuration or print an example", Args: cobra.NoArgs, RunE: help}
	c.AddCommand(
		&cobra.Command{
			Use: "check [FILE]", Short: "Tell everything that is wrong with a configuration file and the files that it names",
			Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				path := configFile(cmd)
				if len(args) > 0 {
					path = args[0]
				}
				cfg, err := config.Load(path)
				if err != nil {
					return err
				}
				if err := cfg.CheckFiles(time.Now()); err != nil {
					return err
				}
				cmd.Println(path + ": good")
				return nil
			},
		},
		&cobra.Command{
			Use: "example", Short: "Print a commented configuration file", Args: cobra.NoArgs,
			Run: func(cmd *cobra.Command, _ []string) { cmd.Print(string(config.Example())) },
		},
	)
	return c
}
