// Package upkeep is the work on the quality archive that an administrator asks
// for or that is done each day: retention, backup, restore, export, generated
// streams. Each task has a name and parameters, and tells in lines how it goes.
package upkeep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"parley/internal/quality/archive"
	"parley/internal/quality/classify"
	"parley/internal/quality/generate"
)

// The parameters of tasks, and the tasks' names with them.
type (
	// Generate is "generate".
	Generate struct {
		Streams int       `json:"streams"`
		Seed    uint64    `json:"seed"`
		From    time.Time `json:"from"`
		Until   time.Time `json:"until"`
		// Causes is a TOML document of generate.ReadCauses, empty for none.
		Causes string `json:"causes,omitempty"`
		// Buildings is a file to write the company's subnets to, empty for none.
		Buildings string `json:"buildings,omitempty"`
	}
	// Backup is "backup", and "restore" from such a folder.
	Backup struct {
		Folder string `json:"folder"`
	}
	// Export is "export".
	Export struct {
		From   time.Time `json:"from"`
		To     time.Time `json:"to"`
		Format string    `json:"format"`
		Path   string    `json:"path"`
		Coded  bool      `json:"coded,omitempty"`
	}
	// Drop is "drop".
	Drop struct {
		Month int32 `json:"month"` // year * 100 + month
	}
)

// Upkeep does tasks.
type Upkeep struct {
	Archive *archive.Archive
	Policy  archive.Policy
	Now     func() time.Time
	// Classifiers are the rule sets of administrators.
	Classifiers *classify.Store
	// Live says that the archive is being written to: nothing can be restored.
	Live bool
}

// Run does a task. "months" and "expire" have no parameters.
func (u *Upkeep) Run(ctx context.Context, task string, params json.RawMessage, tell func(line string)) error {
	switch task {
	case "generate":
		return with(params, func(p Generate) error { return u.generate(ctx, p, tell) })
	case "backup":
		return with(params, func(p Backup) error { return u.Archive.Backup(ctx, p.Folder, tell) })
	case "restore":
		if u.Live {
			return errors.New("the server is running: stop it to restore its archive")
		}
		return with(params, func(p Backup) error { return u.Archive.Restore(ctx, p.Folder, tell) })
	case "export":
		return with(params, func(p Export) error {
			return u.Archive.Export(ctx, archive.Export{From: p.From, To: p.To, Format: p.Format, Path: p.Path, Coded: p.Coded})
		})
	case "drop":
		return with(params, func(p Drop) error { return u.Archive.DropMonth(ctx, p.Month) })
	case "classifier-add":
		return with(params, func(p json.RawMessage) error { return u.addClassifier(ctx, p, tell) })
	case "classifier-remove":
		return with(params, func(name string) error { return u.Classifiers.Remove(ctx, name) })
	case "classifier-list":
		return u.listClassifiers(tell)
	case "months":
		return u.months(ctx, tell)
	case "expire":
		return u.expire(ctx, tell)
	}
	return fmt.Errorf("no task is called %q", task)
}

func with[P any](params json.RawMessage, do func(P) error) error {
	var p P
	d := json.NewDecoder(bytes.NewReader(params))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return fmt.Errorf("read the task's parameters: %w", err)
	}
	return do(p)
}

func (u *Upkeep) generate(ctx context.Context, p Generate, tell func(string)) error {
	cfg := generate.Config{Streams: p.Streams, Seed: p.Seed, From: p.From, Until: p.Until}
	if p.Causes != "" {
		causes, err := generate.ReadCauses(strings.NewReader(p.Causes))
		if err != nil {
			return err
		}
		cfg.Causes = causes
	}
	g, err := generate.New(cfg)
	if err != nil {
		return err
	}
	if p.Buildings != "" {
		if err := writeBuildings(g, p.Buildings); err != nil {
			return err
		}
		tell("wrote " + p.Buildings)
	}
	months := g.Months()
	if err := u.absent(ctx, months); err != nil {
		return err
	}
	for _, m := range months {
		if err := u.Archive.Load(ctx, m); err != nil {
			return err
		}
		tell(fmt.Sprintf("%d-%02d loaded", m.Month/100, m.Month%100))
	}
	return nil
}

// absent refuses to load the same streams twice: a bulk load does not look for
// rows that it could replace.
func (u *Upkeep) absent(ctx context.Context, months []*archive.Bulk) error {
	var keys []int64
	for _, m := range months {
		for _, c := range m.Calls.Fill(0, nil) {
			keys = append(keys, c.Key)
			break
		}
	}
	found, err := u.Archive.Calls(ctx, "call_key IN "+archive.In(keys))
	if err == nil && len(found) > 0 {
		err = errors.New("the streams of this seed are in the archive already: give another --seed, or other times")
	}
	return err
}

func writeBuildings(g *generate.Generator, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write buildings: %w", err)
	}
	if err := g.WriteBuildings(f); err != nil {
		_ = f.Close() // the first error tells more
		return err
	}
	return f.Close()
}

func (u *Upkeep) months(ctx context.Context, tell func(string)) error {
	months, err := u.Archive.Months(ctx)
	if err != nil {
		return err
	}
	for _, m := range months {
		each := 0.0
		if m.Rows > 0 {
			each = float64(m.Bytes) / float64(m.Rows)
		}
		tell(fmt.Sprintf("%d-%02d  %10d streams  %8.1f MiB  %4.0f bytes each", m.Month/100, m.Month%100, m.Rows, float64(m.Bytes)/(1<<20), each))
	}
	return nil
}

func (u *Upkeep) expire(ctx context.Context, tell func(string)) error {
	done, err := u.Archive.Retain(ctx, u.Policy, u.Now())
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("dropped months: %v; made anonymous: %v; texts removed: %d", done.Dropped, done.Months, done.Texts))
	return nil
}
