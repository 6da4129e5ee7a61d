package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"parley/internal/config"
)

// Names are what clients look a server up by.
type Names struct {
	Records     []NameRecord
	Certificate []string // names that the certificate must have
}

// NameRecord is a DNS record.
type NameRecord struct {
	Line string // as in a zone file
	Why  string // who looks it up
}

func dnsCommand(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "dns", Short: "Print the DNS records and certificate names that clients need to find the server",
		Long: `Print the DNS records that clients of both kinds look up, as lines of a zone file, and the names that the certificate must have.
Ports are those of the configuration; a listener on a port that is chosen at the start is left out.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(configFile(cmd))
			if err != nil {
				return err
			}
			names, err := d.DNS(cfg)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, r := range names.Records {
				fmt.Fprintf(w, "%s\t; %s\n", r.Line, r.Why)
			}
			fmt.Fprintf(w, "; names in the certificate: %s\n", strings.Join(names.Certificate, ", "))
			return w.Flush()
		},
	}
}
