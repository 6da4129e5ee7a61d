package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/admin"
	"parley/internal/config"
	"parley/internal/quality/archive"
	"parley/internal/quality/upkeep"
)

// Upkeep is the quality archive of the running server, or of the data folder when none runs; it is closed after use.
type Upkeep interface {
	admin.Tasks
	io.Closer
}

// upkeepCommands are those that keep the archive.
func upkeepCommands(d Deps) []*cobra.Command {
	return []*cobra.Command{qualityGenerate(d), qualityMonths(d), qualityDrop(d), qualityExpire(d), qualityBackup(d), qualityRestore(d), qualityExport(d), qualityClassifier(d)}
}

// task does a task and prints its lines.
func (d Deps) task(cmd *cobra.Command, name string, params any) error {
	cfg, err := config.Load(configFile(cmd))
	if err != nil {
		return err
	}
	body, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("write parameters: %w", err)
	}
	u, err := d.Upkeep(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	return errors.Join(u.Run(cmd.Context(), name, body, func(line string) { cmd.Println(line) }), u.Close())
}

func qualityGenerate(d Deps) *cobra.Command {
	var p upkeep.Generate
	var until, inject string
	var months int
	c := &cobra.Command{
		Use: "generate", Short: "Fill the archive with streams of a company that does not exist", Args: cobra.NoArgs,
		Long: `Fill the archive with streams of a company that does not exist: 50,000 users in 420 buildings and at home. The same seed and times give the same
streams. --inject names a TOML file of causes of poor quality:

  [[cause]]
  name = "driver"
  from = 2026-11-02T00:00:00Z
  to = 2026-11-09T00:00:00Z
  match = { building = "London 1", network = "wifi" }   # all at one end of the stream
  share = 0.4                                           # of the streams that match
  metric = "jitter"
  value = 60                                            # about what it becomes`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			p.Until = time.Now()
			if until != "" {
				if p.Until, err = day(until); err != nil {
					return err
				}
			}
			p.From = p.Until.AddDate(0, -months, 0)
			if inject != "" {
				text, err := os.ReadFile(inject)
				if err != nil {
					return fmt.Errorf("read causes: %w", err)
				}
				p.Causes = string(text)
			}
			if p.Buildings != "" {
				if p.Buildings, err = filepath.Abs(p.Buildings); err != nil {
					return err
				}
			}
			return d.task(cmd, "generate", p)
		},
	}
	c.Flags().IntVar(&p.Streams, "streams", 100_000, "`number` of streams")
	c.Flags().Uint64Var(&p.Seed, "seed", 1, "`number` that all is drawn by")
	c.Flags().IntVar(&months, "months", 7, "`number` of months that they are spread over")
	c.Flags().StringVar(&until, "until", "", "`day` that they end before (2026-11-30); default is this hour")
	c.Flags().StringVar(&inject, "inject", "", "TOML `file` with causes of poor quality")
	c.Flags().StringVar(&p.Buildings, "buildings", "", "`file` to write the buildings to, for the mapping editor")
	return c
}

func day(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%q is no day: write it as 2026-11-30", s)
	}
	return t, nil
}

func qualityMonths(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "months", Short: "List the months of the archive with their streams and sizes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.task(cmd, "months", struct{}{}) },
	}
}

func qualityDrop(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "drop YYYY-MM", Short: "Remove the streams of a month and give their space back", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := time.Parse("2006-01", args[0])
			if err != nil {
				return fmt.Errorf("%q is no month: write it as 2026-11", args[0])
			}
			return d.task(cmd, "drop", upkeep.Drop{Month: archive.Month(t)})
		},
	}
}

func qualityExpire(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "expire", Short: "Apply the retention policy now instead of at night", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.task(cmd, "expire", struct{}{}) },
	}
}

func qualityBackup(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "backup FOLDER", Short: "Write all of the archive into a new folder, also while the server runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return d.folder(cmd, "backup", args[0]) },
	}
}

func qualityRestore(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "restore FOLDER", Short: "Fill an empty archive from a backup", Args: cobra.ExactArgs(1),
		Long: `Fill an empty archive from a backup. The checksums of all files are compared first, and nothing that is there is overwritten. Reports that
came since the backup are taken from the server's journal, which has those of 30 days.`,
		RunE: func(cmd *cobra.Command, args []string) error { return d.folder(cmd, "restore", args[0]) },
	}
}

func (d Deps) folder(cmd *cobra.Command, task, dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	return d.task(cmd, task, upkeep.Backup{Folder: abs})
}

func qualityExport(d Deps) *cobra.Command {
	var p upkeep.Export
	var from, to string
	c := &cobra.Command{
		Use: "export FILE", Short: "Write the streams of some time to a file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if p.From, err = day(from); err != nil {
				return err
			}
			if p.To, err = day(to); err != nil {
				return err
			}
			if p.Path, err = filepath.Abs(args[0]); err != nil {
				return err
			}
			return d.task(cmd, "export", p)
		},
	}
	c.Flags().StringVar(&from, "from", "", "first `day`")
	c.Flags().StringVar(&to, "to", "", "`day` after the last one")
	c.Flags().StringVar(&p.Format, "format", "parquet", "`one` of "+strings.Join(archive.Formats(), ", "))
	c.Flags().BoolVar(&p.Coded, "coded", false, "leave codes and stored integers as they are")
	for _, f := range []string{"from", "to"} {
		if err := c.MarkFlagRequired(f); err != nil {
			panic("BUG: " + err.Error())
		}
	}
	return c
}
