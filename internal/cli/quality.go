package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"parley/internal/admin"
	"parley/internal/config"
	"parley/internal/quality/harvest"
)

// Quality is the archive of a running server; it is closed after use.
type Quality interface {
	admin.Quality
	io.Closer
}

func qualityCommand(d Deps) *cobra.Command {
	c := &cobra.Command{Use: "quality", Short: "Work on the archive of call quality", Args: cobra.NoArgs, RunE: help}
	c.AddCommand(qualityImport(d))
	c.AddCommand(upkeepCommands(d)...)
	return c
}

func qualityImport(d Deps) *cobra.Command {
	return &cobra.Command{
		Use: "import FILE...", Short: "Take quality data of files into the running server's archive", Args: cobra.MinimumNArgs(1),
		Long: `Take quality data of files into the running server's archive. What a file is, its content tells:

  reports as XML (VQReportEvent, CallQualityFeedbackReport), one or many in a file
  logs of Lync and Skype for Business clients with reports inside, of Mac clients too
  NDJSON: an object a line with "report", "rating", "rfc6035", "call" (or "cdr"), "stream", "probe" or "qoe"
  CSV exports, with column names, of the views AudioStreamDetail and VideoStreamDetail of the original's QoEMetrics database

An import that was interrupted goes on where it was when it is given the same file again; what is imported twice changes nothing.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Load(configFile(cmd))
			if err != nil {
				return err
			}
			q, err := d.Quality(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			var failed error
			for _, name := range args {
				if err := importFile(cmd, q, name); err != nil {
					failed = errors.Join(failed, fmt.Errorf("import %s: %w", name, err))
				}
			}
			return errors.Join(failed, q.Close())
		},
	}
}

// Bounds of what is sent to the server at a time.
const (
	batchRecords = 1000
	batchBytes   = 4 << 20
	// shownErrors is how many lines with errors are told one by one.
	shownErrors = 100
)

// fileImport is the import of one file.
type fileImport struct {
	cmd      *cobra.Command
	to       admin.Quality
	bar      *progress
	batch    admin.ImportBatch
	bytes    int
	accepted int
	wrong    int
}

func importFile(cmd *cobra.Command, to admin.Quality, name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr(), info.Size())
	defer bar.end()
	hash := sha256.New()
	bar.phase("reading")
	if _, err := io.Copy(hash, bar.count(f)); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	i := &fileImport{cmd: cmd, to: to, bar: bar, batch: admin.ImportBatch{File: hex.EncodeToString(hash.Sum(nil))}}
	done, err := to.Imported(cmd.Context(), i.batch.File)
	if err != nil {
		return err
	}
	bar.phase("importing")
	records, err := harvest.New(bar.count(f))
	if err != nil {
		return err
	}
	if err := i.read(cmd.Context(), records, done); err != nil {
		return err
	}
	bar.end()
	before := ""
	if done > 0 {
		before = "; the beginning was imported before"
	}
	cmd.Printf("%s: %s, %d records imported, %d not usable%s\n", name, records.Kind(), i.accepted, i.wrong, before)
	return nil
}

func (i *fileImport) read(ctx context.Context, records *harvest.Reader, done int64) error {
	for {
		r, err := records.Next()
		var line *harvest.LineError
		switch {
		case errors.Is(err, io.EOF):
			return i.send(ctx)
		case errors.As(err, &line):
			i.complain(line.Line, line.Err.Error())
			continue
		case err != nil:
			return errors.Join(err, i.send(ctx))
		case r.End <= done:
			continue
		}
		i.batch.Records = append(i.batch.Records, admin.ImportRecord{Format: r.Format, Line: r.Line, Body: r.Body})
		// One line can hold several records, which end together: only the end of the last is one to go on from.
		i.batch.End = r.End - 1
		if i.bytes += len(r.Body); len(i.batch.Records) >= batchRecords || i.bytes >= batchBytes {
			if err := i.send(ctx); err != nil {
				return err
			}
		}
	}
}

func (i *fileImport) send(ctx context.Context) error {
	if len(i.batch.Records) == 0 {
		return nil
	}
	result, err := i.to.Import(ctx, i.batch)
	if err != nil {
		return err
	}
	i.accepted += result.Accepted
	i.bar.records(i.accepted)
	for _, e := range result.Refused {
		i.complain(e.Line, e.Text)
	}
	i.batch.Records, i.bytes = i.batch.Records[:0], 0
	return nil
}

func (i *fileImport) complain(line int, text string) {
	i.wrong++
	i.bar.clear()
	if i.wrong <= shownErrors {
		i.cmd.PrintErrf("line %d: %s\n", line, text)
	} else if i.wrong == shownErrors+1 {
		i.cmd.PrintErrln("further lines with errors are only counted")
	}
}
