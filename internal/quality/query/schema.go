package query

import "parley/internal/quality/model"

// Schema is the catalogue as a caller sees it.
type Schema struct {
	Datasets    []model.Dataset `json:"datasets"`
	Classifiers []Named         `json:"classifiers"`
	Dimensions  []SchemaItem    `json:"dimensions"`
	Measures    []SchemaItem    `json:"measures"`
	// Unavailable are names of the original model without data, with the reason.
	Unavailable struct {
		Dimensions []Named `json:"dimensions"`
		Measures   []Named `json:"measures"`
	} `json:"unavailable"`
	Operators []Op     `json:"operators"`
	Grains    []string `json:"grains"`
}

// Named is a name with a title or a reason.
type Named struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// SchemaItem is a dimension or a measure.
type SchemaItem struct {
	Key      string          `json:"key"`
	Name     string          `json:"name"`
	Category string          `json:"category"`
	Type     string          `json:"type"`
	Unit     string          `json:"unit,omitempty"`
	Datasets []model.Dataset `json:"datasets"`
	// Personal dimensions need a role; Allowed tells whether the caller has it.
	Personal bool `json:"personal,omitempty"`
	Allowed  bool `json:"allowed"`
	// Members are all values of a dimension that has only a few.
	Members []string `json:"members,omitempty"`
	// Percent measures can have intervals; Judged ones depend on the classifier.
	Percent bool `json:"percent,omitempty"`
	Judged  bool `json:"judged,omitempty"`
	// Either tells that the dimension exists for either end, too.
	Either bool `json:"either,omitempty"`
}

// Schema lists what a caller can ask for.
func (s *Service) Schema(access Access) *Schema {
	out := &Schema{Datasets: []model.Dataset{model.Streams, model.Calls, model.Ratings}, Operators: ops, Grains: grains}
	for _, name := range s.classifiers.Names() {
		if rules, err := s.classifiers.ByName(name); err == nil {
			out.Classifiers = append(out.Classifiers, Named{name, rules.Title})
		}
	}
	dims := s.model.Dimensions()
	for i := range dims {
		d := &dims[i]
		item := SchemaItem{Key: d.Key, Name: d.Name, Category: d.Category, Type: d.Type(), Unit: d.Unit, Datasets: d.In, Personal: d.Personal, Allowed: access.May(d)}
		for _, v := range d.Values {
			item.Members = append(item.Members, v.Text)
		}
		if d.Kind == model.Verdict {
			item.Members = []string{"good", "poor", "unclassified"}
		}
		item.Either = len(d.Key) > 7 && d.Key[:7] == "second."
		out.Dimensions = append(out.Dimensions, item)
	}
	measures := s.model.Measures()
	for i := range measures {
		m := &measures[i]
		out.Measures = append(out.Measures, SchemaItem{Key: m.Key, Name: m.Name, Category: m.Category, Type: "number", Unit: m.Unit, Datasets: m.In, Allowed: true,
			Percent: m.Form == model.Percent, Judged: m.Judged()})
	}
	missingDims, missingMeasures := s.model.Unavailable()
	for _, m := range missingDims {
		out.Unavailable.Dimensions = append(out.Unavailable.Dimensions, Named{m.Name, m.Reason})
	}
	for _, m := range missingMeasures {
		out.Unavailable.Measures = append(out.Unavailable.Measures, Named{m.Name, m.Reason})
	}
	return out
}
