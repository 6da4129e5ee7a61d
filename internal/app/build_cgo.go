//go:build cgo

package app

// build says what this binary holds: the embedded archive, too.
const build = "full"
