package repository

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

// shippedTree is the tree of built-in reports.
//
//go:embed builtin.json
var shippedTree []byte

// node is an item of the shipped tree with those below it.
type node struct {
	ID          string          `json:"id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Query       json.RawMessage `json:"query"`
	View        View            `json:"view"`
	// Inherits is true when it is not given.
	Inherits *bool  `json:"inherits"`
	Children []node `json:"children"`
}

// builtIn reads the shipped tree into items by ID.
func builtIn() (map[string]Item, error) {
	d := json.NewDecoder(bytes.NewReader(shippedTree))
	d.DisallowUnknownFields()
	var top []node
	if err := d.Decode(&top); err != nil {
		return nil, err
	}
	items := map[string]Item{}
	return items, plant(items, "", top)
}

func plant(items map[string]Item, parent string, nodes []node) error {
	for at, n := range nodes {
		i := Item{ID: n.ID, Parent: parent, Position: at, Title: n.Title, Description: n.Description, View: n.View,
			Inherits: n.Inherits == nil || *n.Inherits, Sharing: Published, BuiltIn: true}
		if n.Query != nil {
			var compact bytes.Buffer
			if err := json.Compact(&compact, n.Query); err != nil {
				return fmt.Errorf("report %s: %w", n.ID, err)
			}
			i.Query = compact.Bytes()
		}
		if _, twice := items[n.ID]; twice || n.ID == "" {
			return errors.New("report " + n.ID + " has the ID of another or none")
		}
		if err := i.check(); err != nil {
			return fmt.Errorf("report %s: %w", n.ID, err)
		}
		items[n.ID] = i
		if err := plant(items, n.ID, n.Children); err != nil {
			return err
		}
	}
	return nil
}
