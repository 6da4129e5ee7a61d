package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"parley/internal/admin"
	"parley/internal/config"
)

func userCommand(d Deps) *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "Add, list and remove users of the local directory",
		Long: `Add, list and remove users of the local directory: in the running server, or in its data folder when it does not run.

With [directory] type = "ldap" the local directory adds to what LDAP knows of a user: a password for Digest or NTLM (passwd), the right to
administer and the home server (add). It may also have users of its own.`,
		Args: cobra.NoArgs, RunE: help,
	}
	c.AddCommand(userAdd(d), userList(d), userRemove(d), userPasswd(d))
	return c
}

func userAdd(d Deps) *cobra.Command {
	var u admin.User
	c := &cobra.Command{
		Use: "add USER@DOMAIN", Short: "Add a user; the password is asked for, or read from standard input", Args: cobra.ExactArgs(1),
		RunE: d.withUsers(func(cmd *cobra.Command, args []string, cfg *config.Config, users Users) error {
			address, err := userAddress(args[0], cfg)
			if err != nil {
				return err
			}
			u.Address = address
			if u.Name == "" {
				u.Name, _, _ = strings.Cut(address, "@")
			}
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			if err := users.Add(cmd.Context(), u, password); err != nil {
				return fmt.Errorf("add %s: %w", address, err)
			}
			cmd.Println("added " + address)
			return nil
		}),
	}
	c.Flags().StringVar(&u.Name, "name", "", "display `name`; default is the part before the @")
	c.Flags().BoolVar(&u.Administrator, "administrator", false, "may use every page of the portal")
	c.Flags().StringVar(&u.Home, "home", "", "`server` (host or host:port) that the user's devices are sent to; default is this one")
	passwordFlag(c)
	return c
}

func userList(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the users", Args: cobra.NoArgs,
		RunE: d.withUsers(func(cmd *cobra.Command, _ []string, _ *config.Config, users Users) error {
			list, err := users.List(cmd.Context())
			if err != nil {
				return fmt.Errorf("list users: %w", err)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, u := range list {
				role := ""
				if u.Administrator {
					role = "administrator"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", u.Address, u.Name, role)
			}
			return w.Flush()
		}),
	}
}

func userRemove(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "remove USER@DOMAIN", Short: "Remove a user and sign out the devices", Args: cobra.ExactArgs(1),
		RunE: d.withUsers(func(cmd *cobra.Command, args []string, cfg *config.Config, users Users) error {
			address, err := userAddress(args[0], cfg)
			if err != nil {
				return err
			}
			if err := users.Remove(cmd.Context(), address); err != nil {
				return fmt.Errorf("remove %s: %w", address, err)
			}
			cmd.Println("removed " + address)
			return nil
		}),
	}
}

func userPasswd(d Deps) *cobra.Command {
	c := &cobra.Command{
		Use: "passwd USER@DOMAIN", Short: "Set a user's password; it is asked for, or read from standard input", Args: cobra.ExactArgs(1),
		RunE: d.withUsers(func(cmd *cobra.Command, args []string, cfg *config.Config, users Users) error {
			address, err := userAddress(args[0], cfg)
			if err != nil {
				return err
			}
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			if err := users.SetPassword(cmd.Context(), address, password); err != nil {
				return fmt.Errorf("set the password of %s: %w", address, err)
			}
			cmd.Println("changed the password of " + address)
			return nil
		}),
	}
	passwordFlag(c)
	return c
}

// withUsers reads the configuration and opens the directory around a command.
func (d Deps) withUsers(run func(*cobra.Command, []string, *config.Config, Users) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		cfg, err := config.Load(configFile(cmd))
		if err != nil {
			return err
		}
		users, err := d.Users(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		return errors.Join(run(cmd, args, cfg, users), users.Close())
	}
}

// userAddress completes what was typed to user@domain, in lower case and without sip:.
func userAddress(typed string, cfg *config.Config) (string, error) {
	address := strings.TrimPrefix(strings.ToLower(typed), "sip:")
	if !strings.Contains(address, "@") {
		address += "@" + cfg.Domains[0]
	}
	user, domain, _ := strings.Cut(address, "@")
	if user == "" || strings.ContainsAny(user, " @:;<>\"") {
		return "", fmt.Errorf("%q is no user address: write it as user@%s", typed, cfg.Domains[0])
	}
	for _, d := range cfg.Domains {
		if d == domain {
			return address, nil
		}
	}
	return "", fmt.Errorf("%s is no domain of this server; `domains` has %s", domain, strings.Join(cfg.Domains, ", "))
}
