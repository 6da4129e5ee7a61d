//go:build cgo

package archive

func (d *duck) tableOfMonth(month int32) string { return monthTable(month, "streams") }
