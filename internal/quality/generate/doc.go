// Package generate makes streams of a company that does not exist: 50,000 users
// in 420 buildings and at home, months of calls in the rhythm of days and weeks,
// with attributes that depend on each other as they do in life, and with causes
// of poor quality that the caller injects. The same seed gives the same streams,
// in whatever order and on however many processors their parts are made.
package generate
