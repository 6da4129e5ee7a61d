package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile bounds the configuration file in bytes.
const maxFile = 1 << 20

// Load reads and checks a configuration file. The error lists everything that is wrong with it.
func Load(path string) (*Config, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w; `parley config example` prints one to start from", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read configuration: %s has %d bytes, at most %d are allowed", path, info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(string(text), filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("configuration %s:\n%w", path, err)
	}
	return c, nil
}

// Parse reads and checks the text of a configuration file. Paths in it are relative to dir. It opens none of the files that they name.
func Parse(text, dir string) (*Config, error) {
	c := Default()
	meta, err := toml.Decode(text, &c)
	if err != nil {
		return nil, tidy(err)
	}
	if err := unknownKeys(text, meta.Undecoded()); err != nil {
		return nil, err
	}
	if err := c.complete(dir); err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return &c, nil
}

// tidy puts the line first, as the other errors have it.
func tidy(err error) error {
	var perr toml.ParseError
	if errors.As(err, &perr) {
		return fmt.Errorf("line %d: %s", perr.Position.Line, strings.TrimPrefix(perr.Message, "toml: "))
	}
	return errors.New(strings.TrimPrefix(err.Error(), "toml: "))
}

// complete fills in the values that follow from others.
func (c *Config) complete(dir string) error {
	for i, d := range c.Domains {
		c.Domains[i] = strings.ToLower(d)
	}
	if c.Name == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("name: the machine does not tell its name (%w); set it", err)
		}
		c.Name = name
	}
	if c.Store.KeyFile == "" {
		c.Store.KeyFile = filepath.Join(c.Store.Path, "secret.key")
	}
	if c.Auth.Realm == "" && len(c.Domains) > 0 {
		c.Auth.Realm = c.Domains[0]
	}
	if c.Auth.Principal == "" {
		c.Auth.Principal = "sip/" + c.Name
	}
	for _, k := range c.keys() {
		if path, ok := k.value.Addr().Interface().(*string); ok && k.file && *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	return nil
}
