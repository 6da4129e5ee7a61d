package query

import (
	"fmt"
	"strconv"
	"strings"
)

// dialect is what differs between the engines' SQL, beyond what the archive
// itself tells.
type dialect interface {
	// join joins a small table to rows; rows without a partner keep defaults.
	join() string
	// int64 and float convert an expression.
	int64(expr string) string
	float(expr string) string
	// quantile is the smallest value that a share q of the values do not exceed.
	quantile(expr string, q float64) string
	// monthStart and yearStart turn a day's number (since 1970) into that of
	// the first of its month or year; month is 1 to 12.
	monthStart(day string) string
	yearStart(day string) string
	month(day string) string
}

type duckSQL struct{}

func (duckSQL) join() string             { return "LEFT JOIN" }
func (duckSQL) int64(expr string) string { return "CAST(" + expr + " AS BIGINT)" }
func (duckSQL) float(expr string) string { return "CAST(" + expr + " AS DOUBLE)" }
func (duckSQL) quantile(expr string, q float64) string {
	return fmt.Sprintf("quantile_disc(%s, %s)", expr, strconv.FormatFloat(q, 'f', -1, 64))
}
func (duckSQL) date(day string) string { return "(DATE '1970-01-01' + CAST(" + day + " AS INTEGER))" }
func (d duckSQL) monthStart(day string) string {
	return "(CAST(date_trunc('month', " + d.date(day) + ") AS DATE) - DATE '1970-01-01')"
}
func (d duckSQL) yearStart(day string) string {
	return "(CAST(date_trunc('year', " + d.date(day) + ") AS DATE) - DATE '1970-01-01')"
}
func (d duckSQL) month(day string) string { return "month(" + d.date(day) + ")" }

type clickSQL struct{}

func (clickSQL) join() string             { return "GLOBAL ANY LEFT JOIN" }
func (clickSQL) int64(expr string) string { return "toInt64(" + expr + ")" }
func (clickSQL) float(expr string) string { return "toFloat64(" + expr + ")" }

// quantile: quantileExact takes the element at floor(q*n); a little less gives
// the one at ceil(q*n)-1 for up to 10^8 values.
func (clickSQL) quantile(expr string, q float64) string {
	return fmt.Sprintf("quantileExact(%s)(%s)", strconv.FormatFloat(q-1e-10, 'f', -1, 64), expr)
}
func (clickSQL) date(day string) string { return "toDate(toUInt16(" + day + "))" }
func (c clickSQL) monthStart(day string) string {
	return "toInt64(toStartOfMonth(" + c.date(day) + "))"
}
func (c clickSQL) yearStart(day string) string { return "toInt64(toStartOfYear(" + c.date(day) + "))" }
func (c clickSQL) month(day string) string     { return "toMonth(" + c.date(day) + ")" }

// ints makes a list for IN.
func ints(values []int64) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(v, 10))
	}
	b.WriteByte(')')
	return b.String()
}

// number makes a literal; integers stay integers.
func number(v float64) string {
	if v == float64(int64(v)) && v > -9e15 && v < 9e15 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
