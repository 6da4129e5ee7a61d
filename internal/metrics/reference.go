package metrics

import (
	"bytes"
	"fmt"
	"strings"
)

// Reference is the reference page of metrics.
func Reference(docs []Doc) []byte {
	var b bytes.Buffer
	b.WriteString(`# Metrics

<!-- Generated from internal/metrics and internal/app; do not edit. -->

For Prometheus, at ` + "`/metrics`" + ` of the ` + "`[listen] metrics`" + ` addresses, beside those of the Go runtime (` + "`go_`" + `) and the process (` + "`process_`" + `).

| name | type | labels | meaning |
|---|---|---|---|
`)
	for _, d := range docs {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, d.Type, strings.Join(d.Labels, ", "), d.Help)
	}
	return b.Bytes()
}
