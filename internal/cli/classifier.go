package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"parley/internal/quality/classify"
)

func qualityClassifier(d Deps) *cobra.Command {
	c := &cobra.Command{
		Use: "classifier", Short: "List, add and remove rules of what is good and poor", Args: cobra.NoArgs, RunE: help,
		Long: `List, add and remove rules of what is good and poor. One is written as JSON; adding one of the same name replaces it and counts its version:

  {"name": "mine", "title": "Ours", "media": [
    {"media": "audio", "enough": {"metric": "packets", "above": 500},
     "limits": [{"metric": "jitter", "above": 20, "optimal": 10}, {"metric": "network_mos", "below": 3}]}]}

Metrics have the names of the archive's columns and their limits the metrics' units. A stream is poor when one limit is crossed; with
"firstDecides": true by the first metric that it has. "enough" is what must be exceeded for it to be judged.`,
	}
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "List the classifiers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.task(cmd, "classifier-list", struct{}{}) },
	}, &cobra.Command{
		Use: "add FILE", Short: "Add a classifier, or replace the one of its name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read classifier: %w", err)
			}
			if _, err := classify.ReadDefinition(text); err != nil {
				return err
			}
			return d.task(cmd, "classifier-add", json.RawMessage(text))
		},
	}, &cobra.Command{
		Use: "remove NAME", Short: "Remove a classifier", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return d.task(cmd, "classifier-remove", args[0]) },
	})
	return c
}
