// Package query answers questions about call quality: a JSON question becomes a
// checked Query, the planner makes SQL of it for the archive's engine, and the
// answer is streamed row by row.
//
// Text never reaches SQL. A filter's texts are resolved to dictionary codes
// here, and so are buildings, networks and categories of user agents, which
// queries join as small tables of integers. That is why an edited mapping or
// rule set shows in the very next answer, history included.
package query
