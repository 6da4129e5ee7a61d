package archive

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// A lookup is a small table of two integers, k and v, that queries join: what
// a code of a dictionary means at present by the mapping of buildings, the
// version of a user agent, whether a text fulfils a filter. Lookups hold
// nothing that could not be made again, and are gone when the archive closes.

// AddLookup adds pairs to a lookup, which is made when it is missing. Its name
// has small letters, digits and underscores; keys must be new to it.
func (a *Archive) AddLookup(ctx context.Context, name string, keys, values []int64) error {
	if !lookupName.MatchString(name) || len(keys) != len(values) {
		return fmt.Errorf("BUG: lookup %q of %d keys and %d values", name, len(keys), len(values))
	}
	if err := a.engine.addLookup(ctx, a.lookupTable(name), keys, values); err != nil {
		return fmt.Errorf("make lookup %s in the quality archive: %w", name, err)
	}
	a.lookups.mu.Lock()
	defer a.lookups.mu.Unlock()
	if a.lookups.names == nil {
		a.lookups.names = make(map[string]bool)
	}
	a.lookups.names[name] = true
	return nil
}

// DropLookup removes a lookup.
func (a *Archive) DropLookup(ctx context.Context, name string) error {
	if err := a.engine.exec(ctx, "DROP TABLE IF EXISTS "+a.lookupTable(name)); err != nil {
		return fmt.Errorf("drop lookup %s of the quality archive: %w", name, err)
	}
	a.lookups.mu.Lock()
	defer a.lookups.mu.Unlock()
	delete(a.lookups.names, name)
	return nil
}

// Lookup is how a query names a lookup.
func (a *Archive) Lookup(name string) string { return a.lookupTable(name) }

func (a *Archive) lookupTable(name string) string { return a.engine.lookupPrefix() + name }

// dropLookups removes all lookups of this process.
func (a *Archive) dropLookups(ctx context.Context) {
	a.lookups.mu.Lock()
	names := a.lookups.names
	a.lookups.names = nil
	a.lookups.mu.Unlock()
	for name := range names {
		_ = a.engine.exec(ctx, "DROP TABLE IF EXISTS "+a.lookupTable(name)) // a later process has other names: what is left takes room only
	}
}

var lookupName = regexp.MustCompile(`^[a-z0-9_]{1,80}$`)

// Texts are the texts of a dictionary from a code on, in the order of their
// codes; expired ones are empty.
func (a *Archive) Texts(k Kind, from int64) []string { return a.dict.from(k, from) }

// from copies the texts from a code on.
func (d *dictionary) from(k Kind, code int64) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if code >= int64(len(d.texts[k])) {
		return nil
	}
	return append([]string(nil), d.texts[k][code:]...)
}

func (c *click) lookupPrefix() string { return "lookup_" }

// lookupRows is how many pairs go into one statement.
const lookupRows = 100_000

func (c *click) addLookup(ctx context.Context, table string, keys, values []int64) error {
	if err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS "+table+" (k Int64, v Int64) ENGINE = Memory"); err != nil {
		return err
	}
	for len(keys) > 0 {
		n := min(len(keys), lookupRows)
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%d\t%d\n", keys[i], values[i])
		}
		if err := c.http.insert(ctx, table, []string{"k", "v"}, []byte(b.String())); err != nil {
			return err
		}
		keys, values = keys[n:], values[n:]
	}
	return nil
}
