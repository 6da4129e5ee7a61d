// Package ladder keeps what the server itself did in each call, for the page of the call: the steps by time, what was
// translated between the two dialects and why, and how the losses that the relay saw were clustered. It reads the event
// spine, holds the calls that go on in memory, and writes each to a stream once it is over.
package ladder
