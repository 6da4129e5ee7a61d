package config

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// docWidth is where comments of the example are wrapped.
const docWidth = 100

// needed are the example's values for keys that must be set.
var needed = map[string]string{
	"domains":         `["contoso.example"]`,
	"tls.certificate": `"/etc/parley/certificate.pem"`,
	"tls.key":         `"/etc/parley/key.pem"`,
	"store.path":      `"/var/lib/parley"`,
}

// Example is a commented configuration file: what has to be set is set, every other key is there with its default, commented out.
func Example() []byte {
	var b bytes.Buffer
	b.WriteString("# Parley's configuration. `parley config check FILE` tells what is wrong with one.\n")
	c := Default()
	for _, s := range c.sections() {
		b.WriteByte('\n')
		if s.name != "" {
			comment(&b, s.doc)
			fmt.Fprintf(&b, "[%s]\n", s.name)
		}
		for _, k := range s.keys {
			comment(&b, k.doc+k.choices())
			if k.need {
				fmt.Fprintf(&b, "%s = %s\n", k.last(), needed[k.name])
			} else {
				fmt.Fprintf(&b, "# %s = %s\n", k.last(), literal(k.value))
			}
		}
	}
	return b.Bytes()
}

// Reference is the reference page.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString(`# Configuration

<!-- Generated from internal/config; do not edit. -->

One TOML file, given by ` + "`parley serve --config FILE`" + `. A key that is not in this list is an error. Paths are relative to the file's folder. After
` + "`kill -HUP`" + ` (or ` + "`systemctl reload`" + `) the file is read again: keys marked *live* take effect at once; when any other has changed, nothing
is taken over and the log lists the keys that need a restart.
`)
	c := Default()
	for _, s := range c.sections() {
		if s.name != "" {
			fmt.Fprintf(&b, "\n## [%s]\n\n%s\n", s.name, s.doc)
		}
		b.WriteString("\n| key | default | | meaning |\n|---|---|---|---|\n")
		for _, k := range s.keys {
			def, live := "`"+literal(k.value)+"`", ""
			if k.need {
				def = "*set it*"
			}
			if k.reload {
				live = "live"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.last(), def, live, strings.ReplaceAll(k.doc+k.choices(), "|", `\|`))
		}
	}
	return b.Bytes()
}

// choices tells the allowed values, for the end of a documentation.
func (k key) choices() string {
	if len(k.oneof) == 0 {
		return ""
	}
	return ` One of "` + strings.Join(k.oneof, `", "`) + `".`
}

// literal writes a value as TOML.
func literal(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return `"` + x.String() + `"`
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			panic("BUG: a default does not marshal: " + err.Error())
		}
		return `"` + string(text) + `"`
	case string:
		return fmt.Sprintf("%q", x)
	}
	if v.Kind() == reflect.Map {
		return "{}" // no default has an entry
	}
	if v.Kind() == reflect.Slice {
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// comment writes text as comment lines of at most docWidth bytes, where its words allow it.
func comment(b *bytes.Buffer, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > docWidth {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}
