// Package model is the catalogue of what can be asked of the quality archive:
// dimensions to group and filter by, and measures to count, average and
// compare. Each has a key for queries, the friendly name that administrators
// know from the Call Quality Dashboard, and how it is computed from the
// archive's columns. Names of the original model that the archive has no data
// for are listed too, each with the reason.
package model
