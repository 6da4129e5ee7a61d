package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// manifestName is the file of a backup that says what it is.
const manifestName = "manifest.json"

// manifest describes a backup.
type manifest struct {
	Schema int            `json:"schema"`
	Engine string         `json:"engine"`
	Made   time.Time      `json:"made"`
	Files  []manifestFile `json:"files"`
}

type manifestFile struct {
	Name   string `json:"name"`
	Table  string `json:"table"`
	Month  int32  `json:"month,omitempty"` // of streams
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// snapshot reads the archive as it was at one moment.
type snapshot interface {
	// dump writes a table, or a month of it, to a file that must not exist.
	dump(ctx context.Context, table string, month int32, path string) (rows int64, err error)
	months() []int32
	close() error
}

// backupTables are what a backup has beside the months and, after them, the
// dictionary. The cursor comes first: where the engine's snapshot is not of one
// moment, rows may be newer than it, and are written again from the journal. The
// dictionary comes last: it must have the text of every code.
func (a *Archive) backupTables() []string {
	return []string{"progress", "calls", "legs", "measurements", "ratings", "rejected"}
}

// Backup writes all of the archive into a folder, which it makes and which must
// not exist. The archive stays in use; the backup has what was there when it
// began. It ends with the manifest: a folder without one is no backup.
func (a *Archive) Backup(ctx context.Context, dir string, tell func(string)) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make the backup's folder: %w", err)
	}
	a.writing.Lock() // no batch is half in it
	snap, err := a.engine.snapshot(ctx)
	a.writing.Unlock()
	if err != nil {
		return fmt.Errorf("begin the backup: %w", err)
	}
	defer func() { err = errors.Join(err, snap.close()) }()
	m := manifest{Schema: schemaVersion, Engine: a.engine.name(), Made: time.Now().UTC()}
	for _, table := range a.backupTables() {
		if err := a.back(ctx, snap, &m, dir, table, 0, tell); err != nil {
			return err
		}
	}
	for _, month := range snap.months() {
		if err := a.back(ctx, snap, &m, dir, a.tables.streams.name, month, tell); err != nil {
			return err
		}
	}
	if err := a.back(ctx, snap, &m, dir, "dictionary", 0, tell); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write the backup's manifest: %w", err)
	}
	if err := writeSynced(filepath.Join(dir, manifestName), text); err != nil {
		return fmt.Errorf("write the backup's manifest: %w", err)
	}
	return nil
}

func (a *Archive) back(ctx context.Context, snap snapshot, m *manifest, dir, table string, month int32, tell func(string)) error {
	f := manifestFile{Name: table + ".dump", Table: table, Month: month}
	if month != 0 {
		f.Name = fmt.Sprintf("%s-%06d.dump", table, month)
	}
	path := filepath.Join(dir, f.Name)
	var err error
	if f.Rows, err = snap.dump(ctx, table, month, path); err != nil {
		return fmt.Errorf("back up %s: %w", f.Name, err)
	}
	if f.SHA256, err = checksum(path, true); err != nil {
		return fmt.Errorf("back up %s: %w", f.Name, err)
	}
	m.Files = append(m.Files, f)
	tell(fmt.Sprintf("%s: %d rows", f.Name, f.Rows))
	return nil
}

// Restore fills an empty archive from a backup of the same engine. Nothing is
// changed before all of the backup was found to be whole.
func (a *Archive) Restore(ctx context.Context, dir string, tell func(string)) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	m, err := readManifest(dir)
	if err != nil {
		return fmt.Errorf("restore from %s: %w", dir, err)
	}
	switch {
	case m.Engine != a.engine.name():
		return fmt.Errorf("restore from %s: it is a backup of %s and this archive is on %s", dir, m.Engine, a.engine.name())
	case m.Schema > schemaVersion:
		return fmt.Errorf("restore from %s: it has schema version %d and this program knows up to %d: use the newer program that wrote it", dir, m.Schema, schemaVersion)
	}
	if err := a.mustBeEmpty(ctx); err != nil {
		return err
	}
	for _, f := range m.Files {
		sum, err := checksum(filepath.Join(dir, f.Name), false)
		if err != nil {
			return fmt.Errorf("restore from %s: %w", dir, err)
		}
		if sum != f.SHA256 {
			return fmt.Errorf("restore from %s: %s is damaged: its SHA-256 is not that of the manifest. Nothing was restored", dir, f.Name)
		}
	}
	for _, f := range m.Files {
		if err := a.engine.undump(ctx, f.Table, f.Month, filepath.Join(dir, f.Name)); err != nil {
			return fmt.Errorf("restore %s: %w", f.Name, err)
		}
		tell(fmt.Sprintf("%s: %d rows", f.Name, f.Rows))
	}
	return a.loadDictionary(ctx)
}

func (a *Archive) mustBeEmpty(ctx context.Context) error {
	for _, table := range append(a.backupTables(), "streams", "dictionary") {
		rows := int64(0)
		err := a.engine.query(ctx, "SELECT count(*) FROM "+a.engine.from(table), func(row []any) error {
			rows, _ = row[0].(int64)
			return nil
		})
		if err != nil {
			return fmt.Errorf("look whether the archive is empty: %w", err)
		}
		if rows > 0 {
			return fmt.Errorf("the archive is not empty (%d rows in %s) and nothing in it is overwritten: move its files away, or name another database", rows, table)
		}
	}
	return nil
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("there is no %s: this is no backup, or one that did not end", manifestName)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read %s: %w", manifestName, err)
	}
	for _, f := range m.Files {
		if f.Name != filepath.Base(f.Name) || f.Name == "" {
			return m, fmt.Errorf("%s names a file elsewhere: %q", manifestName, f.Name)
		}
	}
	return m, nil
}

// checksum is a file's SHA-256; sync has it on disk after.
func checksum(path string, sync bool) (sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	if sync {
		if err := f.Sync(); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func writeSynced(path string, text []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Sync()
}
