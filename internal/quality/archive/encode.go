package archive

// write is a batch as the engines take it.
type write struct {
	tables []tableWrite
	cursor uint64
}

// tableWrite are the rows of one table: values in the order of columns.
type tableWrite struct {
	name, key string
	columns   []string
	put, drop [][]any
	keys      []int64 // of put and drop, without repetition
	month     int     // the column by which the table is partitioned, -1 for none
}

func encode[T any](t *table[T], put, drop []T, d *dictionary) tableWrite {
	w := tableWrite{name: t.name, key: t.key, month: -1}
	if len(put)+len(drop) == 0 {
		return w
	}
	for i := range t.columns {
		w.columns = append(w.columns, t.columns[i].name)
		if t.columns[i].name == monthColumn {
			w.month = i
		}
	}
	seen := make(map[int64]bool, len(put)+len(drop))
	rows := func(from []T) [][]any {
		out := make([][]any, 0, len(from))
		flat := make([]any, len(from)*len(t.columns))
		for i := range from {
			row := flat[:len(t.columns):len(t.columns)]
			flat = flat[len(t.columns):]
			for c := range t.columns {
				row[c] = t.columns[c].value(&from[i], d)
			}
			if key := row[0].(int64); !seen[key] { // the key is each table's first column
				seen[key] = true
				w.keys = append(w.keys, key)
			}
			out = append(out, row)
		}
		return out
	}
	w.put, w.drop = rows(put), rows(drop)
	return w
}
