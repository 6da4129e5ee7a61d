package config

import "reflect"

// Diff compares two configurations. changed lists the keys whose value differs; restart those of them that a running server cannot take over.
func Diff(old, new *Config) (changed, restart []string) {
	was := old.keys()
	for i, k := range new.keys() {
		if reflect.DeepEqual(was[i].value.Interface(), k.value.Interface()) {
			continue
		}
		changed = append(changed, k.name)
		if !k.reload {
			restart = append(restart, k.name)
		}
	}
	return changed, restart
}
