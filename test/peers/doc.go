// Package peers starts the programs that Parley is tested against, real clients and the real server, and lets a
// test wait for what they do.
//
// Every peer is started with a typed Options value, is stopped when the test ends, and has its output written to
// the test's log when the test fails. Events are waited for with a deadline, never with a sleep. Media needs an
// interface other than loopback, because ICE stacks skip 127.0.0.0/8: a package whose tests move media calls Main
// from its TestMain and then runs inside a private network namespace that owns the address Address.
//
// The package is for tests on Linux only and is not imported by the product.
package peers
