//go:build !cgo

package app

// build says what this binary holds: everything but the embedded archive.
const build = "static"
