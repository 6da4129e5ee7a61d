package upkeep

import (
	"context"
	"fmt"

	"parley/internal/quality/classify"
)

func (u *Upkeep) addClassifier(ctx context.Context, text []byte, tell func(string)) error {
	d, err := classify.ReadDefinition(text)
	if err != nil {
		return err
	}
	version, err := u.Classifiers.Put(ctx, d)
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("%s is version %d", d.Name, version))
	return nil
}

func (u *Upkeep) listClassifiers(tell func(string)) error {
	for _, name := range classify.Names() {
		s, err := classify.ByName(name)
		if err != nil {
			return err
		}
		tell(fmt.Sprintf("%-16s built in   %s", name, s.Title))
	}
	for _, d := range u.Classifiers.List() {
		tell(fmt.Sprintf("%-16s version %-2d %s", d.Name, d.Version, d.Title))
	}
	return nil
}
