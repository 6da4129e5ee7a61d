// Package docs tests the pages: each example in README, docs/start, docs/admin and docs/interop is run, and has to do what the page shows.
//
// Examples are fenced. In a console block a line after "$ " is a command and what follows is its output, in which "..." stands for anything. A toml
// block has to be a valid part of a configuration. In an sh block the commands of parley are run and targets of make have to be there; the rest only
// has to be a shell's. ini and text blocks are for reading.
package docs
