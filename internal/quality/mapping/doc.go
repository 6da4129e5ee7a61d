// Package mapping keeps what the administrator says of the network: buildings,
// networks with their names and types, access points and endpoints, each valid
// for a span of time. Queries ask it what an address stood for when a stream
// was measured; since nothing of it is stored with streams, an edit shows in
// the next answer, history included.
package mapping
