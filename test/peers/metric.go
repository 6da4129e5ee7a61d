package peers

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
)

// Metric is the sum of a metric's samples over all labels, as /metrics tells them now; 0 when there is none.
func (s *Server) Metric(name string) (sum float64) {
	s.t.Helper()
	res, err := http.Get("http://" + s.Addr("metrics") + "/metrics")
	if err != nil {
		s.t.Fatalf("read metrics: %v", err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		line := lines.Text()
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			s.t.Fatalf("read metric %q: %v", line, err)
		}
		sum += value
	}
	if err := lines.Err(); err != nil {
		s.t.Fatalf("read metrics: %v", err)
	}
	return sum
}
