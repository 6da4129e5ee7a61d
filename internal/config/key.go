package config

import (
	"reflect"
	"strings"
)

// key is one key of the configuration with its documentation and its value in a Config.
type key struct {
	name   string // "listen.sip-tls"
	doc    string
	oneof  []string
	need   bool
	file   bool
	reload bool
	value  reflect.Value
}

// section is a table of the file and its keys; the first one has no name.
type section struct {
	name, doc string
	keys      []key
}

// sections lists the tables of the file in the order of the struct.
func (c *Config) sections() []section { return collect(section{}, reflect.ValueOf(c).Elem()) }

func collect(own section, v reflect.Value) []section {
	var nested []section
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("toml")
		if own.name != "" {
			name = own.name + "." + name
		}
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[PortRange]() {
			nested = append(nested, collect(section{name: name, doc: f.Tag.Get("doc")}, v.Field(i))...)
			continue
		}
		own.keys = append(own.keys, key{
			name: name, doc: f.Tag.Get("doc"), oneof: strings.Fields(f.Tag.Get("oneof")),
			need: has(f, "need"), file: has(f, "file"), reload: has(f, "reload"), value: v.Field(i),
		})
	}
	return append([]section{own}, nested...)
}

// keys lists every key.
func (c *Config) keys() []key {
	var out []key
	for _, s := range c.sections() {
		out = append(out, s.keys...)
	}
	return out
}

// last is the name within its table.
func (k key) last() string { return k.name[strings.LastIndexByte(k.name, '.')+1:] }

func has(f reflect.StructField, tag string) bool {
	_, ok := f.Tag.Lookup(tag)
	return ok
}
